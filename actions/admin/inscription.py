"""Requests to inscribe an action added after the deeds were signed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from actions.models import Action, Inscription
from pacte.socle.administration_accord import A_LIRE, DoubleAccordAdmin
from pacte.socle.gestes import compte_de


class InscriptionForm(forms.ModelForm):
    """Which draft to inscribe, and why: one request at a time, said beside the field."""

    class Meta:
        model = Inscription
        fields = ["action", "raison"]

    def clean_action(self) -> Action:
        action: Action = self.cleaned_data["action"]
        if action.inscriptions.en_attente().exists():
            raise ValidationError("Une demande est déjà en cours pour cette action.")
        return action


@admin.register(Inscription)
class InscriptionAdmin(DoubleAccordAdmin):
    form = InscriptionForm
    list_display = ["action", "statut"]
    list_select_related = ["action"]
    search_fields = ["action__code", "action__titre"]
    fieldsets = [
        (None, {"fields": ["action", "raison"]}),
        ("Décision", {"fields": [*A_LIRE]}),
    ]
    add_fieldsets = [(None, {"fields": ["action", "raison"]})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("actions.add_inscription")

    def get_fieldsets(
        self, request: HttpRequest, obj: Inscription | None = None
    ) -> list[tuple[Any, Any]]:
        return self.add_fieldsets if obj is None else self.fieldsets

    def get_readonly_fields(
        self, request: HttpRequest, obj: Inscription | None = None
    ) -> list[str]:
        return [] if obj is None else A_LIRE

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        if db_field.name == "action":
            kwargs["queryset"] = Action.objects.brouillons()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Inscription, form: InscriptionForm, change: bool
    ) -> None:
        obj.deposer(par=compte_de(request))

    def response_add(
        self, request: HttpRequest, obj: Inscription, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self.adresse(obj))
