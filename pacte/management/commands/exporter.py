"""`manage.py exporter FILE [--modele]`"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contrats.models import Pacte
from pacte.echanges.sortie import tout_sortir
from pacte.socle.classeurs import ECRIVAINS


class Command(BaseCommand):
    help = "Écrit tout le Pacte, brouillons compris, dans un classeur XLSX ou ODS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--modele", action="store_true", help="Les titres seulement.")

    def handle(self, *, fichier: Path, modele: bool, **options: Any) -> None:
        ecrire = ECRIVAINS.get(fichier.suffix.lower().removeprefix("."))
        if ecrire is None:
            raise CommandError("Donner un fichier en .xlsx ou en .ods.")
        avertissement = Pacte.objects.actuel().avertissement
        try:
            with fichier.open("wb") as ouvert:
                ecrire(tout_sortir(modele=modele, avertissement=avertissement), ouvert)
        except OSError as erreur:
            raise CommandError(f"« {fichier} » ne s’écrit pas : {erreur.strerror}.") from erreur
        self.stdout.write(f"Écrit : {fichier}")
