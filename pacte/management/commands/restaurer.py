"""`manage.py restaurer FILE [--remplacer]`"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pacte.environnement import env_secret
from pacte.sauvegarde.commande import CommandeDeSauvegarde, dire
from pacte.sauvegarde.gestes import restaurer
from pacte.socle.typographie import pluriel


class Command(CommandeDeSauvegarde):
    help = "Remet la base et les documents d’une sauvegarde, puis les compare à ce qu’elle annonce."
    echec = "La restauration s’est arrêtée"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)
        parser.add_argument(
            "--remplacer", action="store_true", help="Remplace les lignes et documents d’ici."
        )

    def agir(self, *, fichier: Path, remplacer: bool, **options: Any) -> None:
        faite = restaurer(fichier, env_secret("SAUVEGARDE_CLE"), remplacer=remplacer)
        self.stdout.write(f"{dire(faite.manifeste)} : identiques")
        if faite.migrees:
            appliquees = pluriel(faite.migrees, "migration appliquée", "migrations appliquées")
            self.stdout.write(f"La sauvegarde était plus ancienne que cette version : {appliquees}")
