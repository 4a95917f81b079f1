"""Forms about the people of a partner."""

from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError

from pacte.socle.formulaires import A_CHOISIR
from pacte.socle.models import Utilisateur
from pacte.socle.texte import en_une_ligne
from partenaires.models import (
    Invitation,
    Partenaire,
    PreparationPartenaire,
    RoleMembre,
    lire_le_rna,
    lire_le_siret,
)


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ["courriel", "role"]
        help_texts = {"role": "Une personne référente invite aussi ses collègues."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courriel"].widget.attrs["autocomplete"] = "off"
        cast(forms.ChoiceField, self.fields["role"]).choices = [A_CHOISIR, *RoleMembre.choices]

    def validate_constraints(self) -> None:
        """A new invitation replaces the one that this address already has."""


class FichePrevueForm(forms.ModelForm):
    """What the sheet of a partner would say, by an officer or by the partner itself."""

    site = forms.URLField(
        label="Site internet", required=False, assume_scheme="https", max_length=200
    )
    # Longer than the numbers: spaces are typed too.
    siret = forms.CharField(label="SIRET", required=False, max_length=30)
    rna = forms.CharField(label="Numéro RNA", required=False, max_length=30)

    class Meta:
        model = Partenaire
        fields = PreparationPartenaire.CHAMPS

    def clean_siret(self) -> str:
        return lire_le_siret(self.cleaned_data["siret"])

    def clean_rna(self) -> str:
        return lire_le_rna(self.cleaned_data["rna"])


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

    field_order = ["first_name", "last_name", "mot_de_passe"]

    def clean_first_name(self) -> str:
        return en_une_ligne(self.cleaned_data["first_name"])

    def clean_last_name(self) -> str:
        return en_une_ligne(self.cleaned_data["last_name"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        donnees = self.cleaned_data
        noms = {nom: donnees.get(nom, "") for nom in ("first_name", "last_name")}
        personne = get_user_model()(email=self.instance.email, **noms)
        try:
            password_validation.validate_password(donnees.get("mot_de_passe", ""), personne)
        except ValidationError as erreur:
            self.add_error("mot_de_passe", erreur)
        return donnees

    def ouvrir(self) -> Utilisateur:
        """Return the new account, saved."""
        compte: Utilisateur = self.instance
        compte.set_password(self.cleaned_data["mot_de_passe"])
        compte.full_clean()
        compte.save()
        return compte
