"""Forms of the account pages that differ from the library's."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.mfa.totp.forms import ActivateTOTPForm

from pacte.socle.adresses import prouver


class ConnexionForm(LoginForm):
    """The same questions; labels in place of grey text inside the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Adresse électronique"
        for champ in self.fields.values():
            champ.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""


class OubliForm(ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Adresse électronique"
        self.fields["email"].widget.attrs.pop("placeholder", None)


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
