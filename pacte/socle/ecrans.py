"""What every screen of the administration says: in French, and whether a field is public."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst

from pacte.socle.montants import MontantField, euros
from pacte.socle.nombres import NombreFormField
from pacte.socle.transitions import verrouiller
from pacte.socle.typographie import dire

# What `list_display` holds: a name, or a function of the row. Its result is printed, None as « - ».
ColonneDeListe = str | Callable[[Any], Any]


class VisibiliteDite(BaseModelAdmin):
    """Says of each field whether it is public: what a model calls `INTERNES` is not.

    Numbers are typed as people write them.
    """

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if type(db_field) is models.DecimalField:
            kwargs = {"form_class": NombreFormField, **kwargs}
        champ = super().formfield_for_dbfield(db_field, request, **kwargs)
        internes = getattr(self.model, "INTERNES", None)
        if champ is not None and internes is not None:
            portee = "interne" if db_field.name in internes else "public"
            champ.label = f"{champ.label} ({portee})"
        return champ


class LigneRetenueAdmin(admin.ModelAdmin):
    """A row is locked when it is about to be written: what its form compares with is the last."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        objet = super().get_object(request, object_id, from_field)
        if objet and request.method == "POST" and connection.in_atomic_block:
            verrouiller(objet)
        return objet


class ListeSansErreurAdmin(VisibiliteDite, admin.ModelAdmin):
    """A list in French, whose address nobody can break.

    A filter that makes no sense is said and dropped. Booleans and amounts read as words.
    """

    def get_list_display(self, request: HttpRequest) -> list[ColonneDeListe]:
        return [self._en_francais(nom) for nom in super().get_list_display(request)]

    def _en_francais(self, nom: ColonneDeListe) -> ColonneDeListe:
        if not isinstance(nom, str):
            return nom
        champ = {champ.name: champ for champ in self.opts.fields}.get(nom)
        if not isinstance(champ, models.BooleanField | MontantField):
            return nom
        ecrire = euros if isinstance(champ, MontantField) else dire

        @admin.display(description=champ.verbose_name, ordering=nom)
        def colonne(objet: models.Model) -> str | None:
            valeur = getattr(objet, nom)
            return None if valeur is None else ecrire(valeur)

        return colonne

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        contexte = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        try:
            return super().changelist_view(request, contexte)
        except (ValueError, OverflowError):
            self.message_user(request, "Ce filtre n’a pas été compris.", messages.WARNING)
            return HttpResponseRedirect(request.path)
