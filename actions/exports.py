"""The exports of actions and of what surrounds them: which rows; `champs/` says which columns."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Prefetch

from actions.champs import ACTION, CONSTAT, CONTRIBUTION, INDICATEUR, JALON, POINT_ETAPE
from actions.models import Constat, Contribution, Indicateur, Jalon, PointEtape
from actions.models.action import ActionQuerySet
from pacte.socle.tableaux import Colonne, Tableau
from partenaires.models import Partenaire

# Each comes with all that surrounds it: a worker keeps few of them in memory.
LIGNES_A_LA_FOIS = 50
Lignes = tuple[tuple[Colonne, ...], Iterable[Any]]


def _des_actions(actions: ActionQuerySet) -> Lignes:
    lignes = (
        actions.select_related("volet__axe", "volet__contrat", "objectif")
        .with_echeance()
        .prefetch_related(
            "besoins",
            "publics",
            "territoires",
            "constats",
            "libelles__source",
            Prefetch("libelles__partenaires_cites", Partenaire.objects.visibles()),
            Prefetch("contributions", Contribution.objects.publiques()),
        )
        .iterator(chunk_size=LIGNES_A_LA_FOIS)
    )
    return ACTION.colonnes(), lignes


def _des_contributions(actions: ActionQuerySet) -> Lignes:
    lignes = Contribution.objects.publiques().filter(action__in=actions.order_by())
    return CONTRIBUTION.colonnes(), lignes.iterator(chunk_size=LIGNES_A_LA_FOIS)


def _des_indicateurs(actions: ActionQuerySet) -> Lignes:
    indicateurs = Indicateur.objects.publics().filter(action__in=actions.order_by())
    return INDICATEUR.colonnes(), _annee_par_annee(indicateurs.iterator(LIGNES_A_LA_FOIS))


def _annee_par_annee(indicateurs: Iterable[Indicateur]) -> Iterator[tuple[Indicateur, Any]]:
    for indicateur in indicateurs:
        for annee in indicateur.annees:
            yield indicateur, annee


def _des_jalons(actions: ActionQuerySet) -> Lignes:
    lignes = Jalon.objects.publics().filter(action__in=actions.order_by()).for_liste()
    ordre = lignes.order_by("action__code", "prevu_le", "pk")
    return JALON.colonnes(), ordre.iterator(chunk_size=LIGNES_A_LA_FOIS)


def _des_points(actions: ActionQuerySet) -> Lignes:
    lignes = PointEtape.objects.publics().filter(action__in=actions.order_by()).for_liste()
    ordre = lignes.order_by("action__code", "le", "pk")
    return POINT_ETAPE.colonnes(), ordre.iterator(chunk_size=LIGNES_A_LA_FOIS)


# Name in the address → the title of the sheet, and what reads its rows.
EXPORTS: dict[str, tuple[str, Callable[[ActionQuerySet], Lignes]]] = {
    "actions": ("Actions", _des_actions),
    "contributions": ("Contributions", _des_contributions),
    "indicateurs": ("Indicateurs", _des_indicateurs),
    "jalons": ("Jalons", _des_jalons),
    "points-d-etape": ("Points d’étape", _des_points),
}
NOMS = "|".join(EXPORTS)


def tableau_des_actions(
    nom: str,
    actions: ActionQuerySet,
    *,
    selection: str,
    adresse_absolue: Callable[[str], str],
    avertissement: str = "",
) -> Tableau:
    """Return the table `nom` of `EXPORTS` for the visible `actions`, read as it is written.

    `adresse_absolue` turns a path into a full address. Unknown values are None, never zero.
    """
    titre, lire = EXPORTS[nom]
    colonnes, lignes = lire(actions)
    adresse = Colonne(
        "Adresse",
        "adresse",
        lambda ligne: adresse_absolue(_action_de(ligne).get_absolute_url()),
        sens="La page de l’action.",
    )
    return Tableau(nom, (*colonnes, adresse), lignes, selection, avertissement, titre)


def tableau_des_constats(
    *, adresse_absolue: Callable[[str], str], avertissement: str = ""
) -> Tableau:
    """Return the visible findings of the diagnosis in the order of their page."""
    adresse = Colonne(
        "Adresse",
        "adresse",
        lambda constat: adresse_absolue(constat.get_absolute_url()),
        sens="Sa place sur la page du diagnostic.",
    )
    lignes = Constat.objects.visibles().for_liste().iterator(chunk_size=LIGNES_A_LA_FOIS)
    colonnes = (*CONSTAT.colonnes(), adresse)
    return Tableau("diagnostic", colonnes, lignes, "Tous les constats", avertissement, "Diagnostic")


def _action_de(ligne: Any) -> Any:
    objet = ligne[0] if isinstance(ligne, tuple) else ligne
    return getattr(objet, "action", objet)
