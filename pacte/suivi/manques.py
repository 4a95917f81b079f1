"""« Ce qui manque »: what nobody entered yet, whose turn it is, by when, and where to enter it.

Computed from the rows, never stored. What is missing of an action itself is the public list of
`actions.models.completude`; what is missing of a year is what the yearly report tells of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.timezone import localdate

from actions.models import Action, Constat, Contribution, Financement, Indicateur, Releve
from actions.models.action import ActionQuerySet
from actions.models.completude import ELEMENTS
from actions.models.parite import Verdict
from contrats.models import Annee, Exercice
from pacte.socle.cles import Parmi
from pacte.socle.double_accord import Partie
from partenaires.models import Partenaire

# Code of what is missing → how a list calls it, and the rubric of the action to fill; findings
# have a screen of their own.
GENRES = {
    "en_clair": ("résumé en clair", "fiche"),
    "pilote": ("pilote", "partenaires"),
    "contribution": ("contribution", "partenaires"),
    "publics": ("publics", "fiche"),
    "territoires": ("territoires", "fiche"),
    "calendrier": ("calendrier", "avancement"),
    "jalons": ("jalons", "avancement"),
    "indicateur": ("indicateur", "indicateurs"),
    "reference": ("situation de départ", "indicateurs"),
    "constat": ("constat du diagnostic", "constats"),
    "nouvelles": ("nouvelles depuis 90 jours", "avancement"),
    "prevu": ("montant prévu", "argent"),
    "paye": ("montant payé", "argent"),
    # Nobody enters a parity: what each party may enter is another planned amount.
    "parite": ("montants prévus à revoir (écart de parité)", "argent"),
    "valeur": ("valeur d’un indicateur", "indicateurs"),
    "confirmation": ("contribution à confirmer", "partenaires"),
}
# Elements of the public list that are asked in another way: a status comes from a bulletin, and
# money is asked by year.
DEMANDES_AUTREMENT = {"avancement", "montant"}


@dataclass(frozen=True)
class Manque:
    """One thing missing: of which action, of which year (None: of the action itself), whose turn.

    `tour` is « etat », « departement », or the slug of a partner; `avant_le` is when the report of
    the contract is due for that year, None when nobody said.
    """

    action: Action
    genre: str
    tour: str
    nom_du_tour: str
    annee: int | None = None
    avant_le: date | None = None
    precision: str = ""

    @property
    def nom(self) -> str:
        annee = f" {self.annee}" if self.annee else ""
        precision = f" ({self.precision})" if self.precision else ""
        return f"{GENRES[self.genre][0]}{annee}{precision}"

    @property
    def rubrique(self) -> str:
        return GENRES[self.genre][1]

    @property
    def adresse(self) -> str:
        """Where an officer enters it."""
        if self.genre == "constat":
            return reverse("admin:actions_constat_changelist")
        return reverse("admin:actions_action_rubrique", args=[self.action.pk, self.rubrique])

    @property
    def urgence(self) -> tuple[Any, ...]:
        """The nearest deadline first; what has none comes last, by year then by code."""
        return self.avant_le is None, self.avant_le or date.max, self.annee or 0, self.action.code


class Inventaire:
    """What is missing of `actions`, read once: nine queries at most, whatever the rows."""

    def __init__(self, actions: ActionQuerySet) -> None:
        annotees = actions.select_related("volet__contrat", "volet__axe")
        constats = Constat.objects.visibles()
        repond = Exists(constats.filter(actions=OuterRef("pk")))
        annotees = annotees.with_completude().annotate(repond=repond, diagnostic=Exists(constats))
        self.actions: list[Any] = list(annotees)
        self.cles = [action.pk for action in self.actions]
        self.cette_annee = localdate().year

    @cached_property
    def manques(self) -> list[Manque]:
        """Everything missing, the nearest deadline first."""
        tout = [
            *self._des_actions(),
            *self._des_constats(),
            *self._des_indicateurs(),
            *self._des_montants(),
            *self._des_parites(),
            *self._des_contributions(),
        ]
        return sorted(tout, key=lambda manque: manque.urgence)

    @cached_property
    def _exercices(self) -> dict[tuple[int, int], Exercice]:
        return {(e.contrat_id, e.annee_id): e for e in Exercice.objects.all()}

    @cached_property
    def _annees(self) -> list[int]:
        """The years of the pact until this one: nothing is due of the next ones."""
        return list(Annee.objects.filter(pk__lte=self.cette_annee).values_list("pk", flat=True))

    def _annees_de(self, action: Action) -> list[int]:
        """The same, within the known calendar of the action; nothing is due of a closed year."""
        debut = action.debut_prevu.year if action.debut_prevu else 0
        fin = action.fin_prevue.year if action.fin_prevue else self.cette_annee
        annees = [annee for annee in self._annees if debut <= annee <= fin]
        return [annee for annee in annees if not self._est_clos(action, annee)]

    def _est_clos(self, action: Action, annee: int) -> bool:
        exercice = self._exercices.get((action.volet.contrat_id, annee))
        return exercice is not None and exercice.est_clos

    def _manque(
        self,
        action: Action,
        genre: str,
        tour: str | Partenaire,
        annee: int | None = None,
        precision: str = "",
    ) -> Manque:
        exercice = self._exercices.get((action.volet.contrat_id, annee)) if annee else None
        avant_le = exercice.rapport_avant_le if exercice else None
        if isinstance(tour, Partenaire):
            qui = tour.partie or tour.slug
            nom = tour.get_partie_display() or tour.nom_court
        else:
            qui, nom = tour, Partie(tour).label
        return Manque(action, genre, qui, nom, annee, avant_le, precision)

    def _des_actions(self) -> Iterator[Manque]:
        sans_nouvelles = set(
            Action.objects.sans_nouvelles()
            .filter(Parmi("pk", self.cles))
            .values_list("pk", flat=True)
        )
        for action in self.actions:
            absents = [code for code in ELEMENTS if not getattr(action, f"dit_{code}")]
            absents = [code for code in absents if code not in DEMANDES_AUTREMENT]
            absents += ["nouvelles"] if action.pk in sans_nouvelles else []
            for code in absents:
                yield self._manque(action, code, Partie.DEPARTEMENT)

    def _des_constats(self) -> Iterator[Manque]:
        """Nothing is asked before a finding is published: there is nothing to answer yet."""
        for action in self.actions:
            if action.diagnostic and not action.repond:
                yield self._manque(action, "constat", Partie.DEPARTEMENT)

    def _des_indicateurs(self) -> Iterator[Manque]:
        par_action = {action.pk: action for action in self.actions}
        indicateurs = Indicateur.objects.filter(Parmi("action", self.cles)).only(
            "action_id", "libelle", "reference", *_du_partenaire("responsable")
        )
        lus = list(indicateurs.select_related("responsable"))
        mesurees = self._annees_mesurees() if lus else set()
        for indicateur in lus:
            action = par_action[indicateur.action_id]
            tour = indicateur.responsable or Partie.DEPARTEMENT
            if indicateur.reference is None:
                yield self._manque(action, "reference", tour, precision=indicateur.libelle)
            for annee in self._annees_de(action):
                # A year is measured once it is over.
                if (indicateur.pk, annee) not in mesurees and annee < self.cette_annee:
                    yield self._manque(action, "valeur", tour, annee, indicateur.libelle)

    def _annees_mesurees(self) -> set[tuple[int, int]]:
        """Return the indicators of these actions with each year that has a value."""
        releves = Releve.objects.filter(Parmi("indicateur__action", self.cles))
        return set(releves.exclude(valeur=None).values_list("indicateur_id", "annee_id"))

    def _des_montants(self) -> Iterator[Manque]:
        prevus: defaultdict[tuple[int, int, str], set[bool]] = defaultdict(set)
        payes: defaultdict[tuple[int, int, str], set[bool]] = defaultdict(set)
        lignes = Financement.objects.filter(Parmi("action", self.cles)).values_list(
            "action_id", "annee_id", "financeur__partie", "prevu", "paye"
        )
        for action_pk, annee, partie, prevu, paye in lignes:
            # The Department keeps the figures of the other funders.
            tour = partie if partie == Partie.ETAT else Partie.DEPARTEMENT.value
            if partie:
                prevus[action_pk, annee, tour].add(prevu is not None)
            payes[action_pk, annee, tour].add(paye is not None)
        for action in self.actions:
            for annee in self._annees_de(action):
                for tour in (Partie.ETAT.value, Partie.DEPARTEMENT.value):
                    cle = action.pk, annee, tour
                    if True not in prevus[cle]:
                        yield self._manque(action, "prevu", tour, annee)
                    if False in payes[cle] and annee < self.cette_annee:
                        yield self._manque(action, "paye", tour, annee)

    def _des_parites(self) -> Iterator[Manque]:
        """A gap over the period is to be settled by both; one year may make up for another."""
        lignes = Financement.objects.filter(Parmi("action", self.cles))
        parites = lignes.parites_par("action_id")
        for action in self.actions:
            verdicts = parites.get((action.pk, None), [])
            if any(parite.verdict is Verdict.ECART for parite in verdicts):
                for tour in (Partie.ETAT.value, Partie.DEPARTEMENT.value):
                    yield self._manque(action, "parite", tour)

    def _des_contributions(self) -> Iterator[Manque]:
        par_action = {action.pk: action for action in self.actions}
        lignes = Contribution.objects.a_confirmer_en(self.cette_annee)
        lues = lignes.filter(Parmi("action", self.cles)).select_related("partenaire")
        for contribution in lues.only("action_id", *_du_partenaire("partenaire")):
            action = par_action[contribution.action_id]
            yield self._manque(action, "confirmation", contribution.partenaire, self.cette_annee)


def _du_partenaire(lien: str) -> list[str]:
    """Return what `_manque` reads of a partner."""
    return [f"{lien}__{nom}" for nom in ("partie", "slug", "sigle", "nom")]


@dataclass(frozen=True)
class Sujet:
    """The same thing missing of several actions: one line of what there is to do."""

    genre: str
    annee: int | None
    tour: str
    avant_le: date | None
    actions: int
    nom_du_tour: str

    @property
    def nom(self) -> str:
        return f"{GENRES[self.genre][0]}{f' {self.annee}' if self.annee else ''}"


def regrouper(manques: Iterable[Manque]) -> list[Sujet]:
    """Return `manques` by kind, year and turn, the nearest deadline first."""
    noms: dict[str, str] = {}
    groupes: dict[tuple[str, int | None, str, date | None], set[int]] = {}
    for manque in manques:
        noms[manque.tour] = manque.nom_du_tour
        cle = manque.genre, manque.annee, manque.tour, manque.avant_le
        groupes.setdefault(cle, set()).add(manque.action.pk)
    return [
        Sujet(*cle, actions=len(actions), nom_du_tour=noms[cle[2]])
        for cle, actions in groupes.items()
    ]
