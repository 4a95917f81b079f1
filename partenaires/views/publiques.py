"""The public list of partners."""

from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.generic import TemplateView, View

from pacte.socle.exports import proposer, repondre
from pacte.socle.pages import paginer
from partenaires.exports import tableau_des_partenaires
from partenaires.models import Partenaire
from partenaires.models.partenaire import PartenaireQuerySet

PAR_PAGE = 20


class PartenaireListView(TemplateView):
    """The partners, in alphabetical order, with what links them to the pact."""

    template_name = "partenaires/partenaire_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        partenaires = Partenaire.objects.visibles()
        page, message = paginer(partenaires, self.request.GET.get("page", ""), PAR_PAGE)
        # Counted for the rows of the page alone.
        cles = cast(PartenaireQuerySet, page.object_list).values("pk")
        page.object_list = Partenaire.objects.filter(pk__in=cles).with_nb_actions()
        return super().get_context_data(
            page=page,
            avertissements=[message] if message else [],
            sorties=[proposer("les partenaires", "export_des_partenaires")],
            **kwargs,
        )


class PartenaireExportView(View):
    """The rows of the list, all pages together."""

    def get(self, request: HttpRequest, format_export: str) -> HttpResponseBase:
        tableau = tableau_des_partenaires(
            adresse_absolue=request.build_absolute_uri,
            avertissement=request.pacte.avertissement,  # type: ignore[attr-defined]  # by middleware
        )
        return repondre(tableau, format_export)
