"""The journal and the outbox (both read only), and the synonyms of the search."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.courrier import DROIT_DE_RELANCER, Courrier, CourrierQuerySet
from pacte.socle.gestes import tenter
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.journal import LIBELLES
from pacte.socle.models import EntreeJournal, Synonyme


@admin.register(EntreeJournal)
class EntreeJournalAdmin(LectureSeuleAdmin):
    list_display = ["le", "ce_qui_s_est_passe", "sujet", "par"]
    list_filter = ["fait"]
    list_select_related = ["par", "type_objet"]
    search_fields = ["libelle", "fait"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[EntreeJournal]:
        return super().get_queryset(request).prefetch_related("objet")

    @admin.display(description="libellé de l’objet", ordering="libelle")
    def sujet(self, entree: EntreeJournal) -> str:
        return entree.sujet

    @admin.display(description="fait", ordering="fait")
    def ce_qui_s_est_passe(self, entree: EntreeJournal) -> str:
        return LIBELLES.get(entree.fait, entree.fait)


@admin.register(Synonyme)
class SynonymeAdmin(HistoriqueAdmin):
    list_display = ["terme", "equivalent"]
    search_fields = ["terme", "equivalent"]

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[forms.ModelForm]:
        aide = "Ce que la feuille de route dit à la place ; plusieurs, séparés par des virgules."
        return super().get_form(request, obj, change, help_texts={"equivalent": aide}, **kwargs)


class EnSouffranceFilter(admin.SimpleListFilter):
    """The lines of « À traiter », as a filter of the list."""

    title = "situation"
    parameter_name = "situation"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("en_souffrance", "qui ne partent pas")]

    def queryset(  # type: ignore[override]  # these rows alone are filtered so
        self, request: HttpRequest, queryset: CourrierQuerySet
    ) -> CourrierQuerySet:
        return queryset.en_souffrance() if self.value() == "en_souffrance" else queryset


@admin.register(Courrier)
class CourrierAdmin(LectureSeuleAdmin, GesteAdmin):
    """What the portal sends. The text is not shown: it may hold a personal link."""

    change_form_template = "admin/courrier.html"
    list_display = ["objet", "destinataire", "statut", "raison", "prochain_essai_le"]
    list_filter = [EnSouffranceFilter, "statut"]
    search_fields = ["objet", "destinataire", "raison"]
    fields = [
        *["objet", "destinataire", "statut", "raison", "essais", "prochain_essai_le"],
        *["ecrit_le", "expire_le", "fini_le"],
    ]
    actions = ["reessayer_la_selection", "abandonner_la_selection"]

    def has_relancer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(DROIT_DE_RELANCER)

    def get_urls(self) -> list[URLPattern]:
        gestes = {"reessayer": self.reessayer, "abandonner": self.abandonner}
        return [*self.adresses_des_gestes(gestes), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        contexte = {
            "title": "Courriel du portail",
            "peut_relancer": self.has_relancer_permission(request),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    @method_decorator(require_POST)
    def reessayer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        courrier = self._a_relancer(request, object_id)
        tenter(request, courrier.reessayer, f"{courrier} : il part, si le serveur l’accepte.")
        return HttpResponseRedirect(self.adresse(courrier))

    def abandonner(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask once more, for the text is erased; then give up."""
        courrier = self._a_relancer(request, object_id)
        if request.method == "POST":
            tenter(request, courrier.abandonner, f"{courrier} : abandonné, son texte est effacé.")
            return HttpResponseRedirect(self.adresse(courrier))
        titre = f"Abandonner le courriel n° {courrier.pk} et effacer son texte"
        return self.demander(request, courrier, titre, "Abandonner", forms.Form())

    def _a_relancer(self, request: HttpRequest, object_id: str) -> Courrier:
        if not self.has_relancer_permission(request):
            raise PermissionDenied
        courrier: Courrier = self.retrouver(request, object_id)
        return courrier

    @admin.action(description="Réessayer", permissions=["relancer"])
    def reessayer_la_selection(self, request: HttpRequest, queryset: QuerySet[Courrier]) -> None:
        for courrier in queryset:
            tenter(request, courrier.reessayer, f"{courrier} : il part, si le serveur l’accepte.")

    @admin.action(description="Abandonner et effacer le texte", permissions=["relancer"])
    def abandonner_la_selection(self, request: HttpRequest, queryset: QuerySet[Courrier]) -> None:
        for courrier in queryset:
            tenter(request, courrier.abandonner, f"{courrier} : abandonné, son texte est effacé.")
