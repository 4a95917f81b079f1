"""Accounts, the journal (read only) and the synonyms of the search."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import models
from django.urls import reverse

from pacte.socle.administration import LectureSeuleAdmin
from pacte.socle.courriels import envoyer
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.journal import LIBELLES, FaitCompte, consigner
from pacte.socle.models import EntreeJournal, Synonyme, Utilisateur


class CreationUtilisateurForm(forms.ModelForm):
    """An account without a password: its owner chooses one, from a link sent to the address."""

    class Meta:
        model = Utilisateur
        fields = ["email", "first_name", "last_name", "is_staff", "groups"]

    def save(self, commit=True):
        self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(Utilisateur)
class UtilisateurAdmin(UserAdmin):
    list_display = ["email", "first_name", "last_name", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = []
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    add_form = CreationUtilisateurForm
    actions = ["retirer_le_second_facteur", "fermer_les_sessions"]
    change_user_password_template = None

    def get_urls(self):
        # Nobody sets somebody else's password: see « Mot de passe oublié ».
        return [url for url in super().get_urls() if "password" not in str(url.pattern)]

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            champs = ["email", "first_name", "last_name", "is_staff", "groups"]
            dit = "La personne reçoit un message pour choisir son mot de passe."
            return [(None, {"fields": champs, "description": dit})]
        droits = ["is_active", "is_staff", "groups"]
        if request.user.is_superuser:
            droits.append("is_superuser")
        return [
            (None, {"fields": ["email", "first_name", "last_name"]}),
            ("Rôle", {"fields": droits, "description": "Le groupe donne les droits."}),
            ("Dates", {"fields": ["last_login", "date_joined"]}),
        ]

    def get_form(self, request, obj=None, **kwargs):
        if obj is not None:
            kwargs.setdefault("form", forms.ModelForm)
        return super().get_form(request, obj, **kwargs)

    def get_actions(self, request):
        gestes = super().get_actions(request)
        gestes.pop("delete_selected", None)
        return gestes

    @admin.action(description="Retirer le second facteur", permissions=["change"])
    def retirer_le_second_facteur(self, request, queryset):
        """For a lost telephone: the person sets another one up at the next sign-in."""
        self._pour_chacun(request, queryset, FaitCompte.SECOND_FACTEUR_RETIRE, _oublier_les_codes)

    @admin.action(description="Fermer toutes les sessions", permissions=["change"])
    def fermer_les_sessions(self, request, queryset):
        self._pour_chacun(request, queryset, FaitCompte.SESSIONS_FERMEES, _fermer_les_sessions)

    def _pour_chacun(self, request, queryset, fait, geste):
        for compte in queryset:
            if self.has_change_permission(request, compte):
                geste(compte)
                consigner(compte, fait, par=request.user)
                self.message_user(request, f"{fait.label} : {compte}.")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            envoyer("compte_ouvert", [obj.email], reverse("account_reset_password"))

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


def _oublier_les_codes(compte) -> None:
    Authenticator.objects.filter(user=compte).delete()


def _fermer_les_sessions(compte) -> None:
    for session in UserSession.objects.filter(user=compte):
        session.end()


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
