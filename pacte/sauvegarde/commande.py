"""What the three commands share: the sentence of what was done, the way faults are said."""

import sqlite3
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from pacte.sauvegarde.archive import Manifeste
from pacte.sauvegarde.refus import SauvegardeRefusee
from pacte.socle.ecriture import dire_l_erreur
from pacte.socle.typographie import pluriel


class CommandeDeSauvegarde(BaseCommand):
    """A command whose faults are one French sentence and the exit code 1."""

    # A backup of an older version is put back before `migrate`: nothing is checked before.
    requires_system_checks = []
    # What the command does, from its options.
    agir: Callable[..., None]
    echec = "La sauvegarde n’est pas faite, et aucun fichier n’est laissé"

    def handle(self, **options: Any) -> None:
        try:
            self.agir(**options)
        except (SauvegardeRefusee, ImproperlyConfigured) as erreur:
            raise CommandError(str(erreur)) from erreur
        except OSError as erreur:
            quoi = f" ({erreur.filename})" if erreur.filename else ""
            raise CommandError(f"{self.echec} : {dire_l_erreur(erreur)}{quoi}.") from erreur
        except (sqlite3.Error, Error) as erreur:
            raise CommandError(f"{self.echec} : {dire_l_erreur(erreur)}.") from erreur


def dire(manifeste: Manifeste) -> str:
    """Return « 41 tables, 1203 lignes, 12 documents »."""
    comptes = (
        (len(manifeste.tables), "table"),
        (manifeste.lignes, "ligne"),
        (len(manifeste.documents), "document"),
    )
    return ", ".join(pluriel(nombre, mot) for nombre, mot in comptes)
