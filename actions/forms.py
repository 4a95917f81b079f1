"""What a partner proposes, typed then read again before it is sent."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from actions.models import PropositionContribution, PropositionNote, PropositionReleve
from actions.models.moderation import meme_texte
from pacte.socle.nombres import NombreFormField


class ActuelLuForm(forms.ModelForm):
    """A form about a proposal that remembers what was published when it was opened (`lu`)."""

    lu = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actuel = self.instance.actuel
        self.initial.setdefault("lu", self.actuel)

    def relire(self) -> None:
        """Take what is published now as read, once both versions have been shown."""
        saisie = cast(QueryDict, self.data).copy()
        saisie["lu"] = self.instance.actuel
        self.data = saisie


class PropositionForm(ActuelLuForm):
    """What a partner types; says whether what is published changed meanwhile."""

    @property
    def a_change(self) -> bool:
        """Tell whether what is published changed while the partner was writing."""
        return self.is_bound and not meme_texte(self.data.get("lu", ""), self.actuel)


class PropositionContributionForm(PropositionForm):
    class Meta:
        model = PropositionContribution
        fields = ["texte"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 5})}

    def clean_texte(self) -> str:
        texte: str = self.cleaned_data["texte"]
        if meme_texte(texte.strip(), self.actuel.strip()):
            raise forms.ValidationError("C’est le texte déjà publié : rien à proposer.")
        return texte


class PropositionReleveForm(PropositionForm):
    class Meta:
        model = PropositionReleve
        fields = ["valeur", "definitif", "precision"]
        widgets = {
            "precision": forms.Textarea(attrs={"rows": 3}),
        }
        field_classes = {"valeur": NombreFormField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        indicateur = self.instance.indicateur
        self.fields["valeur"].label = f"{indicateur} en {self.instance.annee_id}"
        self.fields["valeur"].help_text = f"En {indicateur.unite}."


class PropositionNoteForm(PropositionForm):
    class Meta:
        model = PropositionNote
        fields = ["texte"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 5})}
