"""The public list of contracts, the register of signatures, the documents of deeds."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.generic import ListView, TemplateView, View

from contrats.models import Acte, Contrat, Signature
from pacte.socle.documents import repondre_document
from pacte.socle.texte import plier
from partenaires.models import Partenaire


class ContratListView(ListView):
    """The contracts that carry out the pact."""

    template_name = "contrats/contrat_list.html"
    context_object_name = "contrats"

    def get_queryset(self) -> QuerySet[Contrat]:
        return Contrat.objects.visibles().with_nb_actions().with_axes()


class RegistreView(TemplateView):
    """Who signed what: signatories in rows, deeds in columns."""

    template_name = "contrats/registre.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signatures = list(Signature.objects.publiques())
        actes = {s.acte_id: s.acte for s in reversed(signatures)}
        par_partenaire: defaultdict[Partenaire, dict[int, Signature]] = defaultdict(dict)
        for signature in signatures:
            par_partenaire[signature.partenaire][signature.acte_id] = signature
        lignes = [
            (partenaire, [siennes.get(acte) for acte in actes])
            for partenaire, siennes in sorted(
                par_partenaire.items(), key=lambda ligne: plier(ligne[0].nom)
            )
        ]
        return super().get_context_data(
            actes=actes.values(),
            lignes=lignes,
            nombre_de_contributeurs=Partenaire.objects.contributeurs_parmi(par_partenaire),
            **kwargs,
        )


class ActeDocumentView(View):
    """The document of a signed deed."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        acte = get_object_or_404(Acte.objects.visibles().exclude(document=""), pk=pk)
        return repondre_document(acte.document)
