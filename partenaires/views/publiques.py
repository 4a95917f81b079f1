"""The public list of partners."""

from typing import Any

from django.views.generic import TemplateView

from pacte.socle.pages import paginer
from partenaires.models import Partenaire

PAR_PAGE = 20


class PartenaireListView(TemplateView):
    """The partners, in alphabetical order, with what links them to the pact."""

    template_name = "partenaires/partenaire_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page, message = paginer(
            Partenaire.objects.visibles().with_nb_actions(),
            self.request.GET.get("page", ""),
            PAR_PAGE,
        )
        return super().get_context_data(
            page=page, avertissements=[message] if message else [], **kwargs
        )
