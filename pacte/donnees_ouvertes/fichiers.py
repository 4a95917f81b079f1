"""The files: a CSV for programs, the other formats of the site, and what tells two apart.

Rows are written to a temporary file before the first byte is sent: its mark (ETag) is that of its
content, and memory does not grow with the rows.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from tempfile import TemporaryFile
from typing import IO

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from pacte.donnees_ouvertes.jeux import Jeu
from pacte.donnees_ouvertes.schemas import NON, OUI
from pacte.socle import licence
from pacte.socle.exports import repondre
from pacte.socle.tableaux import Tableau, Valeur, cellule_csv, lignes_json, par_tranches

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def repondre_fichier(
    request: HttpRequest, jeu: Jeu, format_export: str, *, avertissement: str, change_le: datetime
) -> HttpResponseBase:
    """Answer `jeu` in one of the formats of the site, or 304 to whoever has what it says.

    `change_le` is when its content last changed.
    """
    ecrire = lignes_json if format_export == "json" else lignes_csv
    fichier, empreinte = _mettre_de_cote(ecrire(jeu.tableau(avertissement)))
    marque, instant = f'W/"{empreinte}-{format_export}"', int(change_le.timestamp())
    reponse: HttpResponseBase | None = get_conditional_response(request, marque, instant)
    if reponse is None and format_export in TYPES:
        reponse = licence.annoncer(FileResponse(fichier, content_type=TYPES[format_export]))
    else:
        fichier.close()
    # The same rows: a workbook tells the hour at which it was written, and has no mark of its own.
    reponse = reponse or repondre(jeu.tableau(avertissement), format_export)
    if reponse.status_code == HTTPStatus.OK:
        nom = f"{jeu.nom}.{format_export}"
        reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["ETag"], reponse["Last-Modified"] = marque, http_date(instant)
    return reponse


def _mettre_de_cote(lignes: Iterable[str]) -> tuple[IO[bytes], str]:
    """Write `lignes` to a file that is erased once closed; return it, rewound, and its digest."""
    # Closed by the answer that sends it.
    fichier = TemporaryFile()  # noqa: SIM115
    empreinte = hashlib.sha256()
    try:
        for ligne in lignes:
            octets = ligne.encode()
            empreinte.update(octets)
            fichier.write(octets)
    except BaseException:
        fichier.close()
        raise
    fichier.seek(0)
    return fichier, empreinte.hexdigest()[:32]


def lignes_csv(tableau: Tableau) -> Iterator[str]:
    """Yield the rows for programs: comma, decimal point, ISO dates, an empty cell for unknown."""
    yield _ecrire([[colonne.entete for colonne in tableau.colonnes]])
    for tranche in par_tranches(tableau.objets):
        colonnes = [[cellule(c.valeur(objet)) for objet in tranche] for c in tableau.colonnes]
        yield _ecrire(zip(*colonnes, strict=True))


def cellule(valeur: Valeur) -> str:
    """Return the cell of a value; a text that a spreadsheet would run is disarmed."""
    if isinstance(valeur, bool):
        return OUI if valeur else NON
    if isinstance(valeur, Decimal):
        return f"{valeur:f}"
    return cellule_csv(valeur)


def _ecrire(lignes: Iterable[Iterable[str]]) -> str:
    tampon = io.StringIO()
    csv.writer(tampon).writerows(lignes)
    return tampon.getvalue()
