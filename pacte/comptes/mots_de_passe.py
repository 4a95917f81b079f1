"""The password rule of our own: the words of this portal do not make a secret."""

import re

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

from contrats.models import Pacte
from pacte.socle.texte import plier

MOTS = "pacte local solidarites solidarite departement etat prefecture".split()
RESTE_MINIMAL = 8


class MotsDuPacteValidator:
    """Refuses a password made of the portal's words, when fewer than eight signs remain."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        reste, trouves = re.subn("|".join(_mots()), "", plier(password))
        if trouves and len(re.sub(r"[\W_]", "", reste)) < RESTE_MINIMAL:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return (
            "Votre mot de passe ne peut pas se réduire aux mots du portail (« pacte », "
            "« solidarités », le nom du département…) et à des chiffres."
        )


def _mots() -> list[str]:
    """Return the portal's words, those of its territory included (one query)."""
    return [*MOTS, *re.findall(r"\w{3,}", plier(Pacte.objects.actuel().territoire))]
