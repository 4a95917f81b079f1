"""Forms of the account pages that differ from the library's."""

from allauth.account.forms import LoginForm


class ConnexionForm(LoginForm):
    """The same questions; labels in place of grey text inside the fields."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Adresse électronique"
        for champ in self.fields.values():
            champ.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
