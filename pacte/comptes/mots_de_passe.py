"""The password rule of our own: the words of this portal do not make a secret."""

import re

from django.core.exceptions import ValidationError

from pacte.socle.texte import plier

MOTS = "pacte local solidarites solidarite hautes alpes departement etat gap prefecture".split()
RESTE_MINIMAL = 8


class MotsDuPacteValidator:
    """Refuses a password of which fewer than eight letters remain without the portal's words."""

    def validate(self, password, user=None):
        reste = re.sub("|".join(MOTS), "", plier(password))
        if len(re.sub(r"[\W\d_]", "", reste)) < RESTE_MINIMAL:
            raise ValidationError(self.get_help_text())

    def get_help_text(self):
        return (
            "Votre mot de passe ne peut pas se réduire aux mots du portail (« pacte », "
            "« solidarités », « Hautes-Alpes »…) et à des chiffres."
        )
