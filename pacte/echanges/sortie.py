"""Officers' tables: every row, drafts included, exact values, in the columns that come back."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from pacte.echanges.feuilles import DU_MODELE, FEUILLES, Feuille
from pacte.socle.exports import Sortie, proposer
from pacte.socle.tableaux import Tableau

LIGNES_A_LA_FOIS = 1000


def tableau_de(
    feuille: Feuille,
    lignes: QuerySet[Any] | None,
    *,
    selection: str,
    avertissement: str = "",
) -> Tableau:
    """Return `lignes`, rows of the sheet's model, as a table read as it is written.

    None gives the headings alone: a template to fill.
    """
    declaration = feuille.declaration
    if lignes is None:
        colonnes = declaration.colonnes(interne=True)
        objets: Iterable[Any] = ()
    elif declaration.se_lit_en_tuples(interne=True):
        colonnes, chemins = declaration.colonnes_de_tuples(interne=True)
        objets = lignes.values_list(*chemins).iterator(chunk_size=LIGNES_A_LA_FOIS)
    else:
        colonnes = declaration.colonnes(interne=True)
        objets = lignes.iterator(chunk_size=LIGNES_A_LA_FOIS)
    return Tableau(feuille.nom, colonnes, objets, selection, avertissement, feuille.titre)


def tout_sortir(*, modele: bool = False, avertissement: str = "") -> list[Tableau]:
    """Return every sheet, with its rows or, for a `modele`, its headings alone."""
    return [
        tableau_de(
            feuille,
            None if modele else feuille.lignes(),
            selection="Modèle à remplir" if modele else "Tout le Pacte",
            avertissement=avertissement,
        )
        for feuille in FEUILLES
    ]


def exports_de(modele: type[Model], parametres: str) -> list[Sortie]:
    """Return what the list of `modele` may be downloaded as, nothing when it has no sheet."""
    feuille = DU_MODELE.get(modele)
    if feuille is None:
        return []
    return [
        proposer(
            f"les {feuille.titre.lower()}",
            "admin:pacte_importation_feuille",
            parametres,
            nom=feuille.nom,
        )
    ]
