"""Field history in the admin: read, restored by those who may change, never overwritten blindly."""

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from pacte.socle.ecrans import ListeSansErreurAdmin
from pacte.socle.journal import FaitFiche, consigner
from pacte.socle.typographie import date_fr, dire


class VersionLueForm(forms.ModelForm):
    """A form that remembers which version it shows, and refuses to erase a newer one unseen."""

    version_lue = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.derniere = self.instance.historique.first() if self.instance.pk else None
        if self.derniere:
            self.initial["version_lue"] = self.derniere.history_id

    def clean(self):
        donnees = super().clean()
        lue = donnees.get("version_lue")
        if self.derniere and lue and lue != self.derniere.history_id:
            # Told once: the same form sent again carries the newer version, and is accepted.
            self.data = self.data.copy()
            self.data[self.add_prefix("version_lue")] = self.derniere.history_id
            qui = self.derniere.history_user or "une commande"
            raise ValidationError(
                f"Pendant que vous écriviez, {qui} a modifié cette fiche "
                f"({date_fr(self.derniere.history_date)}). Votre saisie est gardée ci-dessous : "
                "comparez avec l’historique, puis enregistrez de nouveau pour la confirmer."
            )
        return donnees


class VersionDite(HistoricalRecordContextHelper):
    """Says in French what a version changed: labels of choices, dates, « vide »."""

    def prepare_delta_change_value(self, change, value):
        champ = self.model._meta.get_field(change.field)
        if champ.choices:
            return dict(champ.flatchoices).get(value, dire(value))
        return dire(super().prepare_delta_change_value(change, value))


class HistoriqueAdmin(SimpleHistoryAdmin, ListeSansErreurAdmin):
    """A model whose field history can be read (who, when, before, after) and restored."""

    form = VersionLueForm
    list_per_page = 50
    show_full_result_count = False
    object_history_list_template = "admin/historique.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_historical_record_context_helper(self, request, historical_record):
        return VersionDite(self.model, historical_record)

    def log_addition(self, request, obj, message):
        consigner(obj, FaitFiche.CREEE, par=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if champs := _champs_changes(message):
            consigner(obj, FaitFiche.MODIFIEE, par=request.user, champs=champs)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for objet in queryset:
            consigner(objet, FaitFiche.SUPPRIMEE, par=request.user)
        return super().log_deletions(request, queryset)

    def get_fieldsets(self, request, obj=None):
        """Leave out the hidden version: `admin/change_form.html` prints it, without a label."""
        return [
            (nom, {**options, "fields": [c for c in options["fields"] if c != "version_lue"]})
            for nom, options in super().get_fieldsets(request, obj)
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        classe = super().get_form(request, obj, change, **kwargs)
        version = getattr(request, "version_a_restaurer", None)
        return classe if version is None else _avec_les_relations_de(classe, version)

    def history_view(self, request, object_id, extra_context=None):
        self._retrouver(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """Show a past version; restoring it demands the right to change the row."""
        objet = self._retrouver(request, object_id)
        if request.method == "POST" and not self.has_change_permission(request, objet):
            raise PermissionDenied
        if not version_id.isdecimal():
            raise Http404
        request.version_a_restaurer = objet.historique.filter(history_id=version_id).first()
        if request.version_a_restaurer is None:
            raise Http404
        with transaction.atomic():
            return super().history_form_view(request, object_id, version_id, extra_context)

    def _retrouver(self, request, object_id):
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        return objet


def _champs_changes(message) -> list[str]:
    """Return the labels of what a form changed, rows inside it included, from Django's message."""
    if isinstance(message, str):
        return [message] if message else []
    noms = set()
    for changement in message:
        for detail in changement.values():
            noms.update(detail.get("fields", []) or [detail.get("name", "")])
    return sorted(filter(None, noms))


def _avec_les_relations_de(classe, version):
    """Return form class `classe`, its many-to-many fields as they were in `version`."""
    relations = {
        champ.name: [
            getattr(ligne, f"{champ.m2m_reverse_field_name()}_id")
            for ligne in getattr(version, champ.name).all()
        ]
        for champ in version._history_m2m_fields
    }

    class Restauration(classe):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.initial |= relations

        def clean(self):
            # Restoring an old version is the very purpose: no newer one to protect.
            self.derniere = None
            return super().clean()

    return Restauration
