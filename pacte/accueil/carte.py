"""« La carte du Pacte »: contracts × axes, where each cell is a volet or lies outside."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count

from actions.models import Action, StatutAction
from axes.models import Axe
from contrats.models import Contrat, Volet
from pacte.socle.barres import Segment, segmenter
from pacte.socle.typographie import INSECABLE

# What a bar shows, in its order; an unknown status is a segment of its own, never left out.
STATUTS_DE_LA_BARRE = [
    StatutAction.REALISEE,
    StatutAction.EN_COURS,
    StatutAction.SUSPENDUE,
    StatutAction.REPORTEE,
    StatutAction.A_LANCER,
    StatutAction.A_L_ETUDE,
    StatutAction.ABANDONNEE,
    StatutAction.NON_RENSEIGNE,
]


@dataclass(frozen=True)
class Case:
    """One cell: `volet` is None when the contract does not cover the axis."""

    axe: Axe
    volet: Volet | None
    nombre: int


@dataclass(frozen=True)
class LigneAxe:
    """An axis with its number of visible actions, and its bar when a status is known."""

    axe: Axe
    nombre: int
    par_statut: dict[str, int]
    segments: list[Segment[StatutAction]]

    @property
    def legendes(self) -> list[tuple[StatutAction, str]]:
        """What each segment counts: its status, and « 7 réalisées »."""
        return [
            (s.cle, f"{s.quantite}{INSECABLE}{s.cle.accorde(self.par_statut[s.cle])}")
            for s in self.segments
        ]


class Carte:
    """The whole map, read in four queries whatever the number of actions."""

    def __init__(self) -> None:
        self.axes = list(Axe.objects.visibles())
        self.contrats = list(Contrat.objects.visibles())
        self._volets = {(v.contrat_id, v.axe_id): v for v in Volet.objects.visibles()}
        self._nombres = list(
            Action.objects.visibles()
            .order_by()
            .values_list("volet__contrat_id", "volet__axe_id", "statut")
            .annotate(Count("pk"))
        )

    @property
    def nombre_d_actions(self) -> int:
        return sum(nombre for *_, nombre in self._nombres)

    @property
    def lignes(self) -> list[tuple[Contrat, list[Case]]]:
        """Each contract with its cells, one per axis."""
        par_case: defaultdict[tuple[int, int], int] = defaultdict(int)
        for contrat, axe, _statut, nombre in self._nombres:
            par_case[contrat, axe] += nombre
        return [
            (
                contrat,
                [
                    Case(axe, self._volets.get(cle), par_case[cle])
                    for axe in self.axes
                    for cle in [(contrat.pk, axe.pk)]
                ],
            )
            for contrat in self.contrats
        ]

    @cached_property
    def par_axe(self) -> list[LigneAxe]:
        """Each axis with its counts by status."""
        par_statut: defaultdict[int, defaultdict[str, int]]
        par_statut = defaultdict(lambda: defaultdict(int))
        for _contrat, axe, statut, nombre in self._nombres:
            par_statut[axe][statut] += nombre
        return [
            LigneAxe(axe, sum(nombres.values()), dict(nombres), _segments(nombres))
            for axe in self.axes
            for nombres in [par_statut[axe.pk]]
        ]


def _segments(nombres: dict[str, int]) -> list[Segment[StatutAction]]:
    """Return the bar of these counts, empty when no status is known."""
    total = sum(nombres.values())
    if nombres.get(StatutAction.NON_RENSEIGNE, 0) == total:
        return []
    return segmenter(((s, nombres.get(s, 0)) for s in STATUTS_DE_LA_BARRE), total)
