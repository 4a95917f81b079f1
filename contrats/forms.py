"""The form by which an organisation asks to take part in a contract."""

from typing import Any, cast

from django import forms
from django.core.validators import URLValidator
from django.utils.text import slugify

from contrats.models import Adhesion, Contrat
from pacte.socle.formulaires import A_CHOISIR, SansRobotForm
from pacte.socle.texte import en_une_ligne, plier
from partenaires.models import NaturePartenaire, Partenaire, lire_le_rna, lire_le_siret

SITE_A_ECRIRE = "Saisir une adresse de site, par exemple https://exemple.fr."
CHAMPS_DE_L_ORGANISATION = ["nom", "nature", "siret", "rna", "site"]


class OrganisationForm(forms.ModelForm):
    """Who asks. An organisation that the portal knows already is found, not made twice."""

    # Nothing chosen at first: the default of the model would answer in the place of who asks.
    nature = forms.ChoiceField(label="Nature", choices=[A_CHOISIR, *NaturePartenaire.choices])
    site = forms.URLField(
        label="Site internet",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": SITE_A_ECRIRE},
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
        help_text="S’il existe.",
    )

    class Meta:
        model = Partenaire
        fields = CHAMPS_DE_L_ORGANISATION
        labels = {"nom": "Nom de l’organisation"}

    siret = forms.CharField(
        label="SIRET", required=False, max_length=30, help_text="14 chiffres, s’il existe."
    )
    rna = forms.CharField(
        label="Numéro RNA",
        required=False,
        max_length=30,
        help_text="Pour une association, par exemple W051000001.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nom"].widget.attrs["autocomplete"] = "organization"
        # In the place of Django's, which takes ftp: beside it, a fault would be told twice.
        self.fields["site"].validators = [URLValidator(["http", "https"])]

    def clean_nom(self) -> str:
        return en_une_ligne(self.cleaned_data["nom"])

    def clean_siret(self) -> str:
        return lire_le_siret(self.cleaned_data["siret"])

    def clean_rna(self) -> str:
        return lire_le_rna(self.cleaned_data["rna"])

    def validate_unique(self) -> None:
        """A known name is no error: the request is then that organisation's."""

    def retrouver(self) -> Partenaire | None:
        """Return the one partner of the same SIRET, RNA, name, acronym or other name, or None.

        Case and accents do not count. An acronym that two partners share tells nothing.
        """
        for champ in ("siret", "rna"):
            if self.cleaned_data[champ]:
                du_meme = Partenaire.objects.filter(**{champ: self.cleaned_data[champ]})
                connu: Partenaire | None = du_meme.first()
                if connu:
                    return connu
        cherche = plier(self.cleaned_data["nom"])
        homonymes = [p for p in Partenaire.objects.all() if cherche in map(plier, p.tous_ses_noms)]
        return homonymes[0] if len(homonymes) == 1 else None

    def enregistrer(self) -> Partenaire:
        """Return the partner that asks: a known one as it is, or a new draft."""
        connu = self.retrouver()
        if connu:
            return connu
        nouveau: Partenaire = self.instance
        nouveau.slug = _slug_libre(self.cleaned_data["nom"])
        nouveau.est_candidat = True
        nouveau.full_clean()
        nouveau.save()
        return nouveau


def _slug_libre(nom: str) -> str:
    souche = slugify(nom)[:70] or "organisation"
    pris = set(Partenaire.objects.filter(slug__startswith=souche).values_list("slug", flat=True))
    suites = (f"{souche}-{rang}" for rang in range(2, len(pris) + 3))
    return next(slug for slug in (souche, *suites) if slug not in pris)


def _nommer(obj: Contrat) -> str:
    return f"{obj.sigle} – {obj.nom}"


class AdhesionForm(SansRobotForm, forms.ModelForm):
    """Which contract, what is offered, whom to answer."""

    class Meta:
        model = Adhesion
        fields = ["contrat", "apport", "contact_nom", "contact_fonction", "contact_courriel"]
        labels = {"contrat": "Contrat auquel prendre part"}
        widgets = {"apport": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contrat = cast(forms.ModelChoiceField, self.fields["contrat"])
        contrat.queryset = Contrat.objects.visibles()
        contrat.label_from_instance = _nommer  # type: ignore[method-assign]  # here alone
        contrat.empty_label = "Choisir un contrat"
        for nom, genre in (
            ("nom", "name"),
            ("courriel", "email"),
            ("fonction", "organization-title"),
        ):
            self.fields[f"contact_{nom}"].widget.attrs["autocomplete"] = genre
        self.fields[
            "contact_courriel"
        ].help_text = "Pour répondre à votre demande ; jamais publiée."

    def clean_contact_nom(self) -> str:
        return en_une_ligne(self.cleaned_data["contact_nom"])

    def clean_contact_fonction(self) -> str:
        return en_une_ligne(self.cleaned_data["contact_fonction"])
