"""One axis, one contract, one partner: what it is, then its actions, money and indicators."""

from collections import defaultdict
from typing import Any

from django.db.models import Model, Prefetch, QuerySet
from django.views.generic import DetailView

from actions.lignes import dresser_les_lignes
from actions.models import Action, Contribution, Financement, Indicateur
from actions.models.completude import Completude
from axes.models import Axe
from contrats.models import Contrat, Signature
from contrats.models.contrat import VoletQuerySet
from pacte.socle.chronologie import (
    Evenement,
    entrees_publiques,
    raconter_ce_qui_est_visible,
)
from pacte.socle.retenues import pour_cette_edition
from partenaires.champs import PARTENAIRE
from partenaires.models import Partenaire

ACTIONS_PAR_VOLET = 20
ACTIONS_CITEES = 20
CONTRIBUTIONS_MONTREES = 20
INDICATEURS_MONTRES = 20
FAITS_MONTRES = 12


def montrer_les_volets(volets: VoletQuerySet, portee: dict[str, Any]) -> dict[str, Any]:
    """Return what the pages of an axis and of a contract show of `volets`.

    The volets, each with the rows of its first visible actions, the money and the first indicators;
    `portee` is what filters the lists of the same things. The money, which reads every line, is
    kept for the edition.
    """
    actions = Action.objects.visibles().filter(volet__in=volets).order_by()
    premieres = list(actions.en_tete_de_volet(ACTIONS_PAR_VOLET).values_list("pk", "volet"))
    lignes_de = defaultdict(list)
    dressees = dresser_les_lignes([cle for cle, _ in premieres], niveau=4)
    for (_, volet), ligne in zip(premieres, dressees, strict=True):
        lignes_de[volet].append(ligne)
    indicateurs = Indicateur.objects.publics().filter(action__in=actions)
    return {
        "volets": [(volet, lignes_de[volet.pk]) for volet in volets.for_detail()],
        "argent": pour_cette_edition(
            ("argent", *portee.items()),
            lambda: Financement.objects.filter(action__in=actions).tableau(portee),
        ),
        "indicateurs": indicateurs[:INDICATEURS_MONTRES],
    }


class AxeDetailView(DetailView):
    """One axis: its wordings, the contracts that carry it out, their objectives and actions."""

    template_name = "axes/axe_detail.html"
    context_object_name = "axe"
    slug_field = slug_url_kwarg = "numero"

    def get_queryset(self) -> QuerySet[Axe]:
        return Axe.objects.visibles()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        volets = self.object.volets.visibles()
        montres = montrer_les_volets(volets, {"axe": self.object.numero})
        return super().get_context_data(**montres, **kwargs)


class ContratDetailView(DetailView):
    """One contract: its purpose, its volets with their objectives and actions, its deeds."""

    template_name = "contrats/contrat_detail.html"
    context_object_name = "contrat"

    def get_queryset(self) -> QuerySet[Contrat]:
        return Contrat.objects.visibles()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signatures = Prefetch("signatures", Signature.objects.publiques())
        return super().get_context_data(
            **montrer_les_volets(self.object.volets.visibles(), {"contrat": self.object.slug}),
            completude=pour_cette_edition(("complétude", self.object.pk), self._mesurer),
            exercices_clos=self.object.exercices.clos().order_by("annee"),
            actes=self.object.actes.visibles().prefetch_related(signatures),
            **kwargs,
        )

    def _mesurer(self) -> Completude:
        return Action.objects.visibles().filter(volet__contrat=self.object).completude()


class PartenaireDetailView(DetailView):
    """One partner: who it is, what it brings, what it signed, which actions name it."""

    template_name = "partenaires/partenaire_detail.html"
    context_object_name = "partenaire"

    def get_queryset(self) -> QuerySet[Partenaire]:
        return Partenaire.objects.visibles()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        partenaire = self.object
        citees = Action.objects.visibles().citant(partenaire)
        apports = partenaire.contributions.publiques()
        contributions = list(apports[:CONTRIBUTIONS_MONTREES])
        signatures = partenaire.signatures.publiques()
        argent = partenaire.financements.publics()
        return super().get_context_data(
            noms=PARTENAIRE.lire_la_partie("noms", partenaire),
            numeros=PARTENAIRE.lire_la_partie("numeros", partenaire),
            contributions=contributions,
            nb_contributions=apports.count(),
            signatures=signatures,
            signataire_depuis=signatures.premiere_date(),
            chronologie=_chronologie(partenaire, apports),
            indicateurs=partenaire.indicateurs.publics()[:INDICATEURS_MONTRES],
            argent=argent.tableau({"financeur": partenaire.slug}, parite=False),
            nb_citees=citees.count(),
            citees=dresser_les_lignes(
                list(citees.par_titre().values_list("pk", flat=True)[:ACTIONS_CITEES])
            ),
            **kwargs,
        )


def _chronologie(partenaire: Partenaire, apports: QuerySet[Contribution]) -> list[Evenement]:
    """Return the last public facts about `partenaire` and what it brings (three queries)."""
    cles = apports.order_by().values("pk")
    sujets: dict[type[Model], Any] = {Partenaire: [partenaire.pk], Contribution: cles}
    entrees = entrees_publiques(sujets)[:FAITS_MONTRES]
    return raconter_ce_qui_est_visible(entrees, (Action, Partenaire))
