"""`manage.py envoyer_courriels`: what is due in the outbox leaves; to be run every minute."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pacte.socle.courrier import Courrier, distribuer
from pacte.socle.typographie import pluriel


class Command(BaseCommand):
    help = "Envoie les courriels dus : ceux qui viennent d’être écrits, ceux à réessayer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--simuler", action="store_true", help="dire ce qui partirait, sans rien envoyer"
        )

    def handle(self, *, simuler: bool, **options: Any) -> None:
        """Say what left, and nothing when nothing was due. Fails when the server answers nobody."""
        if simuler:
            self._simuler()
            return
        tournee = distribuer()
        if tournee.partis or tournee.non_partis:
            partis = pluriel(tournee.partis, "courriel parti", "courriels partis")
            self.stdout.write(f"{partis}, {tournee.non_partis} non remis.")
        if tournee.panne:
            raise CommandError(f"{tournee.panne}. Les courriels dus seront réessayés.")

    def _simuler(self) -> None:
        dus = Courrier.objects.dus()
        for courrier in dus:
            self.stdout.write(f"{courrier.destinataire} : {courrier.objet}")
        self.stdout.write(f"{pluriel(len(dus), 'courriel')} à envoyer (simulation).")
        bloques = Courrier.objects.en_souffrance().count()
        self.stdout.write(f"{pluriel(bloques, 'courriel')} en souffrance : voir l’administration.")
