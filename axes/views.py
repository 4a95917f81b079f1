"""Public pages of axes; contracts and actions are reached through reverse accessors."""

from django.views.generic import DetailView, ListView

from axes.models import Axe


class AxeListView(ListView):
    """The axes of the pact, with their number of actions."""

    template_name = "axes/axe_list.html"
    context_object_name = "axes"

    def get_queryset(self):
        return Axe.objects.visibles().with_nb_actions()


class AxeDetailView(DetailView):
    """One axis: its wordings, the contracts that carry it out, their objectives and actions."""

    template_name = "axes/axe_detail.html"
    context_object_name = "axe"
    slug_field = slug_url_kwarg = "numero"

    def get_queryset(self):
        return Axe.objects.visibles()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **self.object.volets.visibles().pour_page({"axe": self.object.numero}),
            **kwargs,
        )
