"""Public pages of contracts, and the documents of their deeds."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.views.generic import DetailView, ListView, View

from contrats.models import Acte, Contrat, Signature
from pacte.socle.documents import repondre_document


class ContratListView(ListView):
    """The contracts that carry out the pact."""

    template_name = "contrats/contrat_list.html"
    context_object_name = "contrats"

    def get_queryset(self):
        return Contrat.objects.visibles().with_nb_actions().with_axes()


class ContratDetailView(DetailView):
    """One contract: its purpose, its volets with their objectives and actions, its deeds."""

    template_name = "contrats/contrat_detail.html"
    context_object_name = "contrat"

    def get_queryset(self):
        return Contrat.objects.visibles()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **self.object.volets.visibles().pour_page(),
            actes=self.object.actes.visibles().prefetch_related(
                Prefetch("signatures", Signature.objects.publiques())
            ),
            **kwargs,
        )


class ActeDocumentView(View):
    """The document of a signed deed."""

    def get(self, request, pk):
        acte = get_object_or_404(Acte.objects.visibles().exclude(document=""), pk=pk)
        return repondre_document(acte.document)
