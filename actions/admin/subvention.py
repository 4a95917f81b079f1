"""Grants: each party writes its own, and reads what is missing before they are published."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from actions.autorisations import financeurs_de, peut_saisir_pour
from actions.models import Subvention
from pacte.socle.gestes import compte_de
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.typographie import date_fr


@admin.register(Subvention)
class SubventionAdmin(HistoriqueAdmin):
    list_display = ["__str__", "objet", "convention_le", "montant", "publication"]
    list_filter = ["attribuant__partie", "nature"]
    list_select_related = ["action", "attribuant", "beneficiaire"]
    search_fields = ["objet", "reference", "beneficiaire__nom", "action__code", "action__titre"]
    actions = None
    readonly_fields = ["publication"]
    fieldsets = [
        (None, {"fields": ["publication", "action", "attribuant", "beneficiaire", "objet"]}),
        (
            "Convention",
            {
                "fields": ["convention_le", "reference", "montant", "part", "nature"],
                "description": "Au-delà de 23 000 €, la convention se publie sous trois mois "
                "(décret 2017-779) : elle paraît dans les données ouvertes, une fois complète.",
            },
        ),
        ("Versement", {"fields": ["conditions", "verse_du", "verse_au"]}),
        ("Aides publiques", {"fields": ["notifiee_ue", "id_rae", "dispositif"]}),
    ]

    @admin.display(description="publication")
    def publication(self, subvention: Subvention) -> str:
        if not subvention.pk:
            return "Après l’enregistrement."
        manques = ", ".join(subvention.manques)
        if not manques:
            return "Complète : dans les données ouvertes."
        limite = subvention.a_publier_avant_le
        avant = f"À publier avant le {date_fr(limite)}. " if limite else ""
        return f"{avant}Il manque : {manques}."

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name == "attribuant":
            kwargs["queryset"] = financeurs_de(compte_de(request)).exclude(partie="")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Subvention | None = None) -> bool:
        permis = super().has_change_permission(request, obj)
        return permis and (obj is None or peut_saisir_pour(compte_de(request), obj.attribuant))

    def has_delete_permission(self, request: HttpRequest, obj: Subvention | None = None) -> bool:
        permis = super().has_delete_permission(request, obj)
        return permis and (obj is None or peut_saisir_pour(compte_de(request), obj.attribuant))

    def versions_permises(self, request: HttpRequest, versions: QuerySet[Any]) -> QuerySet[Any]:
        return versions.filter(attribuant__in=financeurs_de(compte_de(request)))
