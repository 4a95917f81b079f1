"""The public list of axes."""

from django.db.models import QuerySet
from django.views.generic import ListView

from axes.models import Axe


class AxeListView(ListView):
    """The axes of the pact, with their number of actions."""

    template_name = "axes/axe_list.html"
    context_object_name = "axes"

    def get_queryset(self) -> QuerySet[Axe]:
        return Axe.objects.visibles().with_nb_actions()
