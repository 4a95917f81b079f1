"""Indicators in the admin: on the action, targets and values side by side, a column a year."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from actions.admin.cloture import LigneAnnuelleForm, LignesAnnuellesFormSet, clos_pour
from actions.admin.grilles import page_des_mesures
from actions.models import Action, Indicateur, Releve
from actions.models.secret import PERSONNES_ENTIERES, compte_juste
from contrats.models import Annee, Exercice
from pacte.socle.administration import EnLigne
from pacte.socle.ecrans import VisibiliteDite
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.nombres import NombreFormField

MESURES = {"cible": "Cible", "valeur": "Valeur"}


class IndicateurAnnuelForm(forms.ModelForm):
    """An indicator with a target and a value for each of `annees`, kept as its `releves`."""

    annees: list[int] = []
    # Closed exercises of the contract, by year: their targets and values are read.
    clos: Mapping[int, Exercice] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        releves = self.instance.releves.all() if self.instance.pk else []
        self.releves = {releve.annee_id: releve for releve in releves}
        for annee, releve in self.releves.items():
            for mesure in MESURES:
                self.initial[f"{mesure}_{annee}"] = getattr(releve, mesure)
        for nom in self._noms_annuels(self.clos):
            self.fields[nom].disabled = True

    def clean(self) -> dict[str, Any]:
        super().clean()
        donnees = self.cleaned_data
        if donnees.get("compte_personnes"):
            for nom in self._noms_annuels(self.annees):
                if not compte_juste(donnees.get(nom)):
                    self.add_error(nom, PERSONNES_ENTIERES)
        return donnees

    def save(self, commit: bool = True) -> Indicateur:
        indicateur: Indicateur = super().save(commit)
        if commit:
            for annee in self.annees:
                self._enregistrer(indicateur, annee)
        return indicateur

    def _noms_annuels(self, annees: Iterable[int]) -> list[str]:
        return [f"{mesure}_{annee}" for mesure in MESURES for annee in annees]

    def _enregistrer(self, indicateur: Indicateur, annee: int) -> None:
        releve = self.releves.get(annee) or Releve(indicateur=indicateur, annee_id=annee)
        saisies = {mesure: self.cleaned_data[f"{mesure}_{annee}"] for mesure in MESURES}
        if all(getattr(releve, mesure) == saisie for mesure, saisie in saisies.items()):
            return
        for mesure, saisie in saisies.items():
            setattr(releve, mesure, saisie)
        releve.save()


class IndicateurFormSet(LignesAnnuellesFormSet):
    """Indicators of one action: what was measured in a closed year stays."""

    def annees_de(self, objet: Indicateur) -> list[int]:
        return [releve.annee_id for releve in objet.releves.all()]


def formulaire_annuel(
    annees: list[int], clos: Mapping[int, Exercice]
) -> type[IndicateurAnnuelForm]:
    """Return the form with its fields of each year, those of `clos` shut."""
    champs = {
        f"{mesure}_{annee}": NombreFormField(
            label=f"{nom} {annee} (public)", required=False, max_digits=12, decimal_places=2
        )
        for mesure, nom in MESURES.items()
        for annee in annees
    }
    attributs = {**champs, "annees": annees, "clos": clos}
    return type("IndicateurAnneesForm", (IndicateurAnnuelForm,), attributs)


class IndicateurEnLigne(VisibiliteDite, admin.StackedInline):
    model = Indicateur
    formset = IndicateurFormSet
    extra = 0
    show_change_link = True

    def get_formset(
        self, request: HttpRequest, obj: Action | None = None, **kwargs: Any
    ) -> type[forms.BaseInlineFormSet]:
        clos = clos_pour(request, obj.pk if obj else None)
        kwargs["form"] = formulaire_annuel(self._annees(request), clos)
        return super().get_formset(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Indicateur | None = None) -> list[Any]:
        annees = self._annees(request)
        return [
            ("libelle", "unite", "sens", "niveau"),
            ("reference", "reference_annee", "cumulatif", "compte_personnes"),
            *(tuple(f"{mesure}_{annee}" for annee in annees) for mesure in MESURES if annees),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Indicateur]:
        return super().get_queryset(request).prefetch_related("releves")

    @staticmethod
    def _annees(request: HttpRequest) -> list[int]:
        annees: list[int] | None = getattr(request, "annees_du_pacte", None)
        if annees is None:
            annees = list(Annee.objects.values_list("pk", flat=True))
            request.annees_du_pacte = annees  # type: ignore[attr-defined]  # read once a page
        return annees


class ReleveEnLigne(EnLigne):
    model = Releve
    form = LigneAnnuelleForm
    formset = LignesAnnuellesFormSet
    fields = ["annee", "cible", "valeur", "definitif"]

    def get_formset(
        self, request: HttpRequest, obj: Indicateur | None = None, **kwargs: Any
    ) -> type[forms.BaseInlineFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        formulaire = cast(type[LigneAnnuelleForm], formset.form)
        formulaire.clos = clos_pour(request, obj.action_id if obj else None)
        return formset


@admin.register(Indicateur)
class IndicateurAdmin(HistoriqueAdmin):
    list_display = ["libelle", "action", "unite", "niveau", "responsable"]
    list_filter = ["niveau", "compte_personnes", "action__volet__contrat"]
    list_select_related = ["action", "responsable"]
    search_fields = ["libelle", "action__code", "action__titre"]
    fieldsets = [
        (None, {"fields": ["action", "libelle", "unite", "sens", "niveau"]}),
        ("Comptage", {"fields": ["cumulatif", "compte_personnes"]}),
        ("Départ", {"fields": [("reference", "reference_annee")]}),
        ("Origine", {"fields": ["source", "methode", "responsable"]}),
    ]
    inlines = [ReleveEnLigne]

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view(partial(page_des_mesures, site=self.admin_site))
        return [path("grille/", vue, name="actions_indicateur_grille"), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Indicateur | None = None) -> bool:
        permis = super().has_delete_permission(request, obj)
        return permis and (obj is None or not obj.annees_closes)
