"""The annexes of a frozen report: its figures and its tables as a workbook."""

from collections.abc import Callable
from datetime import date
from operator import itemgetter
from typing import Any

from django.utils.timezone import localtime

from pacte.rapports.faits import SENS_DE_LA_VALEUR, SENS_DE_PARTIEL, Faits
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.recit import nommer
from pacte.socle.tableaux import Colonne, Tableau

COLONNES_DES_CHIFFRES = (
    Colonne("Chiffre", "libelle", itemgetter("libelle"), sens="Ce qui est compté."),
    Colonne("En mots", "texte", itemgetter("texte"), sens="Comme le rapport le dit."),
    Colonne("Valeur", "valeur", itemgetter("valeur"), sens=SENS_DE_LA_VALEUR),
    Colonne("Partiel", "est_partiel", itemgetter("est_partiel"), sens=SENS_DE_PARTIEL),
    Colonne("Unité", "unite", itemgetter("unite")),
    Colonne("Clé", "cle", itemgetter("cle"), sens="La même d’une année à l’autre."),
)


COLONNES_DES_CHANGEMENTS = (
    Colonne("Chiffre", "libelle", itemgetter("libelle"), sens="Ce qui est compté."),
    Colonne("Avant", "avant", itemgetter("avant"), sens="Dans le rapport précédent."),
    Colonne("Dans ce rapport", "apres", itemgetter("apres")),
)


def annexer(rapport: RapportAnnuel) -> list[Tableau]:
    """Return the sheets of `rapport`, dated of the day when it was frozen."""
    dits = rapport.faits
    fige_le = localtime(rapport.fige_le).date()
    communs: dict[str, Any] = {
        "selection": nommer(dits),
        "avertissement": " – ".join(filter(None, [dits["avertissement"], _projet(rapport)])),
        "le": fige_le,
    }
    chiffres = Tableau(
        "chiffres",
        COLONNES_DES_CHIFFRES,
        dits.get("chiffres", []),
        titre="Chiffres",
        **communs,
    )
    changements = Tableau(
        "changements",
        COLONNES_DES_CHANGEMENTS,
        dits.get("changements", []),
        titre="Changements",
        **communs,
    )
    return [chiffres, changements, *(_relire(table, communs) for table in dits.get("tableaux", []))]


def _projet(rapport: RapportAnnuel) -> str:
    return "" if rapport.est_accordee else "Projet de rapport, qui n’a pas paru"


def _relire(table: Faits, communs: dict[str, Any]) -> Tableau:
    colonnes = tuple(
        Colonne(c["entete"], c["cle"], _cellule(rang, c["est_une_date"]), sens=c["sens"])
        for rang, c in enumerate(table["colonnes"])
    )
    return Tableau(table["nom"], colonnes, table["lignes"], titre=table["titre"], **communs)


def _cellule(rang: int, est_une_date: bool) -> Callable[[list[Any]], Any]:
    """Return the reader of a cell of a frozen row, whose dates are in ISO."""

    def lire(ligne: list[Any]) -> Any:
        valeur = ligne[rang]
        return date.fromisoformat(valeur[:10]) if est_une_date and valeur else valeur

    return lire
