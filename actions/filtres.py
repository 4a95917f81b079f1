"""The only reader of the address of a list of actions, whatever the list is written to."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain
from operator import or_
from typing import Any, TypeVar

from django.db.models import F, QuerySet
from django.http import QueryDict

from actions.facettes import (
    Comptage,
    FacetteComptee,
    Option,
    filtrer_par,
    lister_les_facettes,
)
from actions.models import Action
from actions.models.action import ActionQuerySet
from actions.trouvees import chercher_les_actions
from pacte.socle.cles import Parmi
from pacte.socle.recherche import Requete, lire_saisie
from pacte.socle.retenues import pour_cette_edition
from pacte.socle.texte import extrait

# Rows of any model that has an action.
LignesDActions = TypeVar("LignesDActions", bound=QuerySet[Any])
PAR_PAGE = 20
AVERTISSEMENTS_MONTRES = 5
# Beyond, a facet offers the values that most actions have.
BOITES_MONTREES = 60
# Values of a facet that are no key, and are read as names: each is a search.
NOMS_CHERCHES = 3
TRIS = {
    "pertinence": "pertinence",
    "titre": "titre",
    "echeance": "échéance",
    "maj": "mise à jour",
}


@dataclass(frozen=True)
class Critere:
    """One active filter: what it says, and the query string of the list without it."""

    libelle: str
    retrait: str


@dataclass(frozen=True)
class Groupe:
    """A facet as the page shows it: each option with True when it is chosen.

    `tues` is how many more values it has, of which no box is shown; `se_cherche` tells that their
    names may be typed.
    """

    nom: str
    titre: str
    ouverte: bool
    boites: list[tuple[Option, bool]]
    tues: int
    se_cherche: bool


class FiltreActions:
    """Reads `q`, the facets and `tri`; what it does not understand, it drops and says.

    OR inside a facet, AND between facets. A facet's counts ignore its own choices, so that each
    number tells what ticking the box would give.
    """

    def __init__(self, parametres: QueryDict, annees: list[int]) -> None:
        """Read the address (two queries, one more for each linked facet with a choice)."""
        self.facettes = pour_cette_edition(
            ("facettes", *annees), lambda: lister_les_facettes(annees)
        )
        self.avertissements: list[str] = []
        self._lire_les_mots(parametres.get("q", ""))
        self._lire_le_tri(parametres.get("tri", ""))
        self._lire_les_facettes(parametres)
        self._dire_les_inconnus(parametres)

    # --- reading the address ---

    def _lire_les_mots(self, saisie: str) -> None:
        self.requete, dits = lire_saisie(saisie)
        self.avertissements += dits

    def _lire_le_tri(self, tri: str) -> None:
        self.tri = tri if tri in TRIS else ""
        if tri and not self.tri:
            self._ignorer(tri, "ordre de tri inconnu")

    def _lire_les_facettes(self, parametres: QueryDict) -> None:
        self.choix: dict[str, list[str]] = {}
        self.libelles: dict[str, dict[str, str]] = {}
        for facette in self.facettes:
            valeurs = [v for v in dict.fromkeys(parametres.getlist(facette.nom)) if v]
            connues = facette.connaitre([valeur for valeur in valeurs if "\0" not in valeur])
            inconnues = [valeur for valeur in valeurs if valeur not in connues]
            nommees = {v: facette.chercher(v) for v in inconnues[:NOMS_CHERCHES]}
            for valeur in inconnues:
                if not nommees.get(valeur):
                    self._ignorer(valeur, f"valeur inconnue pour « {facette.titre} »")
            choisies = ([v] if v in connues else nommees.get(v, {}) for v in valeurs)
            self.choix[facette.nom] = list(dict.fromkeys(chain.from_iterable(choisies)))
            self.libelles[facette.nom] = reduce(or_, nommees.values(), connues)

    def _dire_les_inconnus(self, parametres: QueryDict) -> None:
        for nom in parametres:
            if nom not in self.choix and nom not in ("q", "tri", "page"):
                self._ignorer(nom, "paramètre inconnu")

    def _ignorer(self, valeur: str, raison: str) -> None:
        if len(self.avertissements) < AVERTISSEMENTS_MONTRES:
            self.avertissements.append(f"« {extrait(valeur)} » a été ignoré : {raison}.")
        elif len(self.avertissements) == AVERTISSEMENTS_MONTRES:
            self.avertissements.append("D’autres paramètres ont été ignorés.")

    # --- applying it ---

    @property
    def ordre(self) -> str:
        """The order in force: relevance only has a meaning when something is searched for."""
        if not self.requete and self.tri in ("", "pertinence"):
            return "titre"
        return self.tri or "pertinence"

    def filtrer(self, actions: ActionQuerySet, requete: Requete | None = None) -> ActionQuerySet:
        """Narrow visible `actions` to the address, or to `requete` and its facets; order kept."""
        trouvees = self._chercher(actions) if requete is None else actions.rechercher(requete)
        return filtrer_par(self.facettes, trouvees, self.choix)

    def _chercher(self, actions: ActionQuerySet) -> ActionQuerySet:
        """Keep those that hold every word: by their keys, unless facets narrow the search."""
        if not self.requete:
            return actions
        if any(self.choix.values()):
            return actions.rechercher(self.requete)
        return actions.filter(Parmi("pk", self.trouvees))

    @cached_property
    def trouvees(self) -> Sequence[int]:
        """The keys of the actions that hold every word, by relevance, whatever the facets."""
        return chercher_les_actions(self.requete)

    def lister(self) -> Sequence[int] | QuerySet[Action, int]:
        """Return the keys of the visible actions that the address gives, in its order."""
        if self.ordre == "pertinence" and not any(self.choix.values()):
            return self.trouvees
        cles = self.trier(self.filtrer(Action.objects.visibles())).values_list("pk", flat=True)
        if not self.requete:
            return cles
        # A search reads more than a page: its other pages are this one's.
        return pour_cette_edition(("clés", self.adresse()), lambda: array("q", cles))

    def trier(self, actions: ActionQuerySet) -> ActionQuerySet:
        """Order `actions` as the address asks, the same way on every database."""
        if self.ordre == "pertinence":
            return actions.par_pertinence(self.requete)
        if self.ordre == "echeance":
            return actions.with_echeance().order_by(F("echeance").asc(nulls_last=True), "code")
        if self.ordre == "maj":
            return actions.order_by("-modifiee_le", "code")
        return actions.par_titre()

    @cached_property
    def _comptes(self) -> tuple[int, dict[str, list[Option]]]:
        """How many actions the address gives, and what each facet on show would give."""
        choix = tuple((nom, *valeurs) for nom, valeurs in self.choix.items())
        montrees = [f for f in self.facettes if self.choix[f.nom] or not f.discrete]
        return pour_cette_edition(
            ("comptes", self.requete.texte, choix), lambda: self._compter(montrees)
        )

    def _compter(self, facettes: list[FacetteComptee]) -> tuple[int, dict[str, list[Option]]]:
        trouvees = self._chercher(Action.objects.visibles())
        comptage = Comptage(self.facettes, trouvees, self.choix)
        return comptage.total, {f.nom: comptage.options_de(f) for f in facettes}

    @cached_property
    def total(self) -> int:
        """How many actions the address gives."""
        return self._comptes[0]

    # --- showing it ---

    @cached_property
    def groupes(self) -> list[Groupe]:
        """The facets that have something to offer, with their live counts."""
        groupes = []
        for facette in self.facettes:
            choisies = self.choix[facette.nom]
            if facette.nom not in self._comptes[1]:
                continue
            options = self.options_de(facette)
            if facette.merite_d_etre_offerte(options):
                montrees = _retenir(options, choisies)
                boites = [(option, option.cle in choisies) for option in montrees]
                ouverte = facette.ouverte or bool(choisies)
                tues = len(options) - len(montrees)
                se_cherche = bool(tues) and facette.se_cherche
                groupes.append(
                    Groupe(facette.nom, facette.titre, ouverte, boites, tues, se_cherche)
                )
        return groupes

    def options_de(self, facette: FacetteComptee) -> list[Option]:
        """Return what gives something, and what is chosen whether it does or not."""
        choisies = self.choix[facette.nom]
        comptees = self._comptes[1].get(facette.nom)
        if comptees is None:
            comptees = self._compter([facette])[1][facette.nom]
        vues = {option.cle for option in comptees}
        perdues = [cle for cle in choisies if cle not in vues]
        sans_action = [Option(cle, self.libelles[facette.nom][cle], 0) for cle in perdues]
        options = [*comptees, *sans_action]
        return [option for option in options if option.nombre or option.cle in choisies]

    @property
    def criteres(self) -> list[Critere]:
        """The active filters, in the order of the page."""
        criteres = []
        if self.requete.texte:
            criteres.append(Critere(f"« {self.requete.texte} »", self.adresse(q=None, tri=None)))
        for nom, valeurs in self.choix.items():
            for valeur in valeurs:
                autres = [v for v in valeurs if v != valeur]
                criteres.append(Critere(self.libelles[nom][valeur], self.adresse(**{nom: autres})))
        return criteres

    @property
    def selection(self) -> str:
        """The active filters in one line, for whatever leaves the site."""
        noms = [critere.libelle for critere in self.criteres]
        return " ; ".join(noms) if noms else "Toutes les actions"

    def titrer(self, nom: str) -> str:
        """« Actions : Axe 3 ; CPT »: `nom` with the active filters."""
        return f"{nom} : {self.selection}" if self.criteres else nom

    @property
    def titre(self) -> str:
        """How the page is called when it is cited."""
        return self.titrer("Actions")

    def retenir(self, lignes: LignesDActions) -> LignesDActions:
        """Return those of `lignes` whose action it gives, all of them without any filter."""
        if not self.criteres:
            return lignes
        actions = self.filtrer(Action.objects.visibles()).order_by()
        return lignes.filter(action__in=actions.values("pk"))

    @property
    def mention(self) -> str:
        """What a feed or a calendar says of its address: the active filters, what was ignored."""
        filtres = f"Filtres : {self.selection}." if self.criteres else ""
        return " ".join(filter(None, [filtres, *self.avertissements]))

    @property
    def tris(self) -> list[tuple[str, str, str]]:
        """Orders on offer: key, label, query string."""
        return [
            (cle, libelle, self.adresse(tri=cle))
            for cle, libelle in TRIS.items()
            if self.requete or cle != "pertinence"
        ]

    def adresse(self, **changements: str | list[str] | None) -> str:
        """Return the query string of this list with some parameters changed, page forgotten."""
        valeurs = {**self.choix, "q": self.requete.texte, "tri": self.tri, **changements}
        parametres = QueryDict(mutable=True)
        for nom, valeur in valeurs.items():
            if valeur:
                parametres.setlist(nom, valeur if isinstance(valeur, list) else [valeur])
        return f"?{parametres.urlencode()}" if parametres else "?"


def _retenir(options: list[Option], choisies: list[str]) -> list[Option]:
    """Return the chosen options and those that most actions have, in their order."""
    par_poids = sorted(options, key=lambda o: (o.cle not in choisies, -o.nombre))
    montrees = {option.cle for option in par_poids[: max(BOITES_MONTREES, len(choisies))]}
    return [option for option in options if option.cle in montrees]
