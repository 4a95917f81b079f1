"""Partners, their people, and the invitations that let these in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from pacte.socle.administration import LectureSeuleAdmin, PubliableAdmin
from pacte.socle.administration_preparation import PreparationAdmin
from pacte.socle.gestes import compte_de, tenter
from pacte.socle.transitions import TransitionInterdite
from partenaires.forms import FichePrevueForm
from partenaires.models import Invitation, Membre, Partenaire, PreparationPartenaire


@admin.register(Partenaire)
class PartenaireAdmin(PubliableAdmin):
    list_display = ["nom", "sigle", "nature", "partie"]
    list_filter = ["nature", "partie"]
    search_fields = ["nom", "sigle", "autres_noms"]
    slug_depuis = "nom"
    page_de_preparation = "admin:partenaires_preparationpartenaire_preparer"
    fieldsets = [
        (None, {"fields": ["nom", "sigle", "article", "autres_noms", "slug"]}),
        ("Nature", {"fields": ["nature", "partie", "siret", "rna"]}),
        ("Page publique", {"fields": ["site", "presentation", "mention"]}),
    ]


class InvitationForm(forms.ModelForm):
    """Whom to invite. The address may already have a link: a new one replaces it."""

    class Meta:
        model = Invitation
        fields = ["partenaire", "courriel", "role"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        donnees = self.cleaned_data
        if "partenaire" in donnees and "courriel" in donnees:
            try:
                Invitation.verifier_le_destinataire(donnees["courriel"], donnees["partenaire"])
            except TransitionInterdite as erreur:
                raise ValidationError({"courriel": str(erreur)}) from erreur
        return donnees

    def validate_constraints(self) -> None:
        """A new invitation replaces the one that this address already has."""


@admin.register(Invitation)
class InvitationAdmin(LectureSeuleAdmin):
    form = InvitationForm
    list_display = ["courriel", "partenaire", "role", "creee_le", "expire_le", "utilisee_le"]
    list_filter = ["partenaire"]
    list_select_related = ["partenaire"]
    search_fields = ["courriel", "partenaire__nom"]
    actions = ["revoquer_la_selection"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partenaires.add_invitation")

    def has_revoquer_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: InvitationForm, change: bool
    ) -> None:
        envoyee = Invitation.envoyer_a(par=compte_de(request), **form.cleaned_data)
        obj.pk = envoyee.pk

    @admin.action(description="Annuler les invitations choisies", permissions=["revoquer"])
    def revoquer_la_selection(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        for invitation in queryset:
            tenter(request, invitation.revoquer, f"Annulée : {invitation}.")


@admin.register(Membre)
class MembreAdmin(LectureSeuleAdmin):
    list_display = ["utilisateur", "partenaire", "role", "depuis"]
    list_filter = ["role", "partenaire"]
    list_select_related = ["utilisateur", "partenaire"]
    search_fields = ["utilisateur__email", "partenaire__nom"]
    actions = ["sortir_la_selection"]

    def has_sortir_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partenaires.add_invitation")

    @admin.action(description="Retirer l’accès aux personnes choisies", permissions=["sortir"])
    def sortir_la_selection(self, request: HttpRequest, queryset: QuerySet[Membre]) -> None:
        for membre in queryset:
            tenter(request, membre.sortir, f"N’a plus accès : {membre}.")


@admin.register(PreparationPartenaire)
class PreparationPartenaireAdmin(PreparationAdmin):
    formulaire = FichePrevueForm
    list_display = ["partenaire", "statut", "preparee_par", "confiee_a", "preparee_le"]
    list_select_related = ["partenaire", "preparee_par", "confiee_a"]
    search_fields = ["partenaire__nom"]
