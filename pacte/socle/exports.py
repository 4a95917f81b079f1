"""What a table may be downloaded as: one list of formats for every export of the site."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from django.http.response import HttpResponseBase
from django.urls import reverse

from pacte.socle.classeurs import repondre_classeur
from pacte.socle.tableaux import Tableau, repondre_csv, repondre_json


def _en_classeur(tableau: Tableau, format_export: str) -> HttpResponseBase:
    return repondre_classeur([tableau], format_export, tableau.nom)


# End of the address → how a page names it, and what answers it.
FORMATS_CONNUS: dict[str, tuple[str, Callable[[Tableau], HttpResponseBase]]] = {
    "csv": ("CSV", repondre_csv),
    "xlsx": ("Excel", partial(_en_classeur, format_export="xlsx")),
    "ods": ("LibreOffice", partial(_en_classeur, format_export="ods")),
    "json": ("JSON", repondre_json),
}
FORMATS = "|".join(FORMATS_CONNUS)


def repondre(tableau: Tableau, format_export: str) -> HttpResponseBase:
    """Answer `tableau` in one of `FORMATS_CONNUS`; its rows are read as they are written."""
    _nom, repondre_en = FORMATS_CONNUS[format_export]
    return repondre_en(tableau)


@dataclass(frozen=True)
class Sortie:
    """One table that a page offers: its name, and each format with its address."""

    titre: str
    adresses: list[tuple[str, str]]


def proposer(
    titre: str,
    route: str,
    parametres: str = "",
    formats: Collection[str] = FORMATS_CONNUS,
    **arguments: str,
) -> Sortie:
    """Return some formats of an export; `parametres` is the query string of the list on screen."""
    return Sortie(
        titre,
        [
            (nom, reverse(route, kwargs={**arguments, "format_export": cle}) + parametres)
            for cle, (nom, _repondre) in FORMATS_CONNUS.items()
            if cle in formats
        ],
    )
