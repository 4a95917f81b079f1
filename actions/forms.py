"""What a partner proposes, typed then read again before it is sent."""

import re

from django import forms

from actions.models import PropositionContribution, PropositionNote, PropositionReleve
from pacte.socle.moderation import meme_texte


class ActuelLuForm(forms.ModelForm):
    """A form about a proposal that remembers what was published when it was opened (`lu`)."""

    lu = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.actuel = self.instance.actuel
        self.initial.setdefault("lu", self.actuel)

    def relire(self) -> None:
        """Take what is published now as read, once both versions have been shown."""
        self.data = self.data.copy()
        self.data["lu"] = self.instance.actuel


class PropositionForm(ActuelLuForm):
    """What a partner types; says whether what is published changed meanwhile."""

    @property
    def a_change(self) -> bool:
        """Tell whether what is published changed while the partner was writing."""
        return self.is_bound and not meme_texte(self.data.get("lu", ""), self.actuel)


class NombreFormField(forms.DecimalField):
    """A number as people type it in French: « 1 234,5 »; a dot is understood too."""

    def to_python(self, value):
        if isinstance(value, str):
            value = re.sub(r"\s", "", value).replace(",", ".")
            if value and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
                raise forms.ValidationError(self.error_messages["invalid"])
        return super().to_python(value)


class PropositionContributionForm(PropositionForm):
    class Meta:
        model = PropositionContribution
        fields = ["texte"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 5})}

    def clean_texte(self):
        texte = self.cleaned_data["texte"]
        if meme_texte(texte.strip(), self.actuel.strip()):
            raise forms.ValidationError("C’est le texte déjà publié : rien à proposer.")
        return texte


class PropositionReleveForm(PropositionForm):
    class Meta:
        model = PropositionReleve
        fields = ["valeur", "definitif", "precision"]
        widgets = {
            "valeur": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            "precision": forms.Textarea(attrs={"rows": 3}),
        }
        field_classes = {"valeur": NombreFormField}
        error_messages = {"valeur": {"invalid": "Écrire un nombre, par exemple 52 ou 12,5."}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        indicateur = self.instance.indicateur
        self.fields["valeur"].label = f"{indicateur} en {self.instance.annee_id}"
        self.fields["valeur"].help_text = f"En {indicateur.unite}."


class PropositionNoteForm(PropositionForm):
    class Meta:
        model = PropositionNote
        fields = ["texte"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 5})}
