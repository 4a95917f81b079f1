"""Workbooks: the same tables as sheets of an XLSX or ODS file, written row by row.

Numbers are numbers, dates are dates, unknown is an empty cell, and a text is never a formula. The
first sheet says what the file holds, who produced it, when, and what each column means.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
from django.http import FileResponse
from django.utils.timezone import localdate

from pacte.socle import licence
from pacte.socle.editeur import editeur
from pacte.socle.tableaux import LICENCE, SEPARATEUR, Tableau, Valeur
from pacte.socle.texte import INTERDITS

A_PROPOS = "À propos"
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
# What a cell of XLSX can hold; a longer text says where it was cut.
SIGNES_PAR_CELLULE = 32_767
COUPE = " […texte coupé : trop long pour un tableur]"
ENTETE, DATE = "entete", "date"
Cellule = str | int | float | date | None


def repondre_classeur(tableaux: Sequence[Tableau], format_export: str, nom: str) -> FileResponse:
    """Answer `tableaux` as one workbook, whose memory does not grow with the rows.

    It is written to a temporary file first: an archive has its table of contents at its end.
    """
    # Closed, hence erased, when the answer is.
    fichier = TemporaryFile()  # noqa: SIM115
    try:
        ECRIVAINS[format_export](tableaux, fichier)
    except BaseException:
        fichier.close()
        raise
    fichier.seek(0)
    reponse = FileResponse(
        fichier,
        as_attachment=True,
        filename=f"{nom}.{format_export}",
        content_type=TYPES[format_export],
    )
    return licence.annoncer(reponse)


def ecrire_xlsx(tableaux: Sequence[Tableau], fichier: IO[bytes]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(fichier, options) as classeur:
        if tableaux[0].le:
            classeur.set_properties({"created": datetime.combine(tableaux[0].le, time.min)})
        styles = {
            ENTETE: classeur.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            DATE: classeur.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for titre, lignes in _feuilles(tableaux):
            feuille = classeur.add_worksheet(titre)
            feuille.freeze_panes(1, 0)
            feuille.set_column(0, 40, 18)
            for rang, cellules in enumerate(lignes):
                _ecrire_la_ligne(feuille, rang, cellules, styles)


def _ecrire_la_ligne(
    feuille: Any, rang: int, cellules: list[Cellule], styles: dict[str, Any]
) -> None:
    for colonne, cellule in enumerate(cellules):
        if isinstance(cellule, str):
            feuille.write_string(rang, colonne, cellule, None if rang else styles[ENTETE])
        elif isinstance(cellule, date):
            feuille.write_datetime(rang, colonne, cellule, styles[DATE])
        elif cellule is not None:
            feuille.write_number(rang, colonne, cellule)


def ecrire_ods(tableaux: Sequence[Tableau], fichier: IO[bytes]) -> None:
    with zipfile.ZipFile(fichier, "w", zipfile.ZIP_DEFLATED) as archive:
        # The format wants the first entry bare, so that a program knows the file by its start.
        archive.writestr("mimetype", TYPES["ods"], zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFESTE)
        with archive.open("content.xml", "w", force_zip64=True) as contenu:
            for morceau in _contenu_ods(tableaux):
                contenu.write(morceau.encode())


def _contenu_ods(tableaux: Sequence[Tableau]) -> Iterator[str]:
    yield DEBUT_ODS
    for titre, lignes in _feuilles(tableaux):
        yield f"<table:table table:name={quoteattr(titre)}>"
        for cellules in lignes:
            yield f"<table:table-row>{''.join(map(_cellule_ods, cellules))}</table:table-row>"
        yield "</table:table>"
    yield FIN_ODS


def _cellule_ods(cellule: Cellule) -> str:
    if cellule is None:
        return "<table:table-cell/>"
    if isinstance(cellule, str):
        lignes = "".join(f"<text:p>{_blancs_ods(ligne)}</text:p>" for ligne in cellule.split("\n"))
        return f'<table:table-cell office:value-type="string">{lignes}</table:table-cell>'
    if isinstance(cellule, date):
        jour = cellule.isoformat()
        return (
            f'<table:table-cell table:style-name="jour" office:value-type="date" '
            f'office:date-value="{jour}"><text:p>{jour}</text:p></table:table-cell>'
        )
    return (
        f'<table:table-cell office:value-type="float" office:value="{cellule}">'
        f"<text:p>{cellule}</text:p></table:table-cell>"
    )


def _blancs_ods(ligne: str) -> str:
    """Return `ligne` as XML that keeps its spaces: a run of them would be read as one."""
    return re.sub("^ | (?= )| $", "<text:s/>", escape(ligne))


ECRIVAINS = {"xlsx": ecrire_xlsx, "ods": ecrire_ods}


def _feuilles(tableaux: Sequence[Tableau]) -> Iterator[tuple[str, Iterable[list[Cellule]]]]:
    """Yield the title and the rows of each sheet, its headings first."""
    for tableau in tableaux:
        entetes: list[Cellule] = [colonne.entete for colonne in tableau.colonnes]
        yield _titre(tableau), chain([entetes], _lignes(tableau))
    yield A_PROPOS, _dire_a_propos(tableaux)


def _titre(tableau: Tableau) -> str:
    # What Excel accepts.
    return (tableau.titre or tableau.nom)[:31]


def _lignes(tableau: Tableau) -> Iterator[list[Cellule]]:
    for objet in tableau.objets:
        yield [cellule(colonne.valeur(objet)) for colonne in tableau.colonnes]


def _dire_a_propos(tableaux: Sequence[Tableau]) -> Iterator[list[Cellule]]:
    yield ["Feuille", "Colonne", "Sens"]
    yield [None, "Producteur", editeur().organisme]
    yield [None, "Licence", LICENCE]
    yield [None, "Extrait le", tableaux[0].le or localdate()]
    for tableau in tableaux:
        titre = _titre(tableau)
        yield [titre, "Sélection", tableau.portee]
        for colonne in tableau.colonnes:
            yield [titre, colonne.entete, colonne.sens or None]


def sans_superflu(texte: str) -> str:
    """Return `texte` as any spreadsheet gives it back: its line ends alike, a tab a space."""
    lignes = texte.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return INTERDITS.sub("", lignes)


def cellule(valeur: Valeur) -> Cellule:
    """Return what a sheet holds for `valeur`: yes and no in French, a list joined by « | »."""
    if valeur is None or valeur == []:
        return None
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, Decimal):
        return float(valeur)
    if isinstance(valeur, datetime):
        return valeur.date()
    if isinstance(valeur, list | tuple):
        valeur = SEPARATEUR.join(valeur)
    if isinstance(valeur, str):
        texte = sans_superflu(valeur)
        trop_long = len(texte) > SIGNES_PAR_CELLULE
        return texte[: SIGNES_PAR_CELLULE - len(COUPE)] + COUPE if trop_long else texte
    return valeur


MANIFESTE = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPES["ods"]}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
DEBUT_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.3" '
    + " ".join(
        f'xmlns:{prefixe}="{_OASIS}:{nom}:1.0"'
        for prefixe, nom in [
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("number", "datastyle"),
        ]
    )
    + '><office:automatic-styles><number:date-style style:name="iso">'
    '<number:year number:style="long"/><number:text>-</number:text>'
    '<number:month number:style="long"/><number:text>-</number:text>'
    '<number:day number:style="long"/></number:date-style>'
    '<style:style style:name="jour" style:family="table-cell" style:data-style-name="iso"/>'
    "</office:automatic-styles><office:body><office:spreadsheet>"
)
FIN_ODS = "</office:spreadsheet></office:body></office:document-content>"
