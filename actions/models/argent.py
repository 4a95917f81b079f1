"""Money as pages show it: funders × years, totals that never take unknown for zero."""

from collections import defaultdict
from dataclasses import dataclass, field

from actions.models.parite import Parite
from pacte.socle.montants import Total

MESURES = ("prevu", "engage", "paye", "justifie")
GROUPES = {"etat": "État", "departement": "Département", "": "Autres financeurs"}
LARGEUR_DES_BARRES = 100


@dataclass(frozen=True)
class Totaux:
    """The four totals of a set of lines, and how many lines it holds."""

    prevu: Total = Total()
    engage: Total = Total()
    paye: Total = Total()
    justifie: Total = Total()
    lignes: int = 0

    @property
    def engage_depasse(self) -> bool:
        """True when more is known to be committed than a fully known plan."""
        connus = self.prevu.est_exact and self.engage.somme is not None
        return connus and self.engage.somme > self.prevu.somme

    def __add__(self, autre: "Totaux") -> "Totaux":
        sommes = (getattr(self, mesure) + getattr(autre, mesure) for mesure in MESURES)
        return Totaux(*sommes, self.lignes + autre.lignes)


@dataclass(frozen=True)
class Segment:
    """A part of a bar, in percents of the longest one."""

    groupe: str
    debut: float
    largeur: float


@dataclass
class AnneeFinancee:
    """One year: its totals, its bar by party, the verdict of parity when one is promised."""

    annee: int
    totaux: Totaux
    segments: list[Segment]
    parite: Parite | None


@dataclass
class LigneFinanceur:
    """One funder: planned amounts year by year (None: nothing entered), and their total."""

    nom: str
    partie: str
    cellules: list[Total | None]
    total: Total


@dataclass
class TableauFinancier:
    """What a page needs to know about the money of some actions; false when there is none."""

    annees: list[AnneeFinancee] = field(default_factory=list)
    financeurs: list[LigneFinanceur] = field(default_factory=list)
    total: Totaux = Totaux()
    parite: Parite | None = None

    def __bool__(self) -> bool:
        return bool(self.total.lignes)

    @property
    def groupes(self) -> list[tuple[str, str]]:
        """The parties that the bars show, in their order: key and name."""
        presents = {ligne.partie for ligne in self.financeurs}
        return [(cle or "autres", nom) for cle, nom in GROUPES.items() if cle in presents]


def dresser(cellules: dict, parites: dict) -> TableauFinancier:
    """Return the table of `cellules`, (partie, name, year) → Totaux.

    `parites` gives a verdict by year, and one over all the years under None.
    """
    annees = sorted({annee for *_, annee in cellules})
    par_annee, par_financeur = defaultdict(Totaux), defaultdict(dict)
    par_groupe = defaultdict(lambda: defaultdict(Total))
    for (partie, nom, annee), totaux in cellules.items():
        par_annee[annee] += totaux
        par_financeur[partie, nom][annee] = totaux.prevu
        par_groupe[annee][partie] += totaux.prevu
    plus_longue = max((par_annee[a].prevu.somme or 0 for a in annees), default=0)
    return TableauFinancier(
        annees=[
            AnneeFinancee(a, par_annee[a], _segments(par_groupe[a], plus_longue), parites.get(a))
            for a in annees
        ],
        financeurs=_financeurs(par_financeur, annees),
        total=sum(par_annee.values(), Totaux()),
        parite=parites.get(None),
    )


def _financeurs(par_financeur, annees) -> list[LigneFinanceur]:
    rangs = {partie: rang for rang, partie in enumerate(GROUPES)}
    cles = sorted(par_financeur, key=lambda cle: (rangs[cle[0]], cle[1]))
    return [
        LigneFinanceur(
            nom,
            partie,
            [par_financeur[partie, nom].get(annee) for annee in annees],
            sum(par_financeur[partie, nom].values(), Total()),
        )
        for partie, nom in cles
    ]


def _segments(par_groupe, plus_longue) -> list[Segment]:
    segments, debut = [], 0.0
    for partie in GROUPES:
        somme = par_groupe[partie].somme if partie in par_groupe else None
        if somme and plus_longue:
            largeur = float(LARGEUR_DES_BARRES * somme / plus_longue)
            segments.append(Segment(partie or "autres", debut, largeur))
            debut += largeur
    return segments
