"""Contributions on a screen of their own: corrected there, or made from a request to take part."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.forms import ModelChoiceField, ModelForm
from django.http import Http404, HttpRequest

from actions.models import Action, Contribution
from contrats.models import Adhesion
from pacte.socle.historique import HistoriqueAdmin


@admin.register(Contribution)
class ContributionAdmin(HistoriqueAdmin):
    """What partners bring. `?adhesion=` starts from what an admitted organisation wrote."""

    list_display = ["partenaire", "action", "role", "nature", "confirmee_le"]
    list_filter = ["role", "nature", "action__volet__contrat"]
    list_select_related = ["partenaire", "action"]
    search_fields = ["partenaire__nom", "action__code", "action__titre", "texte"]
    fieldsets = [
        (None, {"fields": ["partenaire", "action", "role", "texte"]}),
        ("Précisions", {"fields": ["nature", "etp", ("annee_debut", "annee_fin")]}),
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initiales = super().get_changeform_initial_data(request)
        demande = _demande(request)
        if demande is None:
            return initiales
        siennes = {"partenaire": demande.partenaire_id, "texte": demande.apport, "role": "associe"}
        return {**initiales, **siennes, "nature": "autre"}

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        demande = _demande(request)
        if demande is not None and db_field.name == "action":
            actions = Action.objects.filter(volet__contrat=demande.contrat)
            kwargs["queryset"] = actions.select_related("volet__contrat").order_by("code")
        if demande is not None and db_field.name == "partenaire":
            kwargs["queryset"] = type(demande.partenaire).objects.filter(pk=demande.partenaire_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Contribution, form: ModelForm, change: bool
    ) -> None:
        if not change:
            obj.adhesion = _demande(request)
        super().save_model(request, obj, form, change)


def _demande(request: HttpRequest) -> Adhesion | None:
    """Return the signed request that the address names, None without any; Http404 otherwise."""
    cle = request.GET.get("adhesion")
    if not cle:
        return None
    trouvees = Adhesion.objects.a_publier().select_related("partenaire", "contrat")
    demande = trouvees.filter(pk=cle).first() if cle.isdecimal() else None
    if demande is None:
        raise Http404
    return demande
