"""« Où en sont les actions et l’argent »: counts with their denominator, money, what to watch."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import Any

from django.urls import reverse

from actions.champs import INDICATEUR
from actions.models import (
    JOURS_SANS_NOUVELLES,
    Action,
    Financement,
    Indicateur,
    PositionIndicateur,
    Situation,
    StatutAction,
    Totaux,
)
from actions.models.argent import NOMS_DES_MESURES, TableauFinancier
from actions.models.parite import Parite
from contrats.models import Contrat, Exercice
from pacte.accueil.carte import STATUTS_DE_LA_BARRE, Carte, LigneAxe
from pacte.socle.montants import Total, euros
from pacte.socle.tableaux import Colonne, Tableau
from pacte.socle.typographie import pluriel

CONTRAT = "action__volet__contrat_id"


@dataclass(frozen=True)
class Alerte:
    """Something to look at, and where."""

    texte: str
    adresse: str


@dataclass(frozen=True)
class AnneeCofinancee:
    """What the two parties plan in a year for a contract, and the verdict of each volet."""

    contrat: str
    annee: int
    parites: list[Parite]
    plus_longue: Decimal

    @property
    def etat(self) -> Total:
        return sum((parite.etat for parite in self.parites), Total())

    @property
    def departement(self) -> Total:
        return sum((parite.departement for parite in self.parites), Total())

    @property
    def barres(self) -> list[tuple[str, str, float]]:
        """Party, its total in words, and the length of its bar in percents of the longest."""
        parties = (("etat", self.etat), ("departement", self.departement))
        return [
            (nom, str(total), float(100 * (total.somme or 0) / (self.plus_longue or 1)))
            for nom, total in parties
        ]


@dataclass
class ContratCofinance:
    """A contract that promises a State share: its years, and its volets over the period."""

    nom: str
    adresse: str
    annees: list[AnneeCofinancee]
    ensemble: list[Parite]


@dataclass(frozen=True)
class Engagement:
    """What is committed against what is planned, over the years where something is committed."""

    annees: list[int]
    engage: Total
    prevu: Total

    @property
    def periode(self) -> str:
        """« en 2024 », « en 2024 et 2025 », « en 2024, 2025 et 2026 »."""
        *debut, dernier = map(str, self.annees)
        return f"en {', '.join(debut)} et {dernier}" if debut else f"en {dernier}"


class Suivi:
    """The whole dashboard: the same number of queries whatever the number of actions and lines."""

    def __init__(self) -> None:
        self.carte = Carte()
        self.lignes = Financement.objects.publics()

    @property
    def statuts(self) -> list[StatutAction]:
        """The statuses that at least one action has, in the order of the bars."""
        presents = {statut for ligne in self.carte.par_axe for statut in ligne.par_statut}
        return [statut for statut in STATUTS_DE_LA_BARRE if statut in presents]

    @property
    def comptes(self) -> list[tuple[StatutAction, int, str]]:
        """Each status with its number of actions and its name in that number, none left out.

        The numbers add up to all the actions; empty while no status is known.
        """
        if self.statuts in ([], [StatutAction.NON_RENSEIGNE]):
            return []
        nombres = [
            (statut, sum(ligne.par_statut.get(statut, 0) for ligne in self.carte.par_axe))
            for statut in self.statuts
        ]
        return [(statut, nombre, _nommer(statut, nombre)) for statut, nombre in nombres]

    @property
    def par_axe(self) -> list[tuple[LigneAxe, list[int]]]:
        """Each axis with its counts, in the order of `statuts`."""
        return [
            (ligne, [ligne.par_statut.get(statut, 0) for statut in self.statuts])
            for ligne in self.carte.par_axe
        ]

    @cached_property
    def argent(self) -> TableauFinancier:
        """All the money by funder and by year, each figure leading to its lines (one query)."""
        return self.lignes.tableau(parite=False)

    @property
    def par_annee(self) -> list[tuple[int, Totaux]]:
        """The totals of each year where something was entered."""
        return [(annee.annee, annee.totaux) for annee in self.argent.annees]

    @property
    def engagement(self) -> Engagement | None:
        """Committed against planned over the same years; None while nothing is committed."""
        engagees = [(a, t) for a, t in self.par_annee if t.engage.somme is not None]
        if not engagees:
            return None
        totaux = sum((t for _, t in engagees), Totaux())
        return Engagement([annee for annee, _ in engagees], totaux.engage, totaux.prevu)

    @cached_property
    def sommes(self) -> dict[tuple[int, int, int, str], Totaux]:
        """The totals by contract, volet, year and party: the other blocks add them (one query)."""
        return self.lignes.par_volet()

    @cached_property
    def par_contrat(self) -> list[tuple[Contrat, Totaux]]:
        """Each contract where money was entered, with its totals."""
        totaux = _additionner(self.sommes, lambda contrat, _volet, _annee, _partie: contrat)
        return [(c, totaux[c.pk]) for c in self.carte.contrats if c.pk in totaux]

    @cached_property
    def positions(self) -> list[tuple[PositionIndicateur, int]]:
        """How many public indicators stand where, none when there is no indicator."""
        nombres = Indicateur.objects.positions()
        return [
            (position, nombres[position]) for position in PositionIndicateur if nombres[position]
        ]

    @property
    def nombre_d_indicateurs(self) -> int:
        return sum(nombre for _, nombre in self.positions)

    @property
    def total(self) -> Totaux:
        return self.argent.total

    @cached_property
    def cofinancements(self) -> list[ContratCofinance]:
        """The contracts that promise a State share, year by year and volet by volet (one query)."""
        verdicts = self.lignes.parites_par(CONTRAT)
        return [
            ContratCofinance(
                contrat.nom,
                contrat.get_absolute_url(),
                _annees_cofinancees(contrat, verdicts),
                verdicts[contrat.pk, None],
            )
            for contrat in self.carte.contrats
            if (contrat.pk, None) in verdicts
        ]

    @cached_property
    def alertes(self) -> list[Alerte]:
        """What deserves a look; nothing here blocks anyone."""
        return [*self._situations(), *self._engages_de_trop(), *self._plafonds_et_volets()]

    def _situations(self) -> Iterator[Alerte]:
        """The actions that deserve a look, and the list of exactly these."""
        dites = {Situation.EN_RETARD: "en retard"}
        if self.comptes:
            # Before any bulletin, the page says so once for all.
            dites[Situation.SANS_NOUVELLES] = f"sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours"
        for situation, nom in dites.items():
            nombre = Action.objects.visibles().en_situation(situation).count()
            if nombre:
                liste = f"{reverse('actions:liste')}?situation={situation}"
                yield Alerte(f"{pluriel(nombre, 'action')} {nom}.", liste)

    def _engages_de_trop(self) -> Iterator[Alerte]:
        depassements = self.lignes.engages_au_dela_du_prevu()
        actions = Action.objects.in_bulk({cle for cle, _annee in depassements})
        for cle, annee in depassements:
            message = f"{annee} : plus engagé que prévu pour « {actions[cle].titre} »."
            yield Alerte(message, actions[cle].get_absolute_url())

    def _plafonds_et_volets(self) -> Iterator[Alerte]:
        par_volet = _additionner(self.sommes, lambda *cle: cle[:3])
        par_contrat = _additionner(self.sommes, lambda c, _volet, annee, _partie: (c, annee))
        adresses = {c.pk: (c.sigle, c.get_absolute_url()) for c in self.carte.contrats}
        for (contrat, _volet, annee), totaux in sorted(par_volet.items(), key=itemgetter(0)):
            if totaux.engage_depasse and not par_contrat[contrat, annee].engage_depasse:
                sigle, adresse = adresses[contrat]
                message = f"{annee} : un volet du contrat {sigle} engage plus que ce qu’il prévoit"
                yield Alerte(f"{message}, sur l’argent d’un autre volet.", adresse)
        yield from self._plafonds(adresses)

    def _plafonds(self, adresses: dict[int, tuple[str, str]]) -> Iterator[Alerte]:
        exercices = Exercice.objects.filter(plafond_etat__isnull=False, contrat__in=adresses)
        de_l_etat = {cle: totaux for cle, totaux in self.sommes.items() if cle[3] == "etat"}
        prevus = _additionner(de_l_etat, lambda c, _volet, annee, _partie: (c, annee))
        for exercice in exercices:
            somme = prevus.get((exercice.contrat_id, exercice.annee_id), Totaux()).prevu.somme
            plafond = exercice.plafond_etat
            if somme is not None and plafond is not None and somme > plafond:
                sigle, adresse = adresses[exercice.contrat_id]
                message = (
                    f"{exercice.annee_id} : l’État prévoit plus que le plafond du contrat {sigle}"
                )
                yield Alerte(f"{message} ({euros(somme)} pour {euros(plafond)}).", adresse)

    def tableau_d_avancement(self) -> Tableau:
        """The block « Avancement par axe » as a table to download."""
        colonnes = [
            Colonne("Axe", "axe", lambda ligne: ligne.axe.numero),
            Colonne("Titre", "titre", lambda ligne: ligne.axe.titre),
            Colonne("Actions", "actions", lambda ligne: ligne.nombre),
        ]
        for statut in STATUTS_DE_LA_BARRE:
            valeur = _nombre_de(statut)
            colonnes.append(Colonne(statut.label.capitalize(), str(statut), valeur))
        return Tableau("avancement", tuple(colonnes), self.carte.par_axe, "Tout le Pacte")

    def tableau_d_argent(self) -> Tableau:
        """The block of money by year as a table to download: known sums, then unknown counts."""
        annee = Colonne("Année", "annee", lambda ligne: ligne[0])
        return Tableau("argent", (annee, *_colonnes_d_argent()), self.par_annee, "Tout le Pacte")

    def tableau_de_cofinancement(self) -> Tableau:
        """The block of co-financing as a table to download: a row a year and a volet."""
        lignes = [
            (annee, parite)
            for contrat in self.cofinancements
            for annee in contrat.annees
            for parite in annee.parites
        ]
        return Tableau("cofinancement", COLONNES_DE_COFINANCEMENT, lignes, "Tout le Pacte")

    def tableau_des_contrats(self) -> Tableau:
        """The block of money by contract as a table to download."""
        sigle = Colonne("Contrat", "contrat", lambda ligne: ligne[0].sigle)
        colonnes = (sigle, *_colonnes_d_argent())
        return Tableau("contrats", colonnes, self.par_contrat, "Tout le Pacte")

    def tableau_des_indicateurs(self) -> Tableau:
        """Every public indicator, a row a year, as it may be published: small counts masked."""
        lignes = (
            (indicateur, annee)
            for indicateur in Indicateur.objects.publics()
            for annee in indicateur.annees
        )
        return Tableau("indicateurs", INDICATEUR.colonnes(), lignes, "Tout le Pacte")


def _additionner(
    sommes: dict[tuple[int, int, int, str], Totaux], cle_de: Callable[..., Any]
) -> defaultdict[Any, Totaux]:
    """Add `sommes` up by what `cle_de` keeps of each key."""
    totaux: defaultdict[Any, Totaux] = defaultdict(Totaux)
    for cle, somme in sommes.items():
        totaux[cle_de(*cle)] += somme
    return totaux


def _nommer(statut: StatutAction, nombre: int) -> str:
    inconnu = statut == StatutAction.NON_RENSEIGNE
    return "au statut non communiqué" if inconnu else statut.accorde(nombre)


def _annees_cofinancees(
    contrat: Contrat, verdicts: dict[Any, list[Parite]]
) -> list[AnneeCofinancee]:
    par_annee = {a: p for (pk, a), p in verdicts.items() if pk == contrat.pk and a is not None}
    annees = [
        AnneeCofinancee(contrat.sigle, annee, par_annee[annee], Decimal())
        for annee in sorted(par_annee)
    ]
    sommes = [total.somme or Decimal() for a in annees for total in (a.etat, a.departement)]
    return [replace(annee, plus_longue=max(sommes)) for annee in annees]


COLONNES_DE_COFINANCEMENT = (
    Colonne("Contrat", "contrat", lambda ligne: ligne[0].contrat),
    Colonne("Volet", "volet", lambda ligne: ligne[1].volet),
    Colonne("Année", "annee", lambda ligne: ligne[0].annee),
    Colonne("État, prévu connu (€)", "etat", lambda ligne: ligne[1].etat.somme),
    Colonne("État : inconnus", "etat_inconnus", lambda ligne: ligne[1].etat.inconnus),
    Colonne("Département, prévu connu (€)", "dept", lambda ligne: ligne[1].departement.somme),
    Colonne("Département : inconnus", "dept_inconnus", lambda ligne: ligne[1].departement.inconnus),
    Colonne("Part attendue de l’État (%)", "part", lambda ligne: ligne[1].part),
    Colonne("Tolérance (points)", "tolerance", lambda ligne: ligne[1].tolerance),
    Colonne("Écart (€)", "ecart", lambda ligne: ligne[1].ecart),
    Colonne("Parité", "parite", lambda ligne: ligne[1].constat),
)


def _colonnes_d_argent() -> list[Colonne]:
    colonnes = []
    for cle, nom in NOMS_DES_MESURES.items():
        colonnes.append(Colonne(f"{nom} connu (€)", cle, _somme_de(cle)))
        colonnes.append(Colonne(f"{nom} : inconnus", f"{cle}_inconnus", _inconnus_de(cle)))
    return colonnes


def _nombre_de(statut: StatutAction) -> Callable[[LigneAxe], int]:
    return lambda ligne: ligne.par_statut.get(statut, 0)


def _somme_de(mesure: str) -> Callable[[tuple[Any, Totaux]], Decimal | None]:
    return lambda ligne: getattr(ligne[1], mesure).somme


def _inconnus_de(mesure: str) -> Callable[[tuple[Any, Totaux]], int]:
    return lambda ligne: getattr(ligne[1], mesure).inconnus
