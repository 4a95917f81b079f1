"""The money, line by line: the list that every figure of the pages leads to, and its export."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Case, F, Value, When
from django.http import QueryDict
from django.urls import reverse

from actions.champs import FINANCEMENT
from actions.models import Financement
from actions.models.financement import FINANCEUR_NON_PUBLIE, NON_PUBLIE, FinancementQuerySet
from pacte.socle.publication import q_visible
from pacte.socle.retenues import pour_cette_edition
from pacte.socle.tableaux import Colonne, Tableau
from pacte.socle.texte import extrait, plier


class Parametre(NamedTuple):
    """A parameter of the address: its name, no choice in words, what it filters, its label."""

    titre: str
    aucun: str
    chemin: str
    libelle: str


PARAMETRES = {
    "contrat": Parametre(
        "Contrat", "Tous", "action__volet__contrat__slug", "action__volet__contrat__sigle"
    ),
    "axe": Parametre("Axe", "Tous", "action__volet__axe__numero", "action__volet__axe__etiquette"),
    "action": Parametre("Action", "Toutes", "action__slug", "action__titre"),
    "annee": Parametre("Année", "Toutes", "annee_id", "annee_id"),
    "financeur": Parametre("Financeur", "Tous", "financeur__slug", "financeur__nom"),
}

LIGNES_A_LA_FOIS = 2000
# Beyond, a select of actions is too long to be read, and weighs more than the page.
ACTIONS_OFFERTES = 200
# The name of a funder as the public may read it.
NOM_MONTRE = Case(
    When(q_visible("financeur"), then=F("financeur__nom")), default=Value(FINANCEUR_NON_PUBLIE)
)


@dataclass
class FiltreFinancements:
    """Reads the address of the list; what it does not know, it drops and says.

    `actions_tues` says that actions are too many to be offered.
    """

    choix: dict[str, str] = field(default_factory=dict)
    avertissements: list[str] = field(default_factory=list)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    actions_tues: bool = False

    @classmethod
    def lire(cls, parametres: QueryDict) -> "FiltreFinancements":
        """Return the filter of `parametres` (six queries, one more for many actions)."""
        filtre = cls()
        for nom in PARAMETRES:
            filtre._lire(nom, [valeur for valeur in parametres.getlist(nom) if valeur])
        return filtre

    def _lire(self, nom: str, valeurs: list[str]) -> None:
        valeur, titre = (valeurs or [""])[-1], PARAMETRES[nom].titre
        options = pour_cette_edition(("options", nom), lambda: _options(nom))
        if nom == "action" and len(options) > ACTIONS_OFFERTES:
            self.actions_tues = True
            options = _action(valeur) if valeur else []
        self.options[nom] = options
        if valeur in dict(options):
            self.choix[nom] = valeur
        elif valeur:
            vue = extrait(valeur)
            message = f"« {vue} » a été ignoré : valeur inconnue pour « {titre} »."
            self.avertissements.append(message)
        if len(set(valeurs)) > 1:
            message = f"Une seule valeur à la fois pour « {titre} » : le reste a été ignoré."
            self.avertissements.append(message)

    def filtrer(self, lignes: FinancementQuerySet) -> FinancementQuerySet:
        """Narrow `lignes` to the choices of the address."""
        for nom, valeur in self.choix.items():
            if nom == "financeur" and valeur == NON_PUBLIE:
                lignes = lignes.exclude(q_visible("financeur"))
            else:
                lignes = lignes.filter(**{PARAMETRES[nom].chemin: valeur})
        return lignes

    @property
    def champs(self) -> list[tuple[str, Parametre, str, list[tuple[str, str]]]]:
        """The selects of the page: name, what it is, chosen value, options; none without one."""
        return [
            (nom, parametre, self.choix.get(nom, ""), self.options[nom])
            for nom, parametre in PARAMETRES.items()
            if self.options[nom]
        ]

    @property
    def selection(self) -> str:
        """The active filters in one line, for whatever leaves the site."""
        noms = [dict(self.options[nom])[valeur] for nom, valeur in self.choix.items()]
        return " ; ".join(noms) if noms else "Tous les financements"

    @property
    def titre(self) -> str:
        """« Financements : CPT », as the page is called when it is cited."""
        return f"Financements : {self.selection}" if self.choix else "Financements"

    @property
    def adresse(self) -> str:
        return f"?{urlencode(self.choix)}" if self.choix else ""


def lignes_publiques() -> FinancementQuerySet:
    """Return the public lines with what the list prints, in its order (one query)."""
    return (
        Financement.objects.publics()
        .select_related("action__volet__contrat", "action__volet__axe", "financeur")
        .order_by("action__code", "annee_id", "financeur__cle_tri", "nature")
    )


def _options(nom: str) -> list[tuple[str, str]]:
    """Return the values that some public line has, with their labels; not all of many actions.

    Axes come by their number, as everywhere, the rest as French sorts it.
    """
    parametre = PARAMETRES[nom]
    chemin, libelle = parametre.chemin, parametre.libelle
    lignes = Financement.objects.publics()
    if nom == "financeur":
        visibles = lignes.filter(q_visible("financeur"))
        valeurs = visibles.order_by().values_list(chemin, libelle).distinct()
        options = sorted(valeurs, key=_par_libelle)
        caches = lignes.exclude(q_visible("financeur")).exists()
        return options + ([(NON_PUBLIE, FINANCEUR_NON_PUBLIE)] if caches else [])
    valeurs = lignes.order_by().values_list(chemin, libelle).distinct()
    if nom == "action":
        # One more than may be offered tells that there are too many.
        valeurs = valeurs[: ACTIONS_OFFERTES + 1]
    rang = _par_cle if nom == "axe" else _par_libelle
    return [(str(cle), _dire(nom, cle, nomme)) for cle, nomme in sorted(valeurs, key=rang)]


def _action(slug: str) -> list[tuple[str, str]]:
    """Return the action of `slug` with its title, nothing when it has no public line."""
    if "\0" in slug:
        return []
    siennes = Financement.objects.publics().filter(action__slug=slug).order_by()
    return list(siennes.values_list("action__slug", "action__titre")[:1])


def _par_cle(option: tuple[Any, object]) -> Any:
    return option[0]


def _par_libelle(option: tuple[object, object]) -> str:
    return plier(str(option[1]))


def _dire(nom: str, cle: object, libelle: object) -> str:
    return f"Axe {cle} – {libelle}" if nom == "axe" else str(libelle)


def tableau_des_financements(
    lignes: FinancementQuerySet,
    *,
    selection: str,
    adresse_absolue: Callable[[str], str],
    avertissement: str = "",
) -> Tableau:
    """Return `lignes` as a table: one row an action, a year, a funder and a nature.

    Amounts are in euros; None is unknown. Rows are tuples, whose last value is the key of the
    line: there may be fifty thousand.
    """
    colonnes, chemins = FINANCEMENT.colonnes_de_tuples()
    debut, fin = adresse_absolue(reverse("actions:detail", args=["SLUG"])).split("SLUG")
    adresse = Colonne(
        "Adresse",
        "adresse",
        lambda ligne: f"{debut}{ligne[-2]}{fin}",
        sens="La page de l’action.",
    )
    annotees = lignes.annotate(nom_montre=NOM_MONTRE)
    valeurs = annotees.values_list(*chemins, "action__slug", "pk")
    objets = valeurs.iterator(chunk_size=LIGNES_A_LA_FOIS)
    toutes = (*colonnes, adresse)
    return Tableau("financements", toutes, objets, selection, avertissement, "Financements")
