"""Requests to inscribe an action added after the deeds were signed."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect

from actions.models import Action, Inscription
from pacte.socle.administration_accord import A_LIRE, DoubleAccordAdmin


class InscriptionForm(forms.ModelForm):
    """Which draft to inscribe, and why: one request at a time, said beside the field."""

    class Meta:
        model = Inscription
        fields = ["action", "raison"]

    def clean_action(self):
        action = self.cleaned_data["action"]
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
        ("Décision", {"fields": A_LIRE}),
    ]
    add_fieldsets = [(None, {"fields": ["action", "raison"]})]

    def has_add_permission(self, request):
        return request.user.has_perm("actions.add_inscription")

    def get_fieldsets(self, request, obj=None):
        return self.add_fieldsets if obj is None else self.fieldsets

    def get_readonly_fields(self, request, obj=None):
        return [] if obj is None else A_LIRE

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "action":
            kwargs["queryset"] = Action.objects.brouillons()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.deposer(par=request.user)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(self.adresse(obj))
