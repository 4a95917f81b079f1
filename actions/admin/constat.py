"""Findings of the diagnosis, with the actions that answer them."""

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

from actions.models import Constat
from actions.models.constat import ConstatQuerySet
from pacte.socle.administration import PubliableAdmin


class SansReponseFilter(admin.SimpleListFilter):
    """The line of « À traiter », as a filter of the list."""

    title = "réponse"
    parameter_name = "reponse"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("sans_action", "publié, sans aucune action qui y réponde")]

    def queryset(  # type: ignore[override]  # these rows alone are filtered so
        self, request: HttpRequest, queryset: ConstatQuerySet
    ) -> QuerySet[Constat]:
        return queryset.sans_reponse() if self.value() == "sans_action" else queryset


@admin.register(Constat)
class ConstatAdmin(PubliableAdmin):
    list_display = ["enonce", "chiffre", "unite", "annee", "source"]
    list_filter = [SansReponseFilter, "territoires", "publics"]
    search_fields = ["enonce", "source"]
    figes: list[str] = []
    formfield_overrides = {
        **PubliableAdmin.formfield_overrides,
        models.ManyToManyField: {"widget": CheckboxSelectMultiple},
    }
    fieldsets = [
        (
            None,
            {
                "fields": ["enonce", "ordre"],
                "description": "Un constat est commun à plusieurs actions. La phrase propre à une "
                "seule action s’écrit sur sa fiche, dans « Constat propre à l’action ».",
            },
        ),
        (
            "Chiffre",
            {"fields": [("chiffre", "unite", "annee"), "source", "compte_personnes"]},
        ),
        ("Pour qui et où", {"fields": ["publics", "territoires"]}),
        ("Réponses du Pacte", {"fields": ["actions"]}),
    ]
