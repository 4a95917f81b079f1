"""The annexes of a frozen report: its figures and its tables as a workbook."""

from collections.abc import Callable
from datetime import date
from operator import itemgetter
from typing import Any

from django.utils.timezone import localtime

from pacte.rapports.faits import Faits
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.recit import nommer
from pacte.socle.tableaux import Colonne, Tableau

COLONNES_DES_CHIFFRES = (
    Colonne("Chiffre", "libelle", itemgetter("libelle"), sens="Ce qui est compté."),
    Colonne("En mots", "texte", itemgetter("texte"), sens="Comme le rapport le dit."),
    Colonne("Valeur", "valeur", itemgetter("valeur"), sens="En nombre ; vide : inconnu."),
    Colonne("Unité", "unite", itemgetter("unite")),
    Colonne("Clé", "cle", itemgetter("cle"), sens="La même d’une année à l’autre."),
)


def annexer(rapport: RapportAnnuel) -> list[Tableau]:
    """Return the sheets of `rapport`, dated of the day when it was frozen."""
    dits = rapport.faits
    fige_le = localtime(rapport.fige_le).date()
    communs: dict[str, Any] = {
        "selection": nommer(dits),
        "avertissement": dits["avertissement"],
        "le": fige_le,
    }
    chiffres = Tableau(
        "chiffres",
        COLONNES_DES_CHIFFRES,
        dits.get("chiffres", []),
        titre="Chiffres",
        **communs,
    )
    return [chiffres, *(_relire(table, communs) for table in dits.get("tableaux", []))]


def _relire(table: Faits, communs: dict[str, Any]) -> Tableau:
    colonnes = tuple(
        Colonne(colonne["entete"], colonne["cle"], _cellule(rang), sens=colonne["sens"])
        for rang, colonne in enumerate(table["colonnes"])
    )
    return Tableau(table["nom"], colonnes, table["lignes"], titre=table["titre"], **communs)


def _cellule(rang: int) -> Callable[[list[Any]], Any]:
    """Return the reader of a cell: a day written in ISO is a date again."""

    def lire(ligne: list[Any]) -> Any:
        valeur = ligne[rang]
        if isinstance(valeur, str) and len(valeur) == 10:
            try:
                return date.fromisoformat(valeur)
            except ValueError:
                return valeur
        return valeur

    return lire
