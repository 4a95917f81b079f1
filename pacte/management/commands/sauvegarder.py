"""`manage.py sauvegarder FOLDER [--chiffrer] [--verifier] [--garder N]`"""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pacte.environnement import env_secret
from pacte.sauvegarde.commande import CommandeDeSauvegarde, dire
from pacte.sauvegarde.gestes import elaguer, sauvegarder, verifier
from pacte.socle.typographie import pluriel


def _un_au_moins(texte: str) -> int:
    if not texte.isdecimal() or int(texte) < 1:
        raise ArgumentTypeError("un nombre à partir de 1 est attendu")
    return int(texte)


class Command(CommandeDeSauvegarde):
    help = "Écrit la base et les documents dans un seul fichier, relu avant de prendre son nom."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path)
        parser.add_argument(
            "--chiffrer", action="store_true", help="Avec la clé que SAUVEGARDE_CLE_FILE nomme."
        )
        parser.add_argument(
            "--verifier", action="store_true", help="La remet aussi dans une base provisoire."
        )
        parser.add_argument(
            "--garder", type=_un_au_moins, help="N’en garde que tant dans le dossier."
        )

    def agir(
        self,
        *,
        dossier: Path,
        chiffrer: bool,
        verifier: bool,
        garder: int | None,
        **options: Any,
    ) -> None:
        secret = env_secret("SAUVEGARDE_CLE") if chiffrer else None
        chemin, manifeste = sauvegarder(dossier, secret=secret)
        self.stdout.write(f"{chemin} : {dire(manifeste)}")
        if manifeste.absents:
            manquent = ", ".join(manifeste.absents)
            self.stderr.write(f"Documents que des fiches nomment et qui manquent : {manquent}")
        if verifier:
            self._verifier(chemin, secret or "")
        if garder and (anciennes := elaguer(dossier, garder)):
            mots = "ancienne sauvegarde effacée", "anciennes sauvegardes effacées"
            self.stdout.write(pluriel(len(anciennes), *mots))

    def _verifier(self, chemin: Path, secret: str) -> None:
        self.echec = (
            "La sauvegarde est faite, mais n’a pas pu être remise ailleurs pour la vérifier"
        )
        self.stdout.write(f"Remise ailleurs : {dire(verifier(chemin, secret))} : identiques")
