"""Accounts, the journal (read only) and the synonyms of the search."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm

from pacte.socle.administration import LectureSeuleAdmin
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.journal import LIBELLES
from pacte.socle.models import EntreeJournal, Synonyme, Utilisateur


class CreationUtilisateurForm(BaseUserCreationForm):
    class Meta:
        model = Utilisateur
        fields = ["email"]
        field_classes = {"email": forms.EmailField}


@admin.register(Utilisateur)
class UtilisateurAdmin(UserAdmin):
    list_display = ["email", "first_name", "last_name", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = ["groups"]
    add_form = CreationUtilisateurForm

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["email", "password1", "password2"]})]
        droits = ["is_active", "is_staff", "groups"]
        if request.user.is_superuser:
            droits.append("is_superuser")
        return [
            (None, {"fields": ["email", "password", "first_name", "last_name"]}),
            ("Rôle", {"fields": droits, "description": "Le groupe donne les droits."}),
            ("Dates", {"fields": ["last_login", "date_joined"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        dates = ["last_login", "date_joined"]
        if obj == request.user and not request.user.is_superuser:
            # Nobody raises their own rights.
            return [*dates, "is_active", "is_staff", "groups"]
        return dates

    def has_change_permission(self, request, obj=None):
        # Only a superuser may change another one: no way up through a password reset.
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)


@admin.register(EntreeJournal)
class EntreeJournalAdmin(LectureSeuleAdmin):
    list_display = ["le", "ce_qui_s_est_passe", "libelle", "par"]
    list_filter = ["fait"]
    list_select_related = ["par"]
    search_fields = ["libelle", "fait"]
    list_per_page = 50

    @admin.display(description="fait", ordering="fait")
    def ce_qui_s_est_passe(self, entree):
        return LIBELLES.get(entree.fait, entree.fait)


@admin.register(Synonyme)
class SynonymeAdmin(HistoriqueAdmin):
    list_display = ["terme", "equivalent"]
    search_fields = ["terme", "equivalent"]
