"""Who publishes the portal: one record, a file, from which legal pages and letters are made."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

A_COMPLETER = "à compléter"


@dataclass(frozen=True)
class Editeur:
    """The publisher and the host. A field that nobody filled says « à compléter »."""

    organisme: str
    adresse: str
    telephone: str
    courriel: str
    siret: str
    directeur_de_la_publication: str
    hebergeur: str
    hebergeur_adresse: str
    hebergeur_telephone: str
    delegue_a_la_protection_des_donnees: str
    schema_pluriannuel_d_accessibilite: str
    plan_d_action_d_accessibilite: str
    code_source: str
    # Newer fields: an installed record that lacks one is told which, in the usual words.
    service: str = A_COMPLETER
    horaires: str = A_COMPLETER
    prefecture: str = A_COMPLETER
    tribunal_administratif: str = A_COMPLETER
    hebergeur_pays: str = A_COMPLETER
    hebergeur_environnement: str = A_COMPLETER
    # The rectangle of the territory, « west, south, east, north » in degrees; "" without any.
    emprise: str = ""

    @property
    def manquants(self) -> list[str]:
        """Names of the fields still to be filled."""
        valeurs = ((champ.name, getattr(self, champ.name)) for champ in fields(self))
        return [nom for nom, valeur in valeurs if valeur == A_COMPLETER]


@lru_cache
def editeur() -> Editeur:
    """Return the record of the file named by EDITEUR, read once. Raises as `lire_editeur`."""
    return lire_editeur(Path(settings.EDITEUR))


def lire_editeur(chemin: Path) -> Editeur:
    """Return the record held by `chemin`.

    Raises ImproperlyConfigured, in French, when the file is missing or holds other fields.
    """
    try:
        valeurs = yaml.safe_load(chemin.read_text(encoding="utf-8"))
        return Editeur(**{nom: str(valeur).strip() for nom, valeur in valeurs.items()})
    except (OSError, TypeError, AttributeError, yaml.YAMLError) as erreur:
        raise ImproperlyConfigured(f"EDITEUR : {chemin.name} ne se lit pas ({erreur}).") from erreur


@register(deploy=True)
def verifier_editeur(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """`check --deploy` fails while a legal notice is incomplete."""
    return [
        Error(f"Mentions légales : « {nom} » est à compléter (voir EDITEUR).", id="pacte.E001")
        for nom in editeur().manquants
    ]


def exiger_un_editeur_complet() -> None:
    """Refuse to serve in production while a legal notice is incomplete."""
    manquants = editeur().manquants
    if manquants and not settings.LOCAL:
        raise ImproperlyConfigured(
            f"Mentions légales à compléter dans le fichier EDITEUR : {', '.join(manquants)}."
        )
