"""Links to a new password, which die with the sessions of their account."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from pacte.socle.models import Utilisateur


class LienDeMotDePasse(PasswordResetTokenGenerator):
    """Django's, used once and for one address: another key of the sessions makes it useless.

    A link asked before an account was closed opens nothing once the account is open again.
    """

    def _make_hash_value(self, user: Utilisateur, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.cle_des_sessions}"
