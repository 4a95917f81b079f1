"""`manage.py creer_administrateur`: the first account, asked for in French."""

import sys
from collections.abc import Callable
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from pacte.socle.ecriture import CommandeQuiEcrit
from pacte.socle.models import Utilisateur


class Command(CommandeQuiEcrit):
    help = "Crée un compte d’administration : demande son adresse, puis son mot de passe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--adresse", help="Sans elle, la commande la demande.")

    def handle(self, *, adresse: str | None, **options: Any) -> None:
        compte = Utilisateur(is_staff=True, is_superuser=True)
        self._demander(self._lire_l_adresse, compte, adresse)
        self._demander(self._lire_le_mot_de_passe, compte)
        compte.save()
        self.stdout.write(f"Le compte {compte.email} est créé : connectez-vous sur /admin/.")

    def _demander(self, question: Callable[..., None], *arguments: Any) -> None:
        """Ask until the answer is sound; without a terminal, a wrong answer ends the command."""
        while True:
            try:
                return question(*arguments)
            except ValidationError as erreur:
                message = " ".join(erreur.messages)
                if not sys.stdin.isatty():
                    raise CommandError(message) from erreur
                self.stderr.write(message)
                arguments = arguments[:1]

    @staticmethod
    def _lire_l_adresse(compte: Utilisateur, adresse: str | None = None) -> None:
        compte.email = (adresse or _lire("Adresse électronique : ")).strip().lower()
        compte.clean_fields(exclude=["password"])
        compte.validate_constraints()
        compte.validate_unique()

    @staticmethod
    def _lire_le_mot_de_passe(compte: Utilisateur) -> None:
        mot_de_passe = _lire_en_secret("Mot de passe (seize caractères au moins) : ")
        if mot_de_passe != _lire_en_secret("Encore une fois : "):
            raise ValidationError("Les deux mots de passe diffèrent.")
        validate_password(mot_de_passe, compte)
        compte.set_password(mot_de_passe)


def _lire(question: str) -> str:
    try:
        return input(question)
    except EOFError as erreur:
        raise CommandError("La saisie s’est arrêtée : rien n’a été créé.") from erreur


def _lire_en_secret(question: str) -> str:
    return getpass(question) if sys.stdin.isatty() else _lire(question)
