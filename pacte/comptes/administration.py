"""Accounts in the admin, and the changes of them that a second person confirms."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone

from pacte.comptes.changements import (
    DROIT,
    ChangementDeCompte,
    NatureChangement,
    changer_les_groupes,
    comptes_de,
    noter_le_remaniement,
    parties_protegees,
    peut_demander,
    peut_seul,
    retirer_le_second_facteur,
)
from pacte.comptes.ecran_de_passation import PassationAdmin, PorteEncoreFilter
from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.adresses import oublier_les_autres
from pacte.socle.courriels import envoyer
from pacte.socle.double_accord import parties_de
from pacte.socle.ecrans import LigneRetenueAdmin
from pacte.socle.gestes import compte_de, dire
from pacte.socle.journal import FaitCompte, consigner
from pacte.socle.models import Utilisateur
from pacte.socle.photographie import photographier, resumer

# What gives an account to somebody, with its groups and its second factor.
ACCES = {"email", "is_active", "is_superuser"}
CHAMPS = ["email", "first_name", "last_name", "is_staff", "groups"]
# What the form of an account that exists would write over.
LUS = [*CHAMPS, "is_active", "is_superuser"]


class CompteForm(forms.ModelForm):
    """An account: its group and its status go together."""

    # Waits for a second person; set by `save_model`.
    adresse_demandee = ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        donnees = self.cleaned_data
        if donnees.get("groups") and donnees.get("is_staff") is False:
            message = "Un groupe n’ouvre l’administration qu’avec le « statut équipe » : le cocher."
            self.add_error("is_staff", message)
        return donnees


class CompteLuForm(CompteForm):
    """An account that exists: a form older than it would give back what was taken away."""

    lu = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Before what was typed is put on the account.
        self.en_base = self.initial["lu"] = resumer([photographier(self.instance, LUS)])

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        if donnees.get("lu") and donnees["lu"] != self.en_base:
            raise ValidationError(
                "Ce compte a changé pendant que vous écriviez : rouvrir sa fiche, et recommencer."
            )
        return donnees


class CreationUtilisateurForm(CompteForm):
    """An account without a password: its owner chooses one, from a link sent to the address."""

    class Meta:
        model = Utilisateur
        fields = CHAMPS

    def save(self, commit: bool = True) -> Utilisateur:
        self.instance.set_unusable_password()
        compte: Utilisateur = super().save(commit)
        return compte


@admin.register(Utilisateur)
class UtilisateurAdmin(LigneRetenueAdmin, PassationAdmin, UserAdmin):
    """An account that decides for a party is changed by its own people, or by two persons."""

    list_display = ["email", "first_name", "last_name", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active", "groups", PorteEncoreFilter]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = []
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    add_form = CreationUtilisateurForm
    actions = ["retirer_le_second_facteur", "fermer_les_sessions"]
    change_user_password_template = None

    def get_urls(self) -> list[URLPattern]:
        # Nobody sets somebody else's password: see « Mot de passe oublié ».
        return [url for url in super().get_urls() if "password" not in str(url.pattern)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Utilisateur]:
        """Every account for the administrators, the colleagues for the people of a party."""
        return super().get_queryset(request).filter(pk__in=comptes_de(compte_de(request)))

    def get_fieldsets(
        self, request: HttpRequest, obj: Utilisateur | None = None
    ) -> list[tuple[Any, Any]]:
        if obj is None:
            message = "La personne reçoit un message pour choisir son mot de passe."
            return [(None, {"fields": CHAMPS, "description": message})]
        droits = ["is_active", "is_staff", "groups"]
        if request.user.is_superuser:
            droits.append("is_superuser")
        return [
            (None, {"fields": ["email", "first_name", "last_name"], "description": _dire(obj)}),
            ("Rôle", {"fields": droits, "description": "Le groupe donne les droits."}),
            ("Dates", {"fields": ["last_login", "date_joined"]}),
        ]

    def get_form(
        self,
        request: HttpRequest,
        obj: Utilisateur | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[forms.ModelForm]:
        if obj is not None:
            kwargs.setdefault("form", CompteLuForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        gestes = super().get_actions(request)
        gestes.pop("delete_selected", None)
        return gestes

    @admin.action(description="Retirer le second facteur", permissions=["change"])
    def retirer_le_second_facteur(
        self, request: HttpRequest, queryset: QuerySet[Utilisateur]
    ) -> None:
        """For a lost telephone: the person sets another one up at the next sign-in."""
        for compte in self._permis(request, queryset):
            if parties_protegees(compte):
                self._demander(request, compte, NatureChangement.SECOND_FACTEUR)
            else:
                retirer_le_second_facteur(compte)
                noter_le_remaniement(compte)
                self._consigner(request, compte, FaitCompte.SECOND_FACTEUR_RETIRE)

    @admin.action(description="Fermer toutes les sessions", permissions=["change"])
    def fermer_les_sessions(self, request: HttpRequest, queryset: QuerySet[Utilisateur]) -> None:
        for compte in self._permis(request, queryset):
            compte.fermer_les_sessions()
            self._consigner(request, compte, FaitCompte.SESSIONS_FERMEES)

    def _permis(self, request: HttpRequest, queryset: QuerySet[Utilisateur]) -> list[Utilisateur]:
        return [compte for compte in queryset if self.has_change_permission(request, compte)]

    def _consigner(self, request: HttpRequest, compte: Utilisateur, fait: FaitCompte) -> None:
        consigner(compte, fait, par=compte_de(request))
        self.message_user(request, f"{fait.label} : {compte}.")

    def _demander(
        self, request: HttpRequest, compte: Utilisateur, nature: NatureChangement, **details: Any
    ) -> None:
        try:
            changement = ChangementDeCompte.demander(
                compte, nature, par=compte_de(request), **details
            )
        except ValidationError as erreur:
            self.message_user(request, dire(erreur), messages.ERROR)
            return
        except PermissionDenied as refus:
            self.message_user(request, f"{compte} : {refus}", messages.ERROR)
            return
        message = "C’est fait" if changement.par_les_siens else "Une seconde personne le confirmera"
        self.message_user(request, f"{changement}. {message}.", messages.WARNING)

    def save_model(
        self, request: HttpRequest, obj: Utilisateur, form: CompteForm, change: bool
    ) -> None:
        """Save what one person may change; the rest becomes a request (see `save_related`)."""
        if change and "email" in form.changed_data and parties_protegees(obj):
            form.adresse_demandee, obj.email = obj.email, form.initial["email"]
        acces = ACCES.intersection(form.changed_data) - (
            {"email"} if form.adresse_demandee else set()
        )
        if acces and change and obj != request.user:
            obj.remanie_le = timezone.now()
        if "is_active" in form.changed_data:
            obj.changer_la_cle()
        super().save_model(request, obj, form, change)
        if acces and change:
            # Neither an account opened again nor one given another address keeps its sessions.
            oublier_les_autres(obj)
            obj.fermer_les_sessions()
        if not change:
            envoyer("compte_ouvert", [obj.email], reverse("account_reset_password"))

    def save_related(
        self, request: HttpRequest, form: CompteForm, formsets: list[Any], change: bool
    ) -> None:
        compte = form.instance
        groupes = list(form.cleaned_data.get("groups", compte.groups.all()))
        if set(groupes) != set(compte.groups.all()):
            parties = parties_protegees(compte, groupes)
            if not peut_seul(compte_de(request), parties):
                form.cleaned_data["groups"] = compte.groups.all()
                self._demander(request, compte, NatureChangement.GROUPES, groupes=groupes)
            elif change and compte != request.user:
                changer_les_groupes(compte, groupes)
                noter_le_remaniement(compte)
        super().save_related(request, form, formsets, change)
        if form.adresse_demandee:
            adresse = form.adresse_demandee
            self._demander(request, compte, NatureChangement.ADRESSE, adresse=adresse)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Utilisateur | None = None
    ) -> list[str]:
        dates = ["last_login", "date_joined"]
        if obj is None:
            return dates
        siens = [*dates, "is_staff", "groups"]
        if obj == request.user:
            # Nobody raises their own rights; one's own address is an affair of colleagues.
            adresse = ["email"] if parties_protegees(obj) else []
            seul = [*siens, "is_active", *adresse]
            return dates + adresse if request.user.is_superuser else seul
        return dates if request.user.has_perm(DROIT) else siens

    def has_change_permission(self, request: HttpRequest, obj: Utilisateur | None = None) -> bool:
        if obj is None:
            return super().has_change_permission(request) or bool(parties_de(request.user))
        # Only a superuser may change another one: no way up through a password reset.
        if obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj) or peut_demander(compte_de(request), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Utilisateur | None = None) -> bool:
        if obj is not None and parties_protegees(obj):
            return False
        return super().has_delete_permission(request, obj)


def _dire(compte: Utilisateur) -> str:
    if not parties_protegees(compte):
        return ""
    return (
        "Ce compte décide pour une partie : son adresse, son second facteur et ses groupes se "
        "changent par quelqu’un de cette partie, ou à deux personnes. Son titulaire en est averti."
    )


@admin.register(ChangementDeCompte)
class ChangementDeCompteAdmin(LectureSeuleAdmin, GesteAdmin):
    change_form_template = "admin/changement_de_compte.html"
    list_display = ["compte", "nature", "statut", "demande_par", "demande_le", "decide_par"]
    list_filter = ["statut", "nature"]
    list_select_related = ["compte", "demande_par", "decide_par"]
    fields = [
        "compte",
        "nature",
        "adresse",
        "groupes_demandes",
        "statut",
        ("demande_par", "demande_le"),
        ("decide_par", "decide_le"),
    ]
    readonly_fields = ["groupes_demandes"]

    @admin.display(description="groupes demandés")
    def groupes_demandes(self, changement: ChangementDeCompte) -> str:
        return ", ".join(groupe.name for groupe in changement.groupes.all())

    def get_urls(self) -> list[URLPattern]:
        gestes = {"confirmer": self.confirmer, "refuser": self.refuser}
        return [*self.adresses_des_gestes(gestes), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        changement = self.retrouver(request, object_id)
        miens = ChangementDeCompte.objects.a_confirmer_par(compte_de(request))
        contexte = {
            "title": str(changement),
            "est_a_confirmer": miens.filter(pk=changement.pk).exists(),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def confirmer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.agir(request, object_id, "confirmer", "Le changement est fait.")

    def refuser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.agir(request, object_id, "refuser", "Le changement est refusé.")
