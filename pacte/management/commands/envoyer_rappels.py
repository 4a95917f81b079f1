"""`manage.py envoyer_rappels`: to be run every day; nobody gets two messages within 25 days.

It writes them in the outbox, with the date of the reminder: both are kept, or neither.
"""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from pacte.espace.rappels import envoyer_rappel, rappels_dus
from pacte.socle.ecriture import CommandeQuiEcrit
from pacte.socle.typographie import pluriel


class Command(CommandeQuiEcrit):
    help = "Rappelle à chacun ce qui est attendu de lui, en un seul message."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--simuler", action="store_true", help="dire ce qui partirait, sans rien envoyer"
        )

    def handle(self, *, simuler: bool, **options: Any) -> None:
        rappels = rappels_dus()
        for rappel in rappels:
            self.stdout.write(
                f"{rappel.destinataire.email} : {pluriel(len(rappel.lignes), 'ligne')}"
            )
            for ligne in rappel.lignes:
                self.stdout.write(f"  - {ligne}")
            if not simuler:
                with transaction.atomic():
                    envoyer_rappel(rappel)
        if simuler:
            self.stdout.write(f"{pluriel(len(rappels), 'message')} à envoyer (simulation).")
        else:
            # What leaves, and what does not, is for `envoyer_courriels` and the screens to say.
            ecrits = pluriel(len(rappels), "message écrit", "messages écrits")
            self.stdout.write(f"{ecrits}, à envoyer aussitôt et pendant trois jours s’il le faut.")
