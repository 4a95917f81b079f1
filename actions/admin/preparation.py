"""A change of a published action, prepared with its contributions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import BaseInlineFormSet, inlineformset_factory

from actions.models import Action, Contribution, PreparationAction
from actions.models.preparation import CHAMPS_DE_CONTRIBUTION
from pacte.socle.administration_preparation import PreparationAdmin
from pacte.socle.formulaires import date_du_navigateur
from pacte.socle.nombres import NombreFormField
from pacte.socle.photographie import poser
from pacte.socle.preparation import prevus


class ActionPrevueForm(forms.ModelForm):
    class Meta:
        model = Action
        fields = PreparationAction.CHAMPS
        widgets = {
            "debut_prevu": date_du_navigateur(),
            "fin_prevue": date_du_navigateur(),
            "besoins": forms.CheckboxSelectMultiple,
            "publics": forms.CheckboxSelectMultiple,
            "territoires": forms.CheckboxSelectMultiple,
        }


class ContributionsPrevuesFormSet(BaseInlineFormSet):
    """The contributions as they would be: those there are, changed, and the new ones."""

    def __init__(self, *args: Any, prevues: list[dict[str, Any]], **kwargs: Any) -> None:
        self.prevues = {prevue["pk"]: prevue for prevue in prevues if prevue["pk"]}
        nouvelles = [prevue["champs"] for prevue in prevues if not prevue["pk"]]
        super().__init__(*args, **kwargs)
        self.extra = len(nouvelles) + 1
        if not self.is_bound:
            # Once sent, what was proposed counts as typed.
            self.initial_extra = [prevus(champs) for champs in nouvelles]

    def get_queryset(self) -> Any:
        if not hasattr(self, "_prefigurees"):
            self._prefigurees = list(super().get_queryset().select_related("partenaire"))
            for contribution in self._prefigurees:
                champs = self.prevues.get(contribution.pk, {}).get("champs", {})
                poser(contribution, prevus(champs))
        return self._prefigurees

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        prevue = self.prevues.get(form.instance.pk)
        if prevue and prevue["otee"]:
            form.fields["DELETE"].initial = True

    @property
    def prevus(self) -> list[tuple[Contribution, bool]]:
        """Each contribution of a valid form, and whether it goes."""
        a_lire = [f for f in self.forms if f.instance.pk or f.has_changed()]
        lues = [(f.instance, bool(f.cleaned_data.get("DELETE"))) for f in a_lire]
        return [(c, otee) for c, otee in lues if c.pk or not otee]


CONTRIBUTIONS: Any = inlineformset_factory(
    Action,
    Contribution,
    formset=ContributionsPrevuesFormSet,
    fields=CHAMPS_DE_CONTRIBUTION,
    widgets={"texte": forms.Textarea(attrs={"rows": 3})},
    field_classes={"etp": NombreFormField},
)


@admin.register(PreparationAction)
class PreparationActionAdmin(PreparationAdmin):
    formulaire = ActionPrevueForm
    list_display = ["action", "statut", "preparee_par", "confiee_a", "preparee_le"]
    list_select_related = ["action", "preparee_par", "confiee_a"]
    search_fields = ["action__code", "action__titre"]

    def lignes_de(self, preparation: PreparationAction, envoi: Any) -> ContributionsPrevuesFormSet:
        lignes: ContributionsPrevuesFormSet = CONTRIBUTIONS(
            envoi, instance=preparation.action, prevues=preparation.contributions
        )
        return lignes

    def prevoir_les_lignes(
        self, preparation: PreparationAction, lignes: ContributionsPrevuesFormSet
    ) -> None:
        preparation.prevoir_les_contributions(lignes.prevus)
