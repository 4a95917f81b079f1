"""The pact, its contracts with their volets, the volets with their objectives, the deeds."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.forms import FileInput, ModelChoiceField, ModelForm
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path

from contrats.admin.exercices import ExerciceForm, ExerciceFormSet
from contrats.models import (
    Acte,
    Annee,
    Contrat,
    Exercice,
    Objectif,
    Pacte,
    RequeteDuPacte,
    Signature,
    Volet,
)
from pacte.socle.administration import EnLigne, LectureSeuleAdmin, PubliableAdmin
from pacte.socle.documents import repondre_document
from pacte.socle.historique import HistoriqueAdmin
from partenaires.models import Partenaire


@admin.register(Pacte)
class PacteAdmin(HistoriqueAdmin):
    list_display = ["nom", "territoire", "annee_debut", "annee_fin", "liste_complete"]
    fieldsets = [
        (None, {"fields": ["nom", "territoire", "dans_le_territoire", "du_territoire"]}),
        ("Période", {"fields": [("annee_debut", "annee_fin")]}),
        (
            "Textes de la page « Le Pacte »",
            {"fields": ["en_bref", "contractualisation", "presentation", "declinaison", "source"]},
        ),
        ("Actions", {"fields": ["liste_complete"]}),
    ]

    def has_add_permission(  # type: ignore[override]  # every request has its pact
        self, request: RequeteDuPacte
    ) -> bool:
        return super().has_add_permission(request) and not request.pacte.pk

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Pacte, form: ModelForm, change: bool) -> None:
        obj.pk = 1  # one row, as its constraint says
        super().save_model(request, obj, form, change)
        obj.ouvrir_les_annees()


class VoletEnLigne(EnLigne):
    model = Volet
    fields = ["axe", "titre", "part_etat_attendue", "tolerance"]
    show_change_link = True


class ExerciceEnLigne(EnLigne):
    model = Exercice
    form = ExerciceForm
    formset = ExerciceFormSet
    show_change_link = True
    fields = ["annee", "debut", "fin", "rapport_avant_le", "plafond_etat", "montant_notifie"]


@admin.register(Annee)
class AnneeAdmin(LectureSeuleAdmin):
    """Opened by the period of the pact."""


@admin.register(Contrat)
class ContratAdmin(PubliableAdmin):
    list_display = ["sigle", "nom", "annuel", "ordre"]
    list_display_links = ["sigle", "nom"]
    list_filter = ["annuel"]
    search_fields = ["sigle", "nom", "autres_noms"]
    slug_depuis = "sigle"
    fieldsets = [
        (None, {"fields": ["sigle", "nom", "autres_noms", "slug", "ordre"]}),
        ("Période", {"fields": ["annuel", ("annee_debut", "annee_fin")]}),
        ("Présentation", {"fields": ["perimetre", "presentation"]}),
    ]
    inlines = [VoletEnLigne, ExerciceEnLigne]


class ObjectifEnLigne(EnLigne):
    model = Objectif
    fields = ["numero", "texte"]


@admin.register(Volet)
class VoletAdmin(HistoriqueAdmin):
    list_display = ["contrat", "axe", "titre"]
    list_display_links = ["contrat", "axe"]
    list_filter = ["contrat", "axe"]
    list_select_related = ["contrat", "axe"]
    inlines = [ObjectifEnLigne]


class SignatureEnLigne(EnLigne):
    model = Signature
    fields = ["partenaire", "qualite", "signe_le"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Signature]:
        return super().get_queryset(request).select_related("partenaire", "acte")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name == "partenaire":
            kwargs["queryset"] = Partenaire.objects.filter(est_candidat=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Acte)
class ActeAdmin(HistoriqueAdmin):
    list_display = ["objet", "type_acte", "contrat", "delibere_le", "signe_le"]
    list_filter = ["type_acte", "contrat"]
    list_select_related = ["contrat"]
    search_fields = ["objet", "numero"]
    view_on_site = False
    actions = None
    readonly_fields = ["document_depose"]
    fieldsets = [
        (None, {"fields": ["contrat", "type_acte", "numero", "objet"]}),
        (
            "Dates",
            {
                "fields": ["delibere_le", "signe_le", "effet_le", "fin_le"],
                "description": "Un acte sans date de signature n’est pas publié.",
            },
        ),
        ("Document", {"fields": ["document_depose", "document"]}),
    ]
    formfield_overrides = {
        **HistoriqueAdmin.formfield_overrides,
        models.FileField: {"widget": FileInput},
    }
    inlines = [SignatureEnLigne]

    def get_urls(self) -> list[URLPattern]:
        document = self.admin_site.admin_view(self.document)
        adresse = path("<int:pk>/document.pdf", document, name="contrats_acte_document")
        return [adresse, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Acte | None = None) -> bool:
        if obj is not None and obj.signe_le:
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(description="document déposé")
    def document_depose(self, acte: Acte) -> str:
        # One that was just refused is not deposited, whatever the form still holds.
        if not acte or not acte.pk or not acte.document or not acte.document._committed:
            return "aucun"
        return render_to_string("admin/_document_depose.html", {"acte": acte})

    def document(self, request: HttpRequest, pk: int) -> FileResponse:
        """The document, for whoever may read the deed here, signed or not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return repondre_document(get_object_or_404(Acte, pk=pk).document)
