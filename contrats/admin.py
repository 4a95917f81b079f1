"""The pact, its contracts with their volets, the volets with their objectives, the deeds."""

from django.contrib import admin

from contrats.models import Acte, Contrat, Objectif, Pacte, Signature, Volet
from pacte.socle.administration import EnLigne, HistoriqueAdmin, PubliableAdmin


@admin.register(Pacte)
class PacteAdmin(HistoriqueAdmin):
    list_display = ["nom", "territoire", "annee_debut", "annee_fin", "liste_complete"]
    fieldsets = [
        (None, {"fields": ["nom", "territoire", "dans_le_territoire", "du_territoire"]}),
        ("Période", {"fields": [("annee_debut", "annee_fin")]}),
        ("Contenu", {"fields": ["presentation", "liste_complete"]}),
    ]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Pacte.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = 1  # one row, as its constraint says
        super().save_model(request, obj, form, change)


class VoletEnLigne(EnLigne):
    model = Volet
    fields = ["axe", "titre"]
    show_change_link = True


@admin.register(Contrat)
class ContratAdmin(PubliableAdmin):
    list_display = ["sigle", "nom", "annuel", "ordre"]
    list_display_links = ["sigle", "nom"]
    list_filter = ["annuel"]
    search_fields = ["sigle", "nom", "autres_noms"]
    prepopulated_fields = {"slug": ["sigle"]}
    fieldsets = [
        (None, {"fields": ["sigle", "nom", "autres_noms", "slug", "ordre"]}),
        ("Période", {"fields": ["annuel", ("annee_debut", "annee_fin")]}),
        ("Présentation", {"fields": ["presentation"]}),
    ]
    inlines = [VoletEnLigne]


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

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("partenaire", "acte")


@admin.register(Acte)
class ActeAdmin(HistoriqueAdmin):
    list_display = ["objet", "type_acte", "contrat", "delibere_le", "signe_le"]
    list_filter = ["type_acte", "contrat"]
    list_select_related = ["contrat"]
    search_fields = ["objet", "numero"]
    date_hierarchy = "signe_le"
    fieldsets = [
        (None, {"fields": ["contrat", "type_acte", "numero", "objet"]}),
        (
            "Dates",
            {
                "fields": ["delibere_le", "signe_le", "effet_le", "fin_le"],
                "description": "Un acte sans date de signature n’est pas publié.",
            },
        ),
        ("Document", {"fields": ["document"]}),
    ]
    inlines = [SignatureEnLigne]
