"""`manage.py charger_referentiel [FOLDER] [--simuler] [--forcer]`"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from pacte.referentiel.ecriture import Bilan, charger
from pacte.referentiel.lecture import ReferentielInvalide
from pacte.referentiel.roles import charger_roles
from pacte.socle.ecriture import CommandeQuiEcrit
from pacte.socle.typographie import pluriel

DOSSIER = Path(__file__).resolve().parents[2] / "referentiel" / "hautes-alpes"


class Command(CommandeQuiEcrit):
    help = "Charge les données de référence depuis un dossier de fichiers YAML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", nargs="?", type=Path, default=DOSSIER)
        parser.add_argument("--simuler", action="store_true", help="Dit ce qui changerait.")

        parser.add_argument(
            "--forcer",
            action="store_true",
            help="Remplace ou recrée aussi ce que des agents ont modifié ou supprimé.",
        )

    def handle(self, *, dossier: Path, simuler: bool, forcer: bool, **options: Any) -> None:
        try:
            bilan = charger(dossier, simuler=simuler, forcer=forcer)
        except ReferentielInvalide as erreur:
            raise CommandError(f"Rien n’a été chargé.\n{erreur}") from erreur
        if not simuler:
            charger_roles()
        if options["verbosity"]:
            self._raconter(bilan, simuler)

    def _raconter(self, bilan: Bilan, simuler: bool) -> None:
        for titre, lignes in (("Créé", bilan.crees), ("Modifié", bilan.modifies)):
            for ligne in lignes:
                self.stdout.write(f"{titre} : {ligne}")
        for ligne in bilan.conserves:
            self.stdout.write(f"Conservé : {ligne}")
        creations = pluriel(len(bilan.crees), "création")
        resume = f"{creations}, {pluriel(len(bilan.modifies), 'champ modifié', 'champs modifiés')}"
        self.stdout.write(f"{'Simulation' if simuler else 'Chargé'} : {resume}.")
