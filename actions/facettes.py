"""The facets of the list of actions: each knows its values, what they keep, how to count them.

Adding one is adding an object to `lister_les_facettes`: docs/ajouter-un-champ.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Case, Count, Exists, F, Model, OuterRef, Q, QuerySet, Value, When

from actions.models import (
    Action,
    Besoin,
    Contribution,
    Libelle,
    Public,
    Situation,
    StatutAction,
    Territoire,
)
from actions.models.action import ActionQuerySet
from actions.models.echeance import q_active_en, q_en_situation
from axes.models import Axe
from contrats.models import Contrat
from pacte.socle.publication import q_visible
from pacte.socle.recherche import lire_saisie
from partenaires.models import Partenaire

Choix = Mapping[str, list[str]]
# Of those that a name may mean, the first are chosen together.
PARTENAIRES_CHERCHES = 10


@dataclass(frozen=True)
class Option:
    """One value of a facet: its key in the address, its label, how many actions it would give."""

    cle: str
    libelle: str
    nombre: int


class Facette:
    """What all facets have: `nom` in the address, `titre` on the page, open or folded.

    A `discrete` one is offered once one of its values is chosen: another page leads to it. One that
    `se_cherche` has values by the hundred, found by their names too.
    """

    discrete = se_cherche = False

    def __init__(self, nom: str, titre: str, *, ouverte: bool = False) -> None:
        self.nom, self.titre, self.ouverte = nom, titre, ouverte

    def connaitre(self, cles: Iterable[str]) -> dict[str, str]:
        """Return those of `cles` that exist, with their labels (one query at most)."""
        raise NotImplementedError

    def chercher(self, mots: str) -> dict[str, str]:
        """Return the values that `mots` name, with their labels: none unless it `se_cherche`."""
        return {}

    def filtrer(self, actions: ActionQuerySet, cles: list[str]) -> ActionQuerySet:
        """Keep the actions that have one of `cles`."""
        raise NotImplementedError

    def merite_d_etre_offerte(self, options: list[Option]) -> bool:
        """Tell whether choosing among `options` would tell a reader anything."""
        return bool(options)


class FacetteDirecte(Facette):
    """A facet read on the row of an action: all of them are counted together, by `Comptage`.

    Each column of `colonnes` is an expression over actions.
    """

    def __init__(
        self, nom: str, titre: str, libelles: dict[str, str], *, ouverte: bool = False
    ) -> None:
        super().__init__(nom, titre, ouverte=ouverte)
        self.libelles = libelles

    @property
    def colonnes(self) -> dict[str, F | Case]:
        raise NotImplementedError

    def cles_de(self, ligne: Mapping) -> list[str]:
        """Return the values of the facet that a row of the count has."""
        raise NotImplementedError

    def connaitre(self, cles: Iterable[str]) -> dict[str, str]:
        return {cle: self.libelles[cle] for cle in cles if cle in self.libelles}

    def options(self, nombres: Mapping[str, int]) -> list[Option]:
        """Return every value in its order, with its number in `nombres`."""
        return [Option(cle, libelle, nombres.get(cle, 0)) for cle, libelle in self.libelles.items()]


class FacetteDeColonne(FacetteDirecte):
    """One value an action: the column at the end of `chemin`."""

    def __init__(self, nom: str, titre: str, libelles: dict[str, str], chemin: str) -> None:
        super().__init__(nom, titre, libelles, ouverte=True)
        self.chemin = chemin

    @property
    def colonnes(self) -> dict[str, F | Case]:
        return {f"facette_{self.nom}": F(self.chemin)}

    def cles_de(self, ligne: Mapping) -> list[str]:
        return [str(ligne[f"facette_{self.nom}"])]

    def filtrer(self, actions: ActionQuerySet, cles: list[str]) -> ActionQuerySet:
        return actions.filter(**{f"{self.chemin}__in": cles})


class FacetteDeStatut(FacetteDeColonne):
    """The status: while none is known, its only box would tell nothing."""

    def merite_d_etre_offerte(self, options: list[Option]) -> bool:
        return bool({option.cle for option in options} - {StatutAction.NON_RENSEIGNE})


class FacetteDeConditions(FacetteDirecte):
    """Several values an action: each is a condition, which an action meets or not."""

    def __init__(
        self,
        nom: str,
        titre: str,
        libelles: dict[str, str],
        conditions: dict[str, Q],
        *,
        ouverte: bool = False,
    ) -> None:
        super().__init__(nom, titre, libelles, ouverte=ouverte)
        self.conditions = conditions

    @property
    def colonnes(self) -> dict[str, F | Case]:
        return {
            f"facette_{self.nom}_{cle}": Case(When(condition, then=Value(True)), default=False)
            for cle, condition in self.conditions.items()
        }

    def cles_de(self, ligne: Mapping) -> list[str]:
        return [cle for cle in self.conditions if ligne[f"facette_{self.nom}_{cle}"]]

    def filtrer(self, actions: ActionQuerySet, cles: list[str]) -> ActionQuerySet:
        return actions.filter(reduce(or_, (self.conditions[c] for c in cles)))


class FacetteLiee(Facette):
    """A facet of rows linked to actions, named by their `cle` and `libelle`, in order of `rang`."""

    colonne_du_nom = "nom"

    def __init__(self, nom: str, titre: str, modele: type[Model], *, cle: str, rang: str) -> None:
        super().__init__(nom, titre)
        self.modele, self.cle, self.rang = modele, cle, rang

    def _lignes(self) -> QuerySet:
        return self.modele._default_manager.all()

    def connaitre(self, cles: Iterable[str]) -> dict[str, str]:
        voulues = list(cles)
        if not voulues:
            return {}
        lignes = self._lignes().filter(**{f"{self.cle}__in": voulues})
        return dict(lignes.order_by(self.rang).values_list(self.cle, self.colonne_du_nom))

    def filtrer(self, actions: ActionQuerySet, cles: list[str]) -> ActionQuerySet:
        lignes = self._lignes().filter(**{f"{self.cle}__in": cles})
        return actions.filter(pk__in=lignes.values("actions"))

    def options(self, actions: ActionQuerySet) -> list[Option]:
        """Return the values that `actions` have, each with its number of them (one query)."""
        nom = str(self.modele._meta.model_name)
        liens = self.modele.actions.through.objects.filter(action__in=actions)  # type: ignore[attr-defined]  # of each
        lignes = (
            liens.values_list(f"{nom}__{self.cle}", f"{nom}__nom", f"{nom}__{self.rang}")
            .annotate(nombre=Count("pk"))
            .order_by(f"{nom}__{self.rang}", f"{nom}__nom")
        )
        return [Option(cle, libelle, nombre) for cle, libelle, _rang, nombre in lignes]


class FacetteDeBesoins(FacetteLiee):
    """What people look for. « Je cherche… » asks it better than a dozen boxes on every list."""

    discrete = True


class FacetteDActions(FacetteLiee):
    """Actions by their names, for what follows or shows a few of them: no list offers its rows."""

    discrete = True
    colonne_du_nom = "titre"

    def _lignes(self) -> QuerySet:
        return Action.objects.visibles()

    def filtrer(self, actions: ActionQuerySet, cles: list[str]) -> ActionQuerySet:
        return actions.filter(slug__in=cles)

    def options(self, actions: ActionQuerySet) -> list[Option]:
        return []

    def merite_d_etre_offerte(self, options: list[Option]) -> bool:
        return False


class FacetteDePartenaires(FacetteLiee):
    """The partners that contribute, or that the text names: each action counts once for each."""

    se_cherche = True

    def chercher(self, mots: str) -> dict[str, str]:
        """Return the partners that hold all of `mots`, the most relevant (two queries)."""
        requete, _ = lire_saisie(mots)
        if not requete:
            return {}
        trouves = Partenaire.objects.visibles().rechercher(requete)[:PARTENAIRES_CHERCHES]
        return dict(trouves.values_list("slug", "nom"))

    def _lignes(self) -> QuerySet:
        return Partenaire.objects.visibles()

    def filtrer(self, actions: ActionQuerySet, cles: list[str]) -> ActionQuerySet:
        return actions.de_partenaires(cles)

    def options(self, actions: ActionQuerySet) -> list[Option]:
        """Return the partners of `actions` by name, each with its number of them (one query)."""
        nombres: Counter[tuple[str, str, str]] = Counter()
        for rang, slug, nom, nombre in _apportent(actions).union(
            _seulement_cites(actions), all=True
        ):
            nombres[rang, slug, nom] += nombre
        return [Option(slug, nom, nombre) for (_, slug, nom), nombre in sorted(nombres.items())]


def _apportent(actions: ActionQuerySet) -> QuerySet:
    """Count by partner the actions to which it contributes."""
    contributions = Contribution.objects.filter(action__in=actions)
    return _compter_par_partenaire(contributions, "action")


def _seulement_cites(actions: ActionQuerySet) -> QuerySet:
    """Count by partner the actions whose text names it without any contribution of its own."""
    citations = Libelle.partenaires_cites.through.objects.filter(libelle__action__in=actions)
    deja = Contribution.objects.filter(
        action=OuterRef("libelle__action"), partenaire=OuterRef("partenaire")
    )
    seules = citations.exclude(Exists(deja))
    return _compter_par_partenaire(seules, "libelle__action")


def _compter_par_partenaire(lignes: QuerySet, action: str) -> QuerySet:
    """Return each visible partner of `lignes` (its place by name, slug, name) and its actions."""
    visibles = lignes.filter(q_visible("partenaire")).order_by()
    groupes = visibles.values_list("partenaire__cle_tri", "partenaire__slug", "partenaire__nom")
    comptes: QuerySet = groupes.annotate(nombre=Count(action, distinct=True))
    return comptes


# What `Comptage` counts: each kind in its own way.
FacetteComptee = FacetteDirecte | FacetteLiee


def lister_les_facettes(annees: list[int]) -> list[FacetteComptee]:
    """Return the facets in the order of the page, `annees` being those of the pact (2 queries)."""
    axes = {str(axe.numero): str(axe) for axe in Axe.objects.visibles()}
    contrats = {contrat.slug: contrat.sigle for contrat in Contrat.objects.visibles()}
    statuts = {str(statut): statut.label.capitalize() for statut in StatutAction}
    situations = {str(situation): situation.label for situation in Situation}
    en_situation = {str(situation): q_en_situation(situation) for situation in Situation}
    actives = {str(annee): q_active_en(annee) for annee in annees}
    return [
        FacetteDeColonne("axe", "Axe", axes, "volet__axe__numero"),
        FacetteDeColonne("contrat", "Contrat", contrats, "volet__contrat__slug"),
        FacetteDeStatut("statut", "Avancement", statuts, "statut"),
        FacetteDePartenaires("partenaire", "Partenaire", Partenaire, cle="slug", rang="cle_tri"),
        FacetteDeBesoins("besoin", "Besoin", Besoin, cle="code", rang="ordre"),
        FacetteLiee("public", "Public", Public, cle="code", rang="ordre"),
        FacetteLiee("territoire", "Territoire", Territoire, cle="code", rang="ordre"),
        FacetteDeConditions("annee", "Année", {cle: cle for cle in actives}, actives),
        FacetteDeConditions("situation", "Situation", situations, en_situation, ouverte=True),
        FacetteDActions("action", "Action", Action, cle="slug", rang="code"),
    ]


def filtrer_par(
    facettes: Iterable[Facette], actions: ActionQuerySet, choix: Choix
) -> ActionQuerySet:
    """Keep the actions that every one of `facettes` keeps, one without a choice keeping all."""
    for facette in facettes:
        if cles := choix[facette.nom]:
            actions = facette.filtrer(actions, cles)
    return actions


class Comptage:
    """How many actions each value would give, its own facet left out (five queries in all).

    `actions` holds what the search found, before any facet.
    """

    def __init__(
        self, facettes: list[FacetteComptee], actions: ActionQuerySet, choix: Choix
    ) -> None:
        self.facettes, self.actions, self.choix = facettes, actions, choix
        self.directes = [f for f in facettes if isinstance(f, FacetteDirecte)]
        self.liees = [f for f in facettes if isinstance(f, FacetteLiee)]
        self._lignes = list(self._compter_les_directes())

    @property
    def total(self) -> int:
        return sum(ligne["nombre"] for ligne in self._lignes if self._est_gardee(ligne))

    def options_de(self, facette: FacetteComptee) -> list[Option]:
        """Return the values of `facette` that would give something, with their numbers."""
        if isinstance(facette, FacetteLiee):
            rien = not self.total and not any(self.choix.values())
            return [] if rien else facette.options(self._sans(facette))
        nombres: Counter[str] = Counter()
        for ligne in self._lignes:
            if self._est_gardee(ligne, sauf=facette):
                nombre: int = ligne["nombre"]
                nombres.update(dict.fromkeys(facette.cles_de(ligne), nombre))
        return facette.options(nombres)

    def _sans(self, facette: Facette) -> ActionQuerySet:
        """Return the actions that the choices of the other facets keep."""
        autres = [autre for autre in self.facettes if autre is not facette]
        return filtrer_par(autres, self.actions, self.choix).order_by()

    def _compter_les_directes(self) -> Iterable[Mapping]:
        """Count the actions by all the columns of the direct facets at once (one query)."""
        actions = filtrer_par(self.liees, self.actions, self.choix)
        colonnes = {nom: e for f in self.directes for nom, e in f.colonnes.items()}
        lignes = actions.order_by().annotate(**colonnes).values(*colonnes)
        comptees: Iterable[Mapping] = lignes.annotate(nombre=Count("pk"))
        return comptees

    def _est_gardee(self, ligne: Mapping, sauf: Facette | None = None) -> bool:
        """Tell whether the choices of the direct facets, `sauf` aside, keep this row."""
        return all(
            set(self.choix[facette.nom]) & set(facette.cles_de(ligne))
            for facette in self.directes
            if facette is not sauf and self.choix[facette.nom]
        )
