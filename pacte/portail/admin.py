"""Messages of the contact form."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from pacte.portail.models import Message, MessageQuerySet
from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.gestes import tenter


class EcheanceFilter(admin.SimpleListFilter):
    title = "réponse"
    parameter_name = "reponse"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("a_traiter", "à donner"), ("en_retard", "en retard")]

    def queryset(  # type: ignore[override]  # these rows alone are filtered so
        self, request: HttpRequest, queryset: MessageQuerySet
    ) -> MessageQuerySet:
        situations = {"a_traiter": queryset.a_traiter, "en_retard": queryset.en_retard}
        situation = situations.get(self.value() or "")
        return situation() if situation else queryset


@admin.register(Message)
class MessageAdmin(LectureSeuleAdmin, GesteAdmin):
    change_form_template = "admin/message.html"
    list_display = ["reference", "sujet", "recu_le", "avant_le", "repondu_le"]
    list_filter = [EcheanceFilter, "sujet"]
    search_fields = ["reference", "texte"]
    fields = ["reference", "sujet", "texte", "page", "nom", "courriel", "recu_le"]
    actions = ["clore_la_selection"]

    def has_clore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pacte.repondre_message")

    def get_urls(self) -> list[URLPattern]:
        return [*self.adresses_des_gestes({"clore": self.clore}), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        message = self.retrouver(request, object_id)
        permis = message.repondu_le is None and self.has_clore_permission(request)
        contexte = {"peut_clore": permis, "title": str(message), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, contexte)

    @method_decorator(require_POST)
    def clore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        message = self.retrouver(request, object_id)
        tenter(request, message.clore, f"Répondu : {message.reference}.")
        return HttpResponseRedirect(self.adresse(message))

    @admin.action(description="Dire que la réponse est donnée", permissions=["clore"])
    def clore_la_selection(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        for message in queryset:
            tenter(request, message.clore, f"Répondu : {message.reference}.")
