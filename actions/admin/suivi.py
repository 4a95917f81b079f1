"""Milestones and bulletins: on the action, and each with its history on a screen of its own."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import BaseInlineFormSet, Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern

from actions.models import Action, Jalon, Libelle, PointEtape, Releve
from actions.models.suivi import PointEtapeQuerySet
from pacte.socle.administration import EnLigne, GesteAdmin, MotifForm
from pacte.socle.ecrans import VisibiliteDite
from pacte.socle.gestes import compte_de, tenter
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.models import Utilisateur

CHAMPS_DU_POINT: list[Any] = [
    ("le", "statut", "confiance"),
    ("motif", "reportee_au"),
    ("fait", "a_venir"),
    ("obstacles", "obstacles_publics"),
]
DEUX_LIGNES: dict[type[models.Field], Mapping[str, Any]] = {
    models.TextField: {"widget": Textarea(attrs={"rows": 2, "cols": 36})}
}


class JalonEnLigne(EnLigne):
    model = Jalon
    fields = ["libelle", "prevu_le", "atteint_le"]


class PointEtapeEnLigne(VisibiliteDite, admin.StackedInline):
    """The bulletins that stand; once the action was published, none is deleted from here.

    Its rubric holds the last one, and leads to the screens of those before.
    """

    model = PointEtape
    extra = 0
    fields = CHAMPS_DU_POINT
    formfield_overrides = DEUX_LIGNES
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointEtape]:
        points = cast(PointEtapeQuerySet, super().get_queryset(request)).en_vigueur()
        if not getattr(request, "rubrique", ""):
            return points
        dernier = PointEtape.objects.en_vigueur().filter(action=OuterRef("action"))
        return points.filter(pk=Subquery(dernier.values("pk")[:1]))

    def has_delete_permission(self, request: HttpRequest, obj: Action | None = None) -> bool:
        permis: bool = super().has_delete_permission(request, obj)
        return permis and not (obj and obj.visible_depuis)


class HistoriqueDeLigneAdmin(HistoriqueAdmin):
    """A row that lives on the screen of its action: here, its history, read and restored."""

    list_filter = ["action__volet__contrat"]
    list_select_related = ["action"]
    search_fields = ["action__code", "action__titre"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        # Reached from its action: not one more line in the menu.
        return False


@admin.register(Jalon)
class JalonAdmin(HistoriqueDeLigneAdmin):
    list_display = ["libelle", "action", "prevu_le", "atteint_le"]
    fields = ["libelle", "prevu_le", "atteint_le"]


@admin.register(Libelle)
class LibelleAdmin(HistoriqueDeLigneAdmin):
    list_display = ["texte", "action", "source", "officiel"]
    list_select_related = ["action", "source"]
    fields = ["texte", "source", "officiel", "partenaires_cites"]


@admin.register(Releve)
class ReleveAdmin(HistoriqueDeLigneAdmin):
    list_display = ["indicateur", "annee", "cible", "valeur", "definitif"]
    list_filter = ["annee", "indicateur__action__volet__contrat"]
    list_select_related = ["indicateur"]
    search_fields = ["indicateur__libelle", "indicateur__action__code"]
    fields = ["cible", "valeur", "definitif"]


@admin.register(PointEtape)
class PointEtapeAdmin(HistoriqueDeLigneAdmin, GesteAdmin):
    """A bulletin: corrected, and its page says so; or withdrawn, for a reason."""

    list_display = ["le", "action", "statut", "corrige_le", "retire_le"]
    fields = [*CHAMPS_DU_POINT, ("corrige_le", "retire_le"), "motif_retrait"]
    readonly_fields = ["corrige_le", "retire_le", "motif_retrait"]
    formfield_overrides = DEUX_LIGNES
    change_form_template = "admin/point_etape.html"

    def get_urls(self) -> list[URLPattern]:
        return [*self.adresses_des_gestes({"retirer": self.retirer}), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: PointEtape, form: Any, change: bool) -> None:
        if form.has_changed():
            obj.corriger()
        super().save_model(request, obj, form, change)
        obj.action.reprendre_statut(par=compte_de(request))

    def une_fois_retablie(self, objet: PointEtape, *, par: Utilisateur) -> None:
        objet.action.reprendre_statut(par=par)

    def retirer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason of a withdrawal, then withdraw."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        point = self.retrouver(request, object_id)
        formulaire = MotifForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            message = f"« {point} » n’est plus publié."
            tenter(request, point.retirer, message, **formulaire.cleaned_data)
            return HttpResponseRedirect(self.adresse(point))
        return self.demander(request, point, f"Retirer « {point} »", "Retirer du site", formulaire)


def marquer_les_corrections(formset: BaseInlineFormSet) -> None:
    """Mark the bulletins that a form changes as corrected."""
    for formulaire in formset.initial_forms:
        if formulaire.has_changed():
            formulaire.instance.corriger()
