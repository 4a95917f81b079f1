"""Forms about the people of a partner."""

from django import forms
from django.contrib.auth import get_user_model, password_validation

from partenaires.models import Invitation


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ["courriel", "role"]
        help_texts = {"role": "Une personne référente invite aussi ses collègues."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["courriel"].widget.attrs["autocomplete"] = "off"

    def validate_constraints(self):
        """A new invitation replaces the one that this address already has."""


class OuvertureForm(forms.ModelForm):
    """Opens the account of an invited person, whose address is that of the invitation."""

    mot_de_passe = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Seize caractères au moins : une phrase convient très bien.",
    )
    first_name = forms.CharField(
        label="Prénom", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label="Nom", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )

    class Meta:
        model = get_user_model()
        fields = ["first_name", "last_name"]

    def clean_mot_de_passe(self):
        mot_de_passe = self.cleaned_data["mot_de_passe"]
        password_validation.validate_password(mot_de_passe, self.instance)
        return mot_de_passe

    def ouvrir(self):
        """Return the new account, saved."""
        self.instance.set_password(self.cleaned_data["mot_de_passe"])
        self.instance.full_clean()
        self.instance.save()
        return self.instance
