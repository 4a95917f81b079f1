"""The password rule of our own: the words of this portal do not make a secret."""

import re

from django.core.exceptions import ValidationError

from pacte.socle.texte import plier

MOTS = "pacte local solidarites solidarite hautes alpes departement etat gap prefecture".split()
RESTE_MINIMAL = 8


class MotsDuPacteValidator:
    """Refuses a password made of the portal's words, when fewer than eight signs remain."""

    def validate(self, password, user=None):
        reste, trouves = re.subn("|".join(MOTS), "", plier(password))
        if trouves and len(re.sub(r"[\W_]", "", reste)) < RESTE_MINIMAL:
            raise ValidationError(self.get_help_text())

    def get_help_text(self):
        return (
            "Votre mot de passe ne peut pas se réduire aux mots du portail (« pacte », "
            "« solidarités », « Hautes-Alpes »…) et à des chiffres."
        )
