"""Public pages of partners; contributions and signatures come through reverse accessors."""

from django.views.generic import DetailView, TemplateView

from pacte.socle.chronologie import entrees_publiques, raconter
from pacte.socle.pages import paginer
from partenaires.models import Partenaire

PAR_PAGE = 20
ACTIONS_CITEES = 20
INDICATEURS_MONTRES = 20
FAITS_MONTRES = 12


class PartenaireListView(TemplateView):
    """The partners, in alphabetical order, with what links them to the pact."""

    template_name = "partenaires/partenaire_list.html"

    def get_context_data(self, **kwargs):
        page, dit = paginer(
            Partenaire.objects.visibles().with_nb_actions(),
            self.request.GET.get("page", ""),
            PAR_PAGE,
        )
        return super().get_context_data(page=page, avertissements=[dit] if dit else [], **kwargs)


class PartenaireDetailView(DetailView):
    """One partner: who it is, what it brings, what it signed, which actions name it."""

    template_name = "partenaires/partenaire_detail.html"
    context_object_name = "partenaire"

    def get_queryset(self):
        return Partenaire.objects.visibles()

    def get_context_data(self, **kwargs):
        partenaire = self.object
        citees = partenaire.citations.actions().visibles()
        contributions = list(partenaire.contributions.publiques())
        signatures = partenaire.signatures.publiques()
        return super().get_context_data(
            contributions=contributions,
            signatures=signatures,
            signataire_depuis=signatures.premiere_date(),
            chronologie=_chronologie(partenaire, contributions),
            indicateurs=partenaire.indicateurs.publics()[:INDICATEURS_MONTRES],
            argent=partenaire.financements.publics().tableau(
                {"financeur": partenaire.slug}, parite=False
            ),
            nb_citees=citees.count(),
            citees=citees.par_titre()[:ACTIONS_CITEES].lister(),
            **kwargs,
        )


def _chronologie(partenaire, contributions):
    """Return the last public facts about `partenaire` and what it brings (one query)."""
    sujets = {
        Partenaire: [partenaire.pk],
        partenaire.contributions.model: [c.pk for c in contributions],
    }
    actions = {c.action_id: c.action for c in contributions}
    entrees = entrees_publiques(sujets)[:FAITS_MONTRES]
    return raconter(entrees, actions=actions, partenaires={partenaire.pk: partenaire})
