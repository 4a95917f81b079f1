"""What the admin classes share: publication buttons, history, choices read once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from pacte.socle.ecrans import ColonneDeListe, ListeSansErreurAdmin, VisibiliteDite
from pacte.socle.fiches import fiche
from pacte.socle.gestes import compte_de, dire, tenter
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.publication import Publiable
from pacte.socle.transitions import TransitionInterdite

Choix = TypeVar("Choix", bound=forms.ModelChoiceField)


class MotifForm(forms.Form):
    """The reason of a withdrawal."""

    motif = forms.CharField(
        label="Motif du retrait",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Le journal le garde. Il n’est pas publié.",
    )


class GesteAdmin(admin.ModelAdmin):
    """A row on which one acts with buttons, each asking for what it needs on its own page."""

    def adresses_des_gestes(
        self, gestes: Mapping[str, Callable[..., HttpResponseBase]], suite: str = ""
    ) -> list[URLPattern]:
        """Return the address of each gesture on a row, named after it: the row, the gesture, then
        `suite`."""
        modele = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(
                f"<path:object_id>/{geste}/{suite}",
                self.admin_site.admin_view(vue),
                name=f"{modele}_{geste.replace('-', '_')}",
            )
            for geste, vue in gestes.items()
        ]

    def page(
        self, request: HttpRequest, gabarit: str, titre: str, **contexte: Any
    ) -> TemplateResponse:
        """Answer a page of ours, which stands in the administration as Django's own do."""
        commun = {**self.admin_site.each_context(request), "title": titre, "opts": self.opts}
        return TemplateResponse(request, gabarit, {**commun, **contexte})

    def demander(
        self,
        request: HttpRequest,
        objet: models.Model,
        titre: str,
        bouton: str,
        formulaire: forms.BaseForm,
    ) -> TemplateResponse:
        """Answer the page that asks `formulaire` before acting on `objet`."""
        return self.page(
            request,
            "admin/geste.html",
            titre,
            formulaire=formulaire,
            bouton=bouton,
            retour=self.adresse(objet),
        )

    @method_decorator(require_POST)
    def agir(
        self, request: HttpRequest, object_id: str, transition: str, message: str
    ) -> HttpResponse:
        """Call the transition of this name on the row, by POST only, and go back to the row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        objet = self.retrouver(request, object_id)
        tenter(request, getattr(objet, transition), message)
        return HttpResponseRedirect(self.adresse(objet))

    def retrouver(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row, or raise Http404."""
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        return objet

    def adresse(self, objet: models.Model) -> str:
        return fiche(objet)


class PubliableAdmin(HistoriqueAdmin, GesteAdmin):
    """Adds to a publishable model its position, its buttons and its bulk publication.

    The buttons call the model's transitions and nothing else. What was once published is
    withdrawn, not deleted, and keeps what its address is made of (`figes`).
    """

    change_form_template = "admin/publiable.html"
    actions = ["publier_la_selection"]
    figes = ["slug"]
    slug_depuis = ""
    # The name of the page where a change of a published row is prepared, "" when there is none.
    page_de_preparation = ""

    def get_urls(self) -> list[URLPattern]:
        return [*self.adresses_des_gestes({"retirer": self.retirer}), *super().get_urls()]

    def peut_publier(self, request: HttpRequest) -> bool:
        droit = f"{self.opts.app_label}.publier_{self.opts.model_name}"
        return request.user.has_perm(droit)

    def get_list_display(self, request: HttpRequest) -> list[ColonneDeListe]:
        return [*super().get_list_display(request), "publication"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return ["publication", *self.list_filter]

    def get_readonly_fields(self, request: HttpRequest, obj: Publiable | None = None) -> list[str]:
        fixes = self.figes if obj and obj.visible_depuis else []
        return [*self.readonly_fields, *fixes]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Publiable | None = None
    ) -> dict[str, Sequence[str]]:
        propose = self.slug_depuis and not (obj and obj.visible_depuis)
        return {"slug": [self.slug_depuis]} if propose else {}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        gestes = super().get_actions(request)
        gestes.pop("delete_selected", None)
        return gestes

    def has_delete_permission(self, request: HttpRequest, obj: Publiable | None = None) -> bool:
        if obj is not None and obj.visible_depuis:
            return False
        return super().has_delete_permission(request, obj)

    def get_view_on_site_url(self, obj: Publiable | None = None) -> str | None:
        return super().get_view_on_site_url(obj) if obj and obj.est_visible else None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        contexte = {
            "title": f"{str(self.opts.verbose_name).capitalize()} : modifier",
            "peut_publier": self.peut_publier(request),
            "preparer": self._preparer(request, object_id),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def _preparer(self, request: HttpRequest, object_id: str) -> str:
        # Who may change a part of the row alone prepares nothing of it.
        droit = f"{self.opts.app_label}.change_{self.opts.model_name}"
        if not self.page_de_preparation or not request.user.has_perm(droit):
            return ""
        return reverse(self.page_de_preparation, args=[unquote(object_id)])

    def response_change(self, request: HttpRequest, obj: Publiable) -> HttpResponse:
        if "_publier" not in request.POST:
            return super().response_change(request, obj)
        tenter(request, obj.publier, f"« {obj} » est visible de tous.")
        return HttpResponseRedirect(request.path)

    @admin.action(description="Publier la sélection", permissions=["change"])
    def publier_la_selection(self, request: HttpRequest, queryset: QuerySet[Publiable]) -> None:
        publies = 0
        for objet in queryset:
            try:
                objet.publier(par=compte_de(request))
            except (TransitionInterdite, ValidationError) as erreur:
                self.message_user(request, dire(erreur), messages.WARNING)
            else:
                publies += 1
        if publies:
            nom = self.opts.verbose_name_plural if publies > 1 else self.opts.verbose_name
            self.message_user(request, f"Rendu visible : {publies} {nom}.", messages.SUCCESS)

    def retirer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason of a withdrawal, then withdraw."""
        if not self.peut_publier(request):
            raise PermissionDenied
        objet = self.retrouver(request, object_id)
        formulaire = MotifForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            tenter(
                request,
                objet.retirer,
                f"« {objet} » n’est plus visible.",
                **formulaire.cleaned_data,
            )
            return HttpResponseRedirect(self.adresse(objet))
        return self.demander(request, objet, f"Retirer « {objet} »", "Retirer du site", formulaire)


class EnLigne(VisibiliteDite, admin.TabularInline):
    """Rows inside another form; the choices of a relation are read once, not once per row."""

    extra = 0

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        champ = super().formfield_for_dbfield(db_field, request, **kwargs)
        if champ is not None and hasattr(champ.widget, "can_add_related"):
            # What a row refers to is kept on its own screen: no four pictures in each cell.
            for geste in ("add", "change", "delete", "view"):
                setattr(champ.widget, f"can_{geste}_related", False)
        return champ

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        return _lire_une_fois(super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        return _lire_une_fois(super().formfield_for_manytomany(db_field, request, **kwargs))


def _lire_une_fois(champ: Choix | None) -> Choix | None:
    if champ is not None:
        # An iterator that reads the table, whatever else the stubs allow.
        champ.choices = list(champ.choices)  # type: ignore[arg-type]
    return champ


class SansSuppressionAdmin(HistoriqueAdmin):
    """Reference rows that others refer to: corrected, never deleted from a screen."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class LectureSeuleAdmin(ListeSansErreurAdmin):
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
