"""« Où en sont les actions et l’argent »: counts with their denominator, money, what to watch."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from operator import itemgetter

from django.urls import reverse

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
from actions.models.argent import MESURES
from actions.models.parite import Parite
from contrats.models import Exercice
from pacte.carte import STATUTS_DE_LA_BARRE, Carte
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
    """What the two parties plan in a year for a contract, and the verdict of parity."""

    contrat: str
    annee: int
    etat: Total
    departement: Total
    parite: Parite
    plus_longue: Decimal

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
    """A contract that promises a State share: its years, and the verdict over the period."""

    nom: str
    adresse: str
    annees: list[AnneeCofinancee] = field(default_factory=list)
    ensemble: Parite | None = None


class Suivi:
    """The whole dashboard: the same number of queries whatever the number of actions and lines."""

    def __init__(self):
        self.carte = Carte()
        self.lignes = Financement.objects.publics()

    @property
    def statuts(self) -> list[StatutAction]:
        """The statuses that at least one action has, in the order of the bars."""
        presents = {statut for ligne in self.carte.par_axe for statut in ligne.par_statut}
        return [statut for statut in STATUTS_DE_LA_BARRE if statut in presents]

    @property
    def comptes(self) -> list[tuple[StatutAction, int, str]]:
        """Each known status with its number of actions, and its name in that number."""
        nombres = [
            (statut, sum(ligne.par_statut.get(statut, 0) for ligne in self.carte.par_axe))
            for statut in self.statuts
            if statut != StatutAction.NON_RENSEIGNE
        ]
        return [(statut, nombre, statut.accorde(nombre)) for statut, nombre in nombres]

    @property
    def par_axe(self) -> list:
        """Each axis with its counts, in the order of `statuts`."""
        return [
            (ligne, [ligne.par_statut.get(statut, 0) for statut in self.statuts])
            for ligne in self.carte.par_axe
        ]

    @cached_property
    def par_annee(self) -> list[tuple[int, Totaux]]:
        """The totals of each year where something was entered (one query)."""
        return sorted(self.lignes.totaux_par("annee_id").items())

    @cached_property
    def par_contrat(self) -> list[tuple]:
        """Each contract where money was entered, with its totals (one query)."""
        totaux = self.lignes.totaux_par(CONTRAT) if self.par_annee else {}
        return [(c, totaux[c.pk]) for c in self.carte.contrats if c.pk in totaux]

    @cached_property
    def positions(self) -> list[tuple[PositionIndicateur, int]]:
        """How many public indicators stand where, none when there is no indicator."""
        nombres = Counter(indicateur.position for indicateur in Indicateur.objects.publics())
        return [
            (position, nombres[position]) for position in PositionIndicateur if nombres[position]
        ]

    @property
    def nombre_d_indicateurs(self) -> int:
        return sum(nombre for _, nombre in self.positions)

    @property
    def total(self) -> Totaux:
        return sum((totaux for _, totaux in self.par_annee), Totaux())

    @cached_property
    def cofinancements(self) -> list[ContratCofinance]:
        """The contracts that promise a State share, year by year (two queries)."""
        verdicts = self.lignes.parites_par(CONTRAT)
        prevus = self.lignes.promises().totaux_par(CONTRAT, "annee_id", "financeur__partie")
        sommes = [totaux.prevu.somme or 0 for totaux in prevus.values()]
        suivis = []
        for contrat in self.carte.contrats:
            annees = sorted(a for pk, a in verdicts if pk == contrat.pk and a is not None)
            if not annees:
                continue
            suivi = ContratCofinance(contrat.nom, contrat.get_absolute_url())
            suivi.ensemble = verdicts[contrat.pk, None]
            for annee in annees:
                etat, departement = (
                    prevus.get((contrat.pk, annee, partie), Totaux()).prevu
                    for partie in ("etat", "departement")
                )
                parite = verdicts[contrat.pk, annee]
                suivi.annees.append(
                    AnneeCofinancee(contrat.sigle, annee, etat, departement, parite, max(sommes))
                )
            suivis.append(suivi)
        return suivis

    @cached_property
    def alertes(self) -> list[Alerte]:
        """What deserves a look; nothing here blocks anyone."""
        return [*self._situations(), *self._engages_de_trop(), *self._plafonds_et_volets()]

    def _situations(self):
        """The actions that deserve a look, and the list of exactly these."""
        dites = {Situation.EN_RETARD: "en retard"}
        if self.comptes:
            # Before any bulletin, the page says so once for all.
            dites[Situation.SANS_NOUVELLES] = f"sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours"
        for situation, dit in dites.items():
            nombre = Action.objects.visibles().en_situation(situation).count()
            if nombre:
                liste = f"{reverse('actions:liste')}?situation={situation}"
                yield Alerte(f"{pluriel(nombre, 'action')} {dit}.", liste)

    def _engages_de_trop(self):
        for action, annee in self.lignes.engages_au_dela_du_prevu():
            yield Alerte(
                f"{annee} : plus engagé que prévu pour « {action.titre} ».",
                action.get_absolute_url(),
            )

    def _plafonds_et_volets(self):
        chemins = (CONTRAT, "action__volet_id", "annee_id")
        par_volet = self.lignes.totaux_par(*chemins) if self.par_annee else {}
        par_contrat = defaultdict(Totaux)
        for (contrat, _volet, annee), totaux in par_volet.items():
            par_contrat[contrat, annee] += totaux
        adresses = {c.pk: (c.sigle, c.get_absolute_url()) for c in self.carte.contrats}
        for (contrat, _volet, annee), totaux in sorted(par_volet.items(), key=itemgetter(0)):
            if totaux.engage_depasse and not par_contrat[contrat, annee].engage_depasse:
                sigle, adresse = adresses[contrat]
                dit = f"{annee} : un volet du contrat {sigle} engage plus que ce qu’il prévoit"
                yield Alerte(f"{dit}, sur l’argent d’un autre volet.", adresse)
        yield from self._plafonds(adresses)

    def _plafonds(self, adresses):
        exercices = Exercice.objects.filter(plafond_etat__isnull=False, contrat__in=adresses)
        chemins = (CONTRAT, "annee_id")
        de_l_etat = self.lignes.filter(financeur__partie="etat")
        prevus = de_l_etat.totaux_par(*chemins) if self.par_annee else {}
        for exercice in exercices:
            somme = prevus.get((exercice.contrat_id, exercice.annee_id), Totaux()).prevu.somme
            if somme is not None and somme > exercice.plafond_etat:
                sigle, adresse = adresses[exercice.contrat_id]
                plafond = euros(exercice.plafond_etat)
                dit = f"{exercice.annee_id} : l’État prévoit plus que le plafond du contrat {sigle}"
                yield Alerte(f"{dit} ({euros(somme)} pour {plafond}).", adresse)

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
        """The block of co-financing as a table to download."""
        lignes = [annee for contrat in self.cofinancements for annee in contrat.annees]
        colonnes = (
            Colonne("Contrat", "contrat", lambda ligne: ligne.contrat),
            Colonne("Année", "annee", lambda ligne: ligne.annee),
            Colonne("État, prévu connu (€)", "etat", lambda ligne: ligne.etat.somme),
            Colonne("État : inconnus", "etat_inconnus", lambda ligne: ligne.etat.inconnus),
            Colonne("Département, prévu connu (€)", "dept", lambda ligne: ligne.departement.somme),
            Colonne(
                "Département : inconnus", "dept_inconnus", lambda ligne: ligne.departement.inconnus
            ),
            Colonne("Parité", "parite", lambda ligne: str(ligne.parite)),
        )
        return Tableau("cofinancement", colonnes, lignes, "Tout le Pacte")

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
        return Tableau("indicateurs", COLONNES_D_INDICATEUR, lignes, "Tout le Pacte")


COLONNES_D_INDICATEUR = (
    Colonne("Action", "action", lambda ligne: ligne[0].action.code),
    Colonne("Indicateur", "indicateur", lambda ligne: ligne[0].libelle),
    Colonne("Unité", "unite", lambda ligne: ligne[0].unite),
    Colonne("Année", "annee", lambda ligne: ligne[1].annee),
    Colonne("Mesuré", "mesure", lambda ligne: ligne[1].valeur or None),
    Colonne("Provisoire", "provisoire", lambda ligne: ligne[1].est_provisoire),
    Colonne("Cible", "cible", lambda ligne: ligne[1].cible or None),
    Colonne("Source", "source", lambda ligne: ligne[0].source or None),
)


def _colonnes_d_argent() -> list[Colonne]:
    colonnes = []
    for cle in MESURES:
        nom = Financement._meta.get_field(cle).verbose_name.capitalize()
        colonnes.append(Colonne(f"{nom} connu (€)", cle, _somme_de(cle)))
        colonnes.append(Colonne(f"{nom} : inconnus", f"{cle}_inconnus", _inconnus_de(cle)))
    return colonnes


def _nombre_de(statut):
    return lambda ligne: ligne.par_statut.get(statut, 0)


def _somme_de(mesure):
    return lambda ligne: getattr(ligne[1], mesure).somme


def _inconnus_de(mesure):
    return lambda ligne: getattr(ligne[1], mesure).inconnus
