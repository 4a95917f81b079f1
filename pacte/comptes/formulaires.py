"""Forms of the account pages that differ from the library's."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.db import transaction
from django.http import HttpRequest

from pacte.socle.adresses import prouver
from pacte.socle.models import Utilisateur


class ConnexionForm(LoginForm):
    """The same questions; labels in place of grey text inside the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Adresse électronique"
        for champ in self.fields.values():
            champ.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""


class OubliForm(ResetPasswordForm):
    users: list[Utilisateur]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Adresse électronique"
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Do for an unknown address all that is done for a known one, and undo it.

        The message is made, and written in the outbox, which takes time: the time to answer does
        not tell who has an account.
        """
        adresse: str = self.cleaned_data["email"]
        if self.users:
            super().save(request, **kwargs)
            return adresse
        self.users = [Utilisateur(pk=0, email=adresse)]
        with transaction.atomic(), transaction.atomic():
            super().save(request, **kwargs)
            transaction.set_rollback(True)
        return adresse


class NouveauMotDePasseForm(ResetPasswordKeyForm):
    """The end of a link received by e-mail: whoever comes here reads that mailbox.

    Whoever was signed in with the password forgotten, or found out, no longer is.
    """

    def save(self) -> None:
        super().save()
        prouver(self.user)
        self.user.fermer_les_sessions()


class ActivationForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code à six chiffres"
        self.fields["code"].widget.attrs.pop("placeholder", None)
