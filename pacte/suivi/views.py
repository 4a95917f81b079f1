"""The dashboard and its exports."""

from dataclasses import replace
from typing import Any

from django.http import StreamingHttpResponse
from django.views.generic import TemplateView, View

from contrats.models import RequeteDuPacte
from pacte.socle.retenues import pour_cette_edition
from pacte.socle.tableaux import repondre_csv
from pacte.suivi.bilan import Suivi


class SuiviView(TemplateView):
    """The dashboard: counts with their denominator, money, co-financing, what to watch."""

    template_name = "suivi.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(suivi=pour_cette_edition("suivi", Suivi), **kwargs)


class SuiviExportView(View):
    """A block of the dashboard as CSV."""

    def get(self, request: RequeteDuPacte, bloc: str) -> StreamingHttpResponse:
        suivi = Suivi()
        tableaux = {
            "avancement": suivi.tableau_d_avancement,
            "argent": suivi.tableau_d_argent,
            "contrats": suivi.tableau_des_contrats,
            "cofinancement": suivi.tableau_de_cofinancement,
            "indicateurs": suivi.tableau_des_indicateurs,
        }
        return repondre_csv(replace(tableaux[bloc](), avertissement=request.pacte.avertissement))
