"""The form by which an organisation asks to take part in a contract."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify

from contrats.models import Adhesion, Contrat
from pacte.socle.texte import plier
from partenaires.models import Partenaire

CHAMPS_DE_L_ORGANISATION = ["nom", "nature", "siret", "rna", "site"]


class OrganisationForm(forms.ModelForm):
    """Who asks. An organisation that the portal knows already is found, not made twice."""

    site = forms.URLField(
        label="Site internet",
        required=False,
        assume_scheme="https",
        validators=[URLValidator(["http", "https"])],
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
        help_text="S’il existe.",
    )

    class Meta:
        model = Partenaire
        fields = CHAMPS_DE_L_ORGANISATION
        labels = {"nom": "Nom de l’organisation"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["nom"].widget.attrs["autocomplete"] = "organization"

    def clean_siret(self):
        return "".join(self.cleaned_data["siret"].split())

    def validate_unique(self):
        """A known name is no error: the request is then that organisation's."""

    def retrouver(self) -> Partenaire | None:
        """Return the partner of the same SIRET, RNA or name (case and accents aside), or None."""
        for champ in ("siret", "rna"):
            if self.cleaned_data[champ]:
                connu = Partenaire.objects.filter(**{champ: self.cleaned_data[champ]}).first()
                if connu:
                    return connu
        cherche = plier(self.cleaned_data["nom"])
        return next((p for p in Partenaire.objects.all() if plier(p.nom) == cherche), None)

    def enregistrer(self) -> Partenaire:
        """Return the partner that asks: a known one as it is, or a new draft."""
        connu = self.retrouver()
        if connu:
            return connu
        self.instance.slug = _slug_libre(self.cleaned_data["nom"])
        self.instance.full_clean()
        self.instance.save()
        return self.instance


def _slug_libre(nom: str) -> str:
    souche = slugify(nom)[:70] or "organisation"
    pris = set(Partenaire.objects.filter(slug__startswith=souche).values_list("slug", flat=True))
    suites = (f"{souche}-{rang}" for rang in range(2, len(pris) + 3))
    return next(slug for slug in (souche, *suites) if slug not in pris)


class AdhesionForm(forms.ModelForm):
    """Which contract, what is offered, whom to answer."""

    # A field that people do not see: only a robot fills it.
    telecopie = forms.CharField(required=False, label="Ne pas remplir")

    class Meta:
        model = Adhesion
        fields = ["contrat", "apport", "contact_nom", "contact_fonction", "contact_courriel"]
        labels = {"contrat": "Contrat à rejoindre"}
        widgets = {"apport": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contrat"].queryset = Contrat.objects.visibles()
        self.fields["contrat"].label_from_instance = lambda c: f"{c.sigle} – {c.nom}"
        self.fields["contrat"].empty_label = "Choisir un contrat"
        for nom, genre in (
            ("nom", "name"),
            ("courriel", "email"),
            ("fonction", "organization-title"),
        ):
            self.fields[f"contact_{nom}"].widget.attrs["autocomplete"] = genre
        self.fields[
            "contact_courriel"
        ].help_text = "Pour répondre à votre demande ; jamais publiée."

    def clean_telecopie(self):
        if self.cleaned_data["telecopie"]:
            raise ValidationError("Ce champ reste vide.")
        return ""
