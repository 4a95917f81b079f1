"""`manage.py demarrer`: from whatever state to the portal in a browser (see `make run`)."""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from contrats.models import Pacte
from pacte.referentiel.roles import charger_roles
from pacte.socle.ecriture import est_demandee

VERROU_DU_DEMARRAGE = 7105
BOUCLES_LOCALES = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Prépare la base et les fichiers, puis sert le portail avec gunicorn."

    def handle(self, **options: Any) -> None:
        hote = os.environ.get("HOST") or "127.0.0.1"
        port = self._lire_port()
        self._verifier_port(hote, port)
        self.stdout.write(f"Pacte local des solidarités, version {settings.VERSION}.")
        self._preparer_base()
        self.stdout.write("Fichiers statiques…")
        call_command("collectstatic", interactive=False, verbosity=0)
        self._dire_adresse(hote, port)
        sys.stdout.flush()
        self._servir(hote, port)

    @staticmethod
    def _lire_port() -> int:
        texte = os.environ.get("PORT") or "8000"
        if not texte.isascii() or not texte.isdigit() or not 0 < int(texte) < 65536:
            raise CommandError(f"PORT vaut « {texte} » : un nombre de 1 à 65535 est attendu.")
        return int(texte)

    @staticmethod
    def _verifier_port(hote: str, port: int) -> None:
        famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
        with socket.socket(famille, socket.SOCK_STREAM) as prise:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                prise.bind((hote, port))
            except OSError as erreur:
                raise CommandError(
                    f"Impossible d’écouter sur {hote}:{port} ({erreur.strerror}). "
                    f"Essayer un autre port : PORT={port + 1} make run"
                ) from erreur

    def _preparer_base(self) -> None:
        if est_demandee():
            self.stdout.write("Lecture seule : la base est servie comme elle est.")
            return
        with _un_seul_a_la_fois():
            self._preparer_la_base_seul()

    def _preparer_la_base_seul(self) -> None:
        base = connection.settings_dict
        nom = base["NAME"] if connection.vendor == "sqlite" else f"{base['NAME']} (PostgreSQL)"
        self.stdout.write(f"Base de données : {nom}")
        call_command("migrate", interactive=False, verbosity=0)
        charger_roles()  # a new version may bring new rights
        if Pacte.objects.exists():
            self.stdout.write("Les données en place sont gardées.")
        else:
            self.stdout.write("Base vide : chargement de la feuille de route des Hautes-Alpes…")
            call_command("charger_referentiel", verbosity=0)

    def _dire_adresse(self, hote: str, port: int) -> None:
        crochets = f"[{hote}]" if ":" in hote else hote
        self.stdout.write(f"\n  Le portail : http://{crochets}:{port}/")
        self.stdout.write(f"  L’administration : http://{crochets}:{port}/admin/")
        self.stdout.write("  Créer un administrateur, dans un autre terminal :")
        self.stdout.write(f"    {_environnement()} .venv/bin/python manage.py creer_administrateur")
        if hote not in BOUCLES_LOCALES:
            permis = ", ".join(settings.ALLOWED_HOSTS)
            self.stdout.write(f"  Noms acceptés : {permis} (en ajouter : ALLOWED_HOSTS=nom,…)")
        self.stdout.write("  Arrêter : Ctrl+C\n")

    @staticmethod
    def _servir(hote: str, port: int) -> None:
        connection.close()  # no open connection crosses the exec
        crochets = f"[{hote}]" if ":" in hote else hote
        commande = [sys.executable, "-m", "gunicorn", "-c", "python:pacte.service.serveur"]
        os.execv(sys.executable, [*commande, "--bind", f"{crochets}:{port}", "pacte.wsgi"])


@contextmanager
def _un_seul_a_la_fois() -> Iterator[None]:
    """Make a second start on the same base wait until the first one has prepared it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [VERROU_DU_DEMARRAGE])
            yield
            cursor.execute("SELECT pg_advisory_unlock(%s)", [VERROU_DU_DEMARRAGE])
        return
    dossier = Path(connection.settings_dict["NAME"]).parent
    dossier.mkdir(parents=True, exist_ok=True)
    with (dossier / "demarrage.verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        yield


def _environnement() -> str:
    """Return what another terminal must say to reach this very installation."""
    ailleurs = os.environ.get("PACTE_DONNEES")
    return f"PACTE_MODE=local PACTE_DONNEES={ailleurs}" if ailleurs else "PACTE_MODE=local"
