"""One axis, one contract, one partner: what it is, then its actions, money and indicators."""

from collections import defaultdict
from typing import Any

from django.db.models import Model, Prefetch, QuerySet

from actions.lignes import dresser_les_lignes
from actions.models import Action, Contribution, Financement, Indicateur
from axes.models import Axe
from contrats.models import Contrat, Signature
from contrats.models.contrat import VoletQuerySet
from pacte.socle.chronologie import (
    Evenement,
    entrees_publiques,
    raconter_ce_qui_est_visible,
)
from pacte.socle.corps import PageAuCorpsGarde
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
    `portee` is what filters the lists of the same things.
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
        "argent": Financement.objects.filter(action__in=actions).tableau(portee),
        "indicateurs": indicateurs[:INDICATEURS_MONTRES],
    }


class AxeDetailView(PageAuCorpsGarde):
    """One axis: its wordings, the contracts that carry it out, their objectives and actions."""

    template_name, corps = "axes/axe_detail.html", "axes/_axe.html"
    context_object_name = "axe"
    slug_field = slug_url_kwarg = "numero"

    def get_queryset(self) -> QuerySet[Axe]:
        return Axe.objects.visibles()

    def lire_le_corps(self, objet: Axe) -> dict[str, Any]:
        return montrer_les_volets(objet.volets.visibles(), {"axe": objet.numero})


class ContratDetailView(PageAuCorpsGarde):
    """One contract: its purpose, its volets with their objectives and actions, its deeds."""

    template_name, corps = "contrats/contrat_detail.html", "contrats/_contrat.html"
    context_object_name = "contrat"

    def get_queryset(self) -> QuerySet[Contrat]:
        return Contrat.objects.visibles()

    def lire_le_corps(self, objet: Contrat) -> dict[str, Any]:
        signatures = Prefetch("signatures", Signature.objects.publiques())
        return {
            **montrer_les_volets(objet.volets.visibles(), {"contrat": objet.slug}),
            "completude": Action.objects.visibles().filter(volet__contrat=objet).completude(),
            "exercices_clos": objet.exercices.clos().order_by("annee"),
            "actes": objet.actes.visibles().prefetch_related(signatures),
        }


class PartenaireDetailView(PageAuCorpsGarde):
    """One partner: who it is, what it brings, what it signed, which actions name it."""

    template_name, corps = "partenaires/partenaire_detail.html", "partenaires/_partenaire.html"
    context_object_name = "partenaire"

    def get_queryset(self) -> QuerySet[Partenaire]:
        return Partenaire.objects.visibles()

    def lire_le_corps(self, objet: Partenaire) -> dict[str, Any]:
        citees = Action.objects.visibles().citant(objet)
        apports = objet.contributions.publiques()
        signatures = objet.signatures.publiques()
        argent = objet.financements.publics()
        return {
            "noms": PARTENAIRE.lire_la_partie("noms", objet),
            "numeros": PARTENAIRE.lire_la_partie("numeros", objet),
            "contributions": list(apports[:CONTRIBUTIONS_MONTREES]),
            "nb_contributions": apports.count(),
            "signatures": signatures,
            "signataire_depuis": signatures.premiere_date(),
            "chronologie": _chronologie(objet, apports),
            "indicateurs": objet.indicateurs.publics()[:INDICATEURS_MONTRES],
            "argent": argent.tableau({"financeur": objet.slug}, parite=False),
            "nb_citees": citees.count(),
            "citees": dresser_les_lignes(
                list(citees.par_titre().values_list("pk", flat=True)[:ACTIONS_CITEES])
            ),
        }


def _chronologie(partenaire: Partenaire, apports: QuerySet[Contribution]) -> list[Evenement]:
    """Return the last public facts about `partenaire` and what it brings (three queries)."""
    cles = apports.order_by().values("pk")
    sujets: dict[type[Model], Any] = {Partenaire: [partenaire.pk], Contribution: cles}
    entrees = entrees_publiques(sujets)[:FAITS_MONTRES]
    return raconter_ce_qui_est_visible(entrees, (Action, Partenaire))
