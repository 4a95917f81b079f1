"""`manage.py importer FILE --par ADDRESS [--simuler] [--oui]`"""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError, CommandParser

from pacte.echanges.lecture import FichierIllisible
from pacte.echanges.models import Importation
from pacte.echanges.repetition import Repetition, Sorte
from pacte.socle.ecriture import CommandeQuiEcrit
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import pluriel


class Command(CommandeQuiEcrit):
    help = "Importe un fichier XLSX, ODS, CSV ou JSON, avec les droits d’un compte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--par", required=True, help="L’adresse du compte qui importe.")
        parser.add_argument("--simuler", action="store_true", help="Dit ce qui changerait.")
        parser.add_argument("--oui", action="store_true", help="N’attend pas de confirmation.")

    def handle(self, *, fichier: Path, par: str, simuler: bool, oui: bool, **options: Any) -> None:
        compte = Utilisateur.objects.filter(email__iexact=par, is_active=True).first()
        if compte is None:
            raise CommandError(f"Aucun compte actif pour « {par} ».")
        if not fichier.is_file():
            raise CommandError(f"« {fichier} » n’est pas un fichier.")
        importation = Importation(par=compte, nom=fichier.name[:200], contenu=fichier.read_bytes())
        try:
            repetition = importation.repeter(par=compte)
            self._raconter(repetition)
            if simuler or not self._est_confirme(repetition, oui):
                self.stdout.write("Rien n’a été écrit.")
                return
            importation.save()
            importation.appliquer(par=compte)
        except (FichierIllisible, TransitionInterdite, PermissionDenied) as erreur:
            raise CommandError(f"Rien n’a été écrit. {erreur}") from erreur
        self.stdout.write("Importé. L’administration permet de l’annuler pendant un jour.")

    def _est_confirme(self, repetition: Repetition, oui: bool) -> bool:
        if repetition.comptes[Sorte.REFUSEE]:
            raise CommandError("Rien n’a été écrit : corriger les lignes refusées.")
        if not repetition.est_acceptee:
            return False
        return oui or input("Écrire ces changements ? (oui/non) ").strip().lower() == "oui"

    def _raconter(self, repetition: Repetition) -> None:
        for ligne in repetition.lignes:
            ou = f"{ligne.feuille}, ligne {ligne.numero}"
            for colonne, raison in ligne.fautes:
                titre = f" « {colonne} »" if colonne else ""
                self.stdout.write(f"Refusée : {ou}{titre} : {raison}")
            if ligne.sorte in (Sorte.AJOUTEE, Sorte.CHANGEE):
                details = "; ".join(
                    f"{colonne} : {avant} → {apres}" if avant else f"{colonne} : {apres}"
                    for colonne, avant, apres in ligne.changements
                )
                self.stdout.write(
                    f"{ligne.sorte.label.capitalize()} : {ou}, {ligne.nom} : {details}"
                )
        for sorte, nombre in sorted(repetition.comptes.items()):
            self.stdout.write(pluriel(nombre, f"ligne {sorte.label}", f"lignes {sorte.label}s"))
