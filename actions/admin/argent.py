"""Money in the admin: on the action for the Department, on its own screen for the State."""

from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, QuerySet
from django.forms import BaseInlineFormSet, ModelChoiceField
from django.http import HttpRequest
from django.urls import URLPattern, path

from actions.admin.cloture import LigneAnnuelleForm, LignesAnnuellesFormSet, clos_pour
from actions.admin.grilles import page_de_l_argent
from actions.autorisations import dire_qui_saisit, financeurs_de, peut_saisir_pour
from actions.models import Action, Financement
from pacte.socle.administration import EnLigne
from pacte.socle.gestes import compte_de
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.models import Utilisateur
from partenaires.models import Partenaire

CHAMPS = ("annee", "financeur", "nature", "prevu", "engage", "paye", "justifie", "definitif")


class FinancementForm(LigneAnnuelleForm):
    """A line that shuts itself when it belongs to the other side too."""

    # Whose screen it is: `FinancementEnLigne` says so.
    utilisateur: Utilisateur

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        existe = self.instance.pk is not None
        if existe and not peut_saisir_pour(self.utilisateur, self.instance.financeur):
            self.fermer()

    def clean_financeur(self) -> Partenaire:
        financeur: Partenaire = self.cleaned_data["financeur"]
        if self.has_changed() and not peut_saisir_pour(self.utilisateur, financeur):
            raise ValidationError(dire_qui_saisit(financeur))
        return financeur


class FinancementFormSet(LignesAnnuellesFormSet):
    """Lines of one action; those of the other side can be read, not deleted."""

    def clean(self) -> None:
        super().clean()
        for formulaire in self.deleted_forms:
            financeur = formulaire.instance.financeur
            if not peut_saisir_pour(formulaire.utilisateur, financeur):
                raise ValidationError(dire_qui_saisit(financeur))


class FinancementEnLigne(EnLigne):
    model = Financement
    form = FinancementForm
    formset = FinancementFormSet
    fields = CHAMPS

    def get_formset(
        self, request: HttpRequest, obj: Action | None = None, **kwargs: Any
    ) -> type[BaseInlineFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        formulaire = cast(type[FinancementForm], formset.form)
        formulaire.utilisateur = compte_de(request)
        formulaire.clos = clos_pour(request, obj.pk if obj else None)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Financement]:
        lignes = super().get_queryset(request).select_related("financeur")
        return lignes.order_by("annee", "financeur__cle_tri", "nature")


@admin.register(Financement)
class FinancementAdmin(HistoriqueAdmin):
    list_display = ["code", *CHAMPS]
    list_filter = ["annee", "action__volet__contrat", "financeur__partie", "nature", "definitif"]
    list_select_related = ["action", "financeur", "annee"]
    search_fields = ["action__code", "action__titre", "financeur__nom"]
    actions = None
    fieldsets = [
        (None, {"fields": ["action", "annee", "financeur", "nature"]}),
        ("Montants en euros", {"fields": ["prevu", "engage", "paye", "justifie", "definitif"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view(partial(page_de_l_argent, site=self.admin_site))
        return [path("grille/", vue, name="actions_financement_grille"), *super().get_urls()]

    @admin.display(description="action", ordering="action__code")
    def code(self, ligne: Financement) -> str:
        return ligne.action.code

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name == "financeur":
            kwargs["queryset"] = financeurs_de(compte_de(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Financement | None = None) -> bool:
        permis = super().has_change_permission(request, obj)
        return permis and (obj is None or self._est_a_soi(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Financement | None = None) -> bool:
        permis = super().has_delete_permission(request, obj)
        return permis and (obj is None or self._est_a_soi(request, obj))

    @staticmethod
    def _est_a_soi(request: HttpRequest, ligne: Financement) -> bool:
        return peut_saisir_pour(compte_de(request), ligne.financeur) and not ligne.est_close

    def versions_permises(self, request: HttpRequest, versions: QuerySet[Any]) -> QuerySet[Any]:
        return versions.filter(financeur__in=financeurs_de(compte_de(request)))
