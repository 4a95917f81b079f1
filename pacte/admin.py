"""Messages of the contact form."""

from django.contrib import admin

from pacte.comptes import administration  # noqa: F401  (it registers the accounts)
from pacte.models import Message
from pacte.socle.administration import LectureSeuleAdmin
from pacte.socle.gestes import tenter


class EcheanceFilter(admin.SimpleListFilter):
    title = "réponse"
    parameter_name = "reponse"

    def lookups(self, request, model_admin):
        return [("a_traiter", "à donner"), ("en_retard", "en retard")]

    def queryset(self, request, queryset):
        situations = {"a_traiter": queryset.a_traiter, "en_retard": queryset.en_retard}
        return situations[self.value()]() if self.value() in situations else queryset


@admin.register(Message)
class MessageAdmin(LectureSeuleAdmin):
    list_display = ["reference", "sujet", "recu_le", "avant_le", "repondu_le"]
    list_filter = [EcheanceFilter, "sujet"]
    search_fields = ["reference", "texte"]
    actions = ["clore_la_selection"]

    def has_clore_permission(self, request):
        return request.user.has_perm("pacte.repondre_message")

    @admin.action(description="Dire que la réponse est donnée", permissions=["clore"])
    def clore_la_selection(self, request, queryset):
        for message in queryset:
            tenter(request, message.clore, f"Répondu : {message.reference}.")
