"""An export is a table of columns; the writers know formats and never models."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import Any, cast

from django.http import StreamingHttpResponse
from django.utils.timezone import localdate

from pacte.socle import licence
from pacte.socle.editeur import editeur

ENTETES_COMMUNES = ["Sélection", "Producteur", "Licence", "Extrait le"]
LICENCE = f"{licence.NOM} ({licence.IDENTIFIANT})"
# What a cell can hold; None is « unknown ».
Valeur = str | bool | int | float | Decimal | date | list[str] | tuple[str, ...] | None
DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r")
# A text that starts with one of them may need to be disarmed.
PREMIERS_SIGNES = {*DEBUTS_DE_FORMULE, "'"}
# Written at once, hence all in memory, each with what surrounds it.
LIGNES_PAR_TRANCHE = 50
OUI_NON = {True: "oui", False: "non", None: ""}
# No text holds the last sign: forms refuse it, and PostgreSQL. The others put between quotes a text
# that holds them.
FIN_DE_LIGNE = "\r\n\0"
# Between the values of a cell that holds several.
SEPARATEUR = " | "


@dataclass(frozen=True)
class Colonne:
    """A French heading, stable as an interface, the JSON key, and how to read the value.

    `valeur` returns text, a number, a date, a list of texts, or None for « unknown ».
    `detail` returns what JSON gives instead, when a cell can only join it: a list of objects.
    `sens` is what a workbook says of the column.
    """

    entete: str
    cle: str
    valeur: Callable[[Any], Any]
    detail: Callable[[Any], list[dict]] | None = None
    sens: str = ""

    def pour_json(self, objet: Any) -> Any:
        return valeur_pour_json((self.detail or self.valeur)(objet))


def en_iso(jour: date) -> str:
    """Return « 2026-03-31 », or « 2026-03-31T08:15:00Z » of an instant, in every file alike."""
    if isinstance(jour, datetime):
        return f"{jour.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return jour.isoformat()


def valeur_pour_json(valeur: Any) -> Any:
    """Return `valeur` as JSON holds it: dates in ISO, amounts as numbers, the rest as it is."""
    if isinstance(valeur, date):
        return en_iso(valeur)
    if isinstance(valeur, Decimal):
        # Twelve digits at most: a float holds them all.
        return int(valeur) if valeur == valeur.to_integral_value() else float(valeur)
    return valeur


@dataclass(frozen=True)
class Tableau:
    """The rows of one export: `selection` says in words which filters made them.

    `nom` names the file and the key of JSON, `titre` the sheet of a workbook; `complement` is what
    JSON says of the table besides. `le` dates rows that no longer change: a workbook of them is the
    same bytes for ever.
    """

    nom: str
    colonnes: tuple[Colonne, ...]
    objets: Iterable
    selection: str
    avertissement: str = ""
    titre: str = ""
    complement: dict[str, Any] = field(default_factory=dict)
    le: date | None = None

    @property
    def portee(self) -> str:
        """The selection, preceded by what must be said of the data."""
        return " – ".join(filter(None, [self.avertissement, self.selection]))


def repondre_csv(tableau: Tableau) -> StreamingHttpResponse:
    """Answer the table as CSV for spreadsheets: `;`, UTF-8 with its mark, by slices.

    The last columns repeat what a file once saved must still say: the selection that it holds,
    who produced it, under which licence, on which day.
    """
    lignes = _lignes_csv(tableau)
    # The first rows are read before the answer starts: a failure is then an error page.
    debut = list(islice(lignes, 2))
    reponse = StreamingHttpResponse(
        _reprendre(debut, lignes), content_type="text/csv; charset=utf-8"
    )
    reponse["Content-Disposition"] = f'attachment; filename="{tableau.nom}.csv"'
    return licence.annoncer(reponse)


def _reprendre(debut: list[str], suite: Iterator[str]) -> Iterator[str]:
    """Yield `debut`, then `suite`; closed, it closes `suite` and the cursor that it reads."""
    yield from debut
    yield from suite


def _lignes_csv(tableau: Tableau) -> Iterator[str]:
    """Yield the headings, then the rows by slices, each column of a slice written at once."""
    yield "\ufeff" + _ecrire([[*(c.entete for c in tableau.colonnes), *ENTETES_COMMUNES]])
    communes = [tableau.portee, editeur().organisme, LICENCE, localdate().isoformat()]
    # They end each row alike: written once.
    fin = f";{_ecrire([list(map(cellule_csv, communes))])}"
    for tranche in par_tranches(tableau.objets):
        colonnes = [_cellules(list(map(c.valeur, tranche))) for c in tableau.colonnes]
        yield _ecrire(zip(*colonnes, strict=True), fin)


def _ecrire(lignes: Iterable[Iterable[str]], fin: str = "\r\n") -> str:
    """Return the rows as CSV, each ended by `fin`, whose characters call for no quotes."""
    tampon = io.StringIO()
    csv.writer(tampon, delimiter=";", lineterminator=FIN_DE_LIGNE).writerows(lignes)
    return tampon.getvalue().replace(FIN_DE_LIGNE, fin)


def par_tranches(objets: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield `objets` by slices, the first ones short: the first byte does not wait."""
    suite = iter(objets)
    for taille in chain((1, 9), repeat(LIGNES_PAR_TRANCHE)):
        tranche = list(islice(suite, taille))
        if not tranche:
            return
        yield tranche


def _cellules(valeurs: list[Valeur]) -> list[str]:
    """Return the cells of a column: the same as `cellule_csv`, faster where all are alike."""
    genres = set(map(type, valeurs)) - {type(None)}
    if genres <= {Decimal}:
        return ["" if v is None else str(v).replace(".", ",") for v in valeurs]
    if genres <= {str}:
        textes = cast(list[str | None], valeurs)
        return [cellule_csv(v) if v and v[0] in PREMIERS_SIGNES else v or "" for v in textes]
    if genres <= {bool}:
        return [OUI_NON[cast(bool | None, valeur)] for valeur in valeurs]
    if genres <= {int}:
        return ["" if v is None else str(v) for v in valeurs]
    return [cellule_csv(valeur) for valeur in valeurs]


def cellule_csv(valeur: Valeur) -> str:
    """Return the cell of a value: empty when unknown, never a formula when it is a text."""
    if valeur is None:
        return ""
    if isinstance(valeur, list | tuple):
        valeur = SEPARATEUR.join(valeur)
    if isinstance(valeur, bool):
        return OUI_NON[valeur]
    if isinstance(valeur, int | float):
        return str(valeur)
    if isinstance(valeur, Decimal):
        return str(valeur).replace(".", ",")
    if isinstance(valeur, date):
        return en_iso(valeur)
    return f"'{valeur}" if valeur.lstrip("'").startswith(DEBUTS_DE_FORMULE) else valeur


def sans_garde(cellule: str) -> str:
    """Return the text that `cellule_csv` wrote as `cellule`: without what disarms a formula."""
    est_gardee = cellule.startswith("'") and cellule.lstrip("'").startswith(DEBUTS_DE_FORMULE)
    return cellule[1:] if est_gardee else cellule


def repondre_json(tableau: Tableau) -> StreamingHttpResponse:
    """Answer the table as JSON, one row at a time: where it comes from, the selection, the rows,
    how many they are."""
    lignes = lignes_json(tableau)
    debut = list(islice(lignes, 2))
    reponse = StreamingHttpResponse(_reprendre(debut, lignes), content_type="application/json")
    return licence.annoncer(reponse)


def lignes_json(tableau: Tableau) -> Iterator[str]:
    """Yield the object of `repondre_json`, one row at a time."""
    entete = {
        **licence.provenance(),
        **tableau.complement,
        "avertissement": tableau.avertissement or None,
        "selection": tableau.selection,
    }
    yield f"{_en_json(entete)[:-1]}, {_en_json(tableau.nom)}: ["
    total = 0
    for objet in tableau.objets:
        ligne = {colonne.cle: colonne.pour_json(objet) for colonne in tableau.colonnes}
        yield f"{',' if total else ''}\n{_en_json(ligne)}"
        total += 1
    yield f'\n], "total": {total}}}\n'


def _en_json(valeur: Any) -> str:
    return json.dumps(valeur, ensure_ascii=False)
