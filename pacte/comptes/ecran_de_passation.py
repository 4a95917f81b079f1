"""The screen “Passation”, from an account: what somebody carries, and who takes it up."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from pacte.comptes.passation import Lot, LotDePartenaire, Passation, peut_passer, portent_encore
from pacte.socle.administration import GesteAdmin
from pacte.socle.formulaires import fautes_de
from pacte.socle.gestes import compte_de, tenter
from pacte.socle.models import Utilisateur
from partenaires.models import Partenaire, RoleMembre


class PassationForm(forms.Form):
    """One successor a lot, each optional, and whether the account closes with it."""

    fermer = forms.BooleanField(
        label="Fermer le compte",
        required=False,
        help_text="Ses sessions s’arrêtent pour de bon. Ses invitations qui ne sont confiées à "
        "personne et les changements de compte en attente sont annulés.",
    )

    def __init__(self, passation: Passation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.passation = passation
        for lot in passation.lots:
            successeurs = lot.successeurs()
            if successeurs.exists():
                self.fields[lot.cle] = _champ(lot, successeurs)
        if not passation.compte.is_active:
            del self.fields["fermer"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error(None, "Choisir à qui confier quelque chose, ou fermer le compte.")
        return self.cleaned_data

    def lire(self) -> dict[str, Any]:
        """Return what `Passation.faire` wants."""
        choix = dict(self.cleaned_data)
        fermer = choix.pop("fermer", False)
        return {"successeurs": {cle: qui for cle, qui in choix.items() if qui}, "fermer": fermer}

    def lots(self) -> Iterator[tuple[Lot, forms.BoundField | None]]:
        """Yield each lot with its field, None when nobody may take it up."""
        for lot in self.passation.lots:
            yield lot, self[lot.cle] if lot.cle in self.fields else None


def _champ(lot: Lot, successeurs: QuerySet[Utilisateur]) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        successeurs,
        label=f"Confier « {lot.titre} » à",
        required=False,
        empty_label="Ne rien confier",
        help_text=lot.aide,
    )


class PorteEncoreFilter(admin.SimpleListFilter):
    title = "passation"
    parameter_name = "passation"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("a_faire", "compte fermé, à relayer")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Utilisateur]
    ) -> QuerySet[Utilisateur]:
        return portent_encore(queryset) if self.value() else queryset


class PassationAdmin(GesteAdmin):
    """Adds to an account the screen where what it carries is handed over."""

    change_form_template = "admin/compte.html"

    def get_urls(self) -> list[URLPattern]:
        return [*self.adresses_des_gestes({"passation": self.passation}), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        compte = self.get_object(request, object_id)
        peut = compte is not None and peut_passer(compte_de(request), compte)
        contexte = {"peut_passer": peut, "a_un_historique": True, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, contexte)

    def passation(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the account carries; a POST hands over what was chosen."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        compte = self.retrouver(request, object_id)
        if not peut_passer(compte_de(request), compte):
            raise PermissionDenied
        passation = Passation(compte)
        formulaire = PassationForm(passation, request.POST if request.method == "POST" else None)
        if request.method == "POST" and formulaire.is_valid():
            tenter(request, passation.faire, f"C’est fait : {compte}.", **formulaire.lire())
            return HttpResponseRedirect(request.path)
        return self.page(
            request,
            "admin/passation.html",
            f"Passation de {compte}",
            passation=passation,
            formulaire=formulaire,
            lots=[(*lot, _inviter(request, lot[0])) for lot in formulaire.lots()],
            fautes=fautes_de(formulaire) if formulaire.is_bound else [],
            retour=self.adresse(compte),
        )


def _inviter(request: HttpRequest, lot: Lot) -> str:
    """Return where to invite somebody after a last référent; "" when no one need, or who asks
    may not."""
    if not isinstance(lot, LotDePartenaire) or not lot.est_seul:
        return ""
    # Who closes accounts seldom invites: the page then says who may.
    if not request.user.has_perm("partenaires.add_invitation"):
        return ""
    saisie = {
        "partenaire": lot.partenaire.pk,
        "role": RoleMembre.REFERENT,
        "courriel": _courriel_connu(lot.partenaire),
    }
    return f"{reverse('admin:partenaires_invitation_add')}?{urlencode(saisie)}"


def _courriel_connu(partenaire: Partenaire) -> str:
    """Return the address that the partner's last signed request gave, unless it is a member's."""
    signee = partenaire.adhesions.filter(signature__isnull=False).first()
    if signee is None:
        return ""
    deja = partenaire.membres.filter(utilisateur__email__iexact=signee.contact_courriel).exists()
    return "" if deja else signee.contact_courriel
