"""`manage.py verifier_sauvegarde FILE`: put it back in a temporary place, and compare."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pacte.environnement import env_secret
from pacte.sauvegarde.commande import CommandeDeSauvegarde, dire
from pacte.sauvegarde.gestes import verifier


class Command(CommandeDeSauvegarde):
    help = "Remet une sauvegarde dans une base et un dossier provisoires, et compare tout."
    echec = "La sauvegarde n’a pas pu être vérifiée"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)

    def agir(self, *, fichier: Path, **options: Any) -> None:
        manifeste = verifier(fichier, env_secret("SAUVEGARDE_CLE"))
        self.stdout.write(f"Sauvegarde du {manifeste.le}, version {manifeste.version}")
        self.stdout.write(f"{dire(manifeste)} : identiques")
