"""Money as pages show it: funders × years, totals that never take unknown for zero."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict

from actions.models.parite import Parite
from pacte.socle.barres import Segment, segmenter
from pacte.socle.double_accord import Partie
from pacte.socle.montants import Total

NOMS_DES_MESURES = {
    "prevu": "Prévu",
    "engage": "Engagé",
    "paye": "Payé",
    "justifie": "Justifié",
}
MESURES = tuple(NOMS_DES_MESURES)
# Rows of a money table: the parties, then the first funders by what they plan.
FINANCEURS_MONTRES = 20
GROUPES = {**dict(Partie.choices), "": "Autres financeurs"}


@dataclass(frozen=True)
class Totaux:
    """The four totals of a set of lines, and how many lines it holds."""

    prevu: Total = Total()
    engage: Total = Total()
    paye: Total = Total()
    justifie: Total = Total()
    lignes: int = 0

    @property
    def montants(self) -> list[Total]:
        """The four totals, in the order of `MESURES`."""
        return [getattr(self, mesure) for mesure in MESURES]

    @property
    def engage_depasse(self) -> bool:
        """True when more is known to be committed than a fully known plan."""
        prevu, engage = self.prevu.somme, self.engage.somme
        if prevu is None or engage is None:
            return False
        return self.prevu.est_exact and engage > prevu

    def __add__(self, autre: "Totaux") -> "Totaux":
        sommes = {mesure: getattr(self, mesure) + getattr(autre, mesure) for mesure in MESURES}
        return Totaux(**sommes, lignes=self.lignes + autre.lignes)


@dataclass(frozen=True)
class Financeur:
    """Who pays, as pages name it; `slug` is what filters its lines."""

    partie: str
    nom: str
    slug: str


@dataclass
class AnneeFinancee:
    """One year: its totals, its bar by party, the verdict of each volet that promises a share."""

    annee: int
    totaux: Totaux
    segments: list[Segment[str]]
    parites: list[Parite]


@dataclass
class LigneDeMesure:
    """One measure of a funder, or of all: a total a year (None: nothing entered), and over all.

    `portee` is what filters its lines, whatever their year.
    """

    mesure: str
    nom: str
    cellules: list[tuple[int, Total | None]]
    total: Total
    portee: dict[str, str] = field(default_factory=dict)

    @property
    def figures(self) -> list[tuple[str, Total | None, str]]:
        """Each figure with the name of its column and the query of its lines, the total last."""
        annees = [
            (str(annee), total, f"?{urlencode({**self.portee, 'annee': annee})}")
            for annee, total in self.cellules
        ]
        return [*annees, ("Total", self.total, f"?{urlencode(self.portee)}")]


@dataclass
class BlocFinanceur:
    """A funder and its measures, those without any known amount left out; None is all funders."""

    financeur: Financeur | None
    mesures: list[LigneDeMesure]

    @property
    def nom(self) -> str:
        return self.financeur.nom if self.financeur else "Tous les financeurs"

    @property
    def slug(self) -> str | None:
        return self.financeur.slug if self.financeur else None


@dataclass
class TableauFinancier:
    """What a page needs to know about the money of some actions; false when there is none."""

    annees: list[AnneeFinancee]
    blocs: list[BlocFinanceur]
    total: Totaux
    parites: list[Parite]
    # The query of the list of these lines.
    portee: QueryDict
    # How many funders have no row of their own; the totals count them.
    financeurs_tus: int

    def __bool__(self) -> bool:
        return bool(self.total.lignes)

    @property
    def colonnes(self) -> int:
        """How many columns the table by funder has: the measure, each year, the total."""
        return len(self.annees) + 2

    @property
    def groupes(self) -> list[tuple[str, str]]:
        """The parties that the bars show, in their order: key and name."""
        presents = {bloc.financeur.partie for bloc in self.blocs if bloc.financeur}
        return [(cle or "autres", nom) for cle, nom in GROUPES.items() if cle in presents]


def dresser(
    cellules: dict[tuple[Financeur, int], Totaux],
    parites: dict[int | None, list[Parite]],
    portee: dict[str, str],
) -> TableauFinancier:
    """Return the table of `cellules`, (Financeur, year) → Totaux.

    `parites` gives the verdicts by year, and those over all the years under None.
    """
    annees = sorted({annee for _, annee in cellules})
    par_annee: defaultdict[int, Totaux] = defaultdict(Totaux)
    par_financeur: defaultdict[Financeur, dict[int, Totaux]] = defaultdict(dict)
    par_groupe: defaultdict[int, defaultdict[str, Total]]
    par_groupe = defaultdict(lambda: defaultdict(Total))
    for (financeur, annee), totaux in cellules.items():
        par_annee[annee] += totaux
        par_financeur[financeur][annee] = totaux
        par_groupe[annee][financeur.partie] += totaux.prevu
    zero = Decimal()
    plus_longue = max((par_annee[a].prevu.somme or zero for a in annees), default=zero)
    montres = _retenir(par_financeur)
    blocs = [_bloc(f, par_financeur[f], annees, portee) for f in sorted(montres, key=_rang)]
    return TableauFinancier(
        annees=[
            AnneeFinancee(
                a, par_annee[a], _segments(par_groupe[a], plus_longue), parites.get(a, [])
            )
            for a in annees
        ],
        # A sum of one funder would say the same thing twice.
        blocs=[*blocs, _bloc(None, par_annee, annees, portee)] if len(blocs) > 1 else blocs,
        total=sum(par_annee.values(), Totaux()),
        parites=parites.get(None, []),
        portee=QueryDict(urlencode(portee)),
        financeurs_tus=len(par_financeur) - len(montres),
    )


def _retenir(par_financeur: dict[Financeur, dict[int, Totaux]]) -> list[Financeur]:
    """Return the funders that have a row: those who plan the most, the two parties first."""

    def poids(financeur: Financeur) -> tuple[bool, Decimal, str]:
        sommes = (t.prevu.somme or Decimal() for t in par_financeur[financeur].values())
        return not financeur.partie, -sum(sommes, Decimal()), financeur.nom

    return sorted(par_financeur, key=poids)[:FINANCEURS_MONTRES]


def _rang(financeur: Financeur) -> tuple[int, str]:
    return list(GROUPES).index(financeur.partie), financeur.nom


def _bloc(
    financeur: Financeur | None,
    par_annee: dict[int, Totaux],
    annees: list[int],
    portee: dict[str, str],
) -> BlocFinanceur:
    ensemble = sum(par_annee.values(), Totaux())
    sienne = {**portee, "financeur": financeur.slug} if financeur else portee
    mesures = [
        LigneDeMesure(
            mesure,
            NOMS_DES_MESURES[mesure],
            [(a, getattr(par_annee[a], mesure) if a in par_annee else None) for a in annees],
            getattr(ensemble, mesure),
            sienne,
        )
        for mesure in MESURES
        # What was planned is always told, « non communiqué » included.
        if mesure == "prevu" or getattr(ensemble, mesure).somme is not None
    ]
    return BlocFinanceur(financeur, mesures)


def _segments(
    par_groupe: defaultdict[str, Total], plus_longue: Decimal | int
) -> list[Segment[str]]:
    parts = ((partie or "autres", par_groupe[partie].somme) for partie in GROUPES)
    return segmenter(parts, plus_longue)
