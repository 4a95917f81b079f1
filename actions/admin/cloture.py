"""Lines of closed years in a form: shown, shut, and not deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest

from actions.models.cloture import annees_closes
from contrats.models import Exercice


def clos_pour(request: HttpRequest, action: int | None) -> dict[int, Exercice]:
    """Return the closed exercises, by year, of the contract of an action (one query a page)."""
    lus: dict[int, dict[int, Exercice]] = getattr(request, "exercices_clos", {})
    if action is not None and action not in lus:
        lus[action] = annees_closes(action)
        request.exercices_clos = lus  # type: ignore[attr-defined]  # read once a page
    return lus[action] if action is not None else {}


class LigneAnnuelleForm(ModelForm):
    """A line of a year, shut when its exercise is closed."""

    # Closed exercises of the contract, by year: the screen that holds the form says so.
    clos: Mapping[int, Exercice] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and self.instance.annee_id in self.clos:
            self.fermer()

    def fermer(self) -> None:
        for champ in self.fields.values():
            champ.disabled = True


class LignesAnnuellesFormSet(BaseInlineFormSet):
    """Lines of years: those of a closed one stay."""

    def clean(self) -> None:
        super().clean()
        for formulaire in self.deleted_forms:
            for annee in self.annees_de(formulaire.instance):
                if annee in formulaire.clos:
                    raise ValidationError(formulaire.clos[annee].refus)

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        champs = (self.model._meta.get_field(nom) for nom in unique_check if nom != self.fk.name)
        memes = ", ".join(str(champ.verbose_name) for champ in champs)
        return f"Deux lignes disent la même chose ({memes}) : n’en garder qu’une."

    def annees_de(self, objet: Any) -> list[int]:
        """Return the years that deleting `objet` would take something from."""
        return [objet.annee_id]
