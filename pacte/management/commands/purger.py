"""`manage.py purger`: apply the table of retention; to be run every day."""

from typing import Any

from django.core.management.base import CommandParser

from pacte.portail.listes import lire
from pacte.portail.retention import appliquer
from pacte.service.edition import oublier_les_editions_anciennes
from pacte.socle.ecriture import CommandeQuiEcrit


class Command(CommandeQuiEcrit):
    help = "Efface ou anonymise ce que la page « Données personnelles » dit de ne pas garder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simuler", action="store_true", help="compter, sans rien effacer")

    def handle(self, *, simuler: bool, **options: Any) -> None:
        for traitement in lire("traitements"):
            if traitement["jours"] is None:
                continue
            nombre = appliquer(traitement, simuler=simuler)
            verbe = "à purger" if simuler else "purgé"
            self.stdout.write(f"{traitement['nom']} : {nombre} {verbe}")
        if not simuler:
            oublier_les_editions_anciennes()
