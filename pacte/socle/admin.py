"""The journal (read only) and the synonyms of the search."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from pacte.socle.administration import LectureSeuleAdmin
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.journal import LIBELLES
from pacte.socle.models import EntreeJournal, Synonyme


@admin.register(EntreeJournal)
class EntreeJournalAdmin(LectureSeuleAdmin):
    list_display = ["le", "ce_qui_s_est_passe", "libelle", "par"]
    list_filter = ["fait"]
    list_select_related = ["par"]
    search_fields = ["libelle", "fait"]
    list_per_page = 50

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
