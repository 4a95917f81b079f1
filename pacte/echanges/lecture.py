"""What an officer brings, whatever its format, as sheets of rows; refused when it is too much.

Nothing here knows the nouns: a row is a heading → cell mapping, with the line that a spreadsheet
shows.
"""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook
from xlsxwriter.utility import xl_rowcol_to_cell

from pacte.socle.classeurs import A_PROPOS
from pacte.socle.tableaux import sans_garde

OCTETS_AU_PLUS = 10 * 2**20
OCTETS_DEPLIES_AU_PLUS = 100 * 2**20
LIGNES_AU_PLUS = 20_000
COLONNES_AU_PLUS = 200
# Rows without anything, which spreadsheets leave at the end, on top of the others.
VIDES_AU_PLUS = 100_000
ESSAI = Path(__file__).with_name("essai_de_lecture.py")
SECONDES_AU_PLUS = 40
FORMATS_LUS = "CSV, XLSX, ODS ou JSON"
CLASSEUR_FERME = "Ce classeur ne s’ouvre pas : est-il protégé par un mot de passe, ou abîmé ?"


class FichierIllisible(Exception):
    """The file cannot be read at all; the message is for whoever brought it."""


@dataclass(frozen=True)
class LigneLue:
    """One row, with its number as spreadsheets show it."""

    numero: int
    cellules: dict[str, Any]


@dataclass(frozen=True)
class FeuilleLue:
    """One sheet: its title, its headings in order, its rows without the empty ones."""

    titre: str
    entetes: list[str]
    lignes: list[LigneLue] = field(default_factory=list)


def lire_fichier(nom: str, contenu: bytes) -> list[FeuilleLue]:
    """Return the sheets of a file, those that hold nothing left out.

    Raises FichierIllisible, with a sentence, when it is no such file or holds too much.
    """
    fichier = PurePath(nom)
    if len(contenu) > OCTETS_AU_PLUS:
        raise FichierIllisible(f"Ce fichier dépasse {OCTETS_AU_PLUS // 2**20} Mo.")
    if not contenu.strip():
        raise FichierIllisible("Ce fichier est vide.")
    lecteur = LECTEURS.get(fichier.suffix.lower())
    if lecteur is None:
        raise FichierIllisible(f"« {fichier.suffix} » ne se lit pas ici : donner {FORMATS_LUS}.")
    feuilles = [feuille for feuille in lecteur(fichier.stem, contenu) if feuille.lignes]
    _borner(sum(len(feuille.lignes) for feuille in feuilles))
    return feuilles


def _borner(lignes: int, colonnes: int = 0) -> None:
    """Raise FichierIllisible when there are too many lines, or columns, to be read."""
    if lignes > LIGNES_AU_PLUS:
        raise FichierIllisible(
            f"Ce fichier compte plus de {LIGNES_AU_PLUS} lignes : le couper en plusieurs."
        )
    if colonnes > COLONNES_AU_PLUS:
        raise FichierIllisible(
            f"Ce fichier compte {colonnes} colonnes : {COLONNES_AU_PLUS} au plus."
        )


def _lire_csv(titre: str, contenu: bytes) -> list[FeuilleLue]:
    texte = _decoder(contenu)
    entete = texte.partition("\n")[0]
    separateur = max(";\t,", key=entete.count)
    lignes = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    rangees = ([sans_garde(cellule) for cellule in ligne] for ligne in lignes)
    try:
        return [_en_feuille(titre, rangees)]
    except csv.Error as erreur:
        raise FichierIllisible(
            f"Ligne {lignes.line_num} : un guillemet n’est pas fermé, ou le fichier n’est pas un "
            "CSV."
        ) from erreur


def _decoder(contenu: bytes) -> str:
    """Return the text of `contenu`, in UTF-8 or as Excel for Windows saves it."""
    try:
        return contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if b"\0" in contenu:
        raise FichierIllisible("Ce fichier n’est pas un texte : l’enregistrer en CSV.")
    return contenu.decode("cp1252", errors="replace")


def _lire_json(titre: str, contenu: bytes) -> list[FeuilleLue]:
    try:
        donnees = json.loads(contenu)
    except (ValueError, RecursionError) as erreur:
        raise FichierIllisible("Ce fichier n’est pas du JSON.") from erreur
    if not isinstance(donnees, dict):
        donnees = {titre: donnees}
    return [
        _en_feuille_json(nom, objets) for nom, objets in donnees.items() if _sont_des_objets(objets)
    ]


def _sont_des_objets(valeur: Any) -> bool:
    return isinstance(valeur, list) and all(isinstance(objet, dict) for objet in valeur)


def _en_feuille_json(nom: str, objets: list[dict[str, Any]]) -> FeuilleLue:
    _borner(len(objets))
    cles = list(dict.fromkeys(cle for objet in objets for cle in objet))
    lignes = [LigneLue(rang, objet) for rang, objet in enumerate(objets, start=1)]
    return FeuilleLue(nom, cles, lignes)


def _lire_classeur(titre: str, contenu: bytes) -> list[FeuilleLue]:
    _peser_l_archive(contenu)
    _essayer_a_part(contenu)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(contenu)) as classeur:
            noms = [nom for nom in classeur.sheet_names if nom != A_PROPOS]
            return [_lire_la_feuille(classeur.get_sheet_by_name(nom)) for nom in noms]
    except (CalamineError, OSError) as erreur:
        raise FichierIllisible(CLASSEUR_FERME) from erreur


def _peser_l_archive(contenu: bytes) -> None:
    """Refuse a workbook that unpacks to too much, or that holds a program."""
    try:
        entrees = zipfile.ZipFile(io.BytesIO(contenu)).infolist()
    except zipfile.BadZipFile as erreur:
        raise FichierIllisible("Ce fichier n’est pas un classeur XLSX ou ODS.") from erreur
    if sum(entree.file_size for entree in entrees) > OCTETS_DEPLIES_AU_PLUS:
        raise FichierIllisible("Ce classeur, une fois déplié, est trop gros.")
    noms = [entree.filename.lower() for entree in entrees]
    if any("vbaproject" in nom or nom.startswith(("basic/", "scripts/")) for nom in noms):
        raise FichierIllisible("Ce classeur contient des macros : l’enregistrer sans elles.")


def _essayer_a_part(contenu: bytes) -> None:
    """Refuse a workbook that does not open, or not in a bounded memory and time."""
    try:
        essai = subprocess.run(
            [sys.executable, "-I", ESSAI],
            input=contenu,
            capture_output=True,
            timeout=SECONDES_AU_PLUS,
        )
        code = essai.returncode
    except subprocess.TimeoutExpired:
        code = -1
    if code < 0:
        raise FichierIllisible(
            "Ce classeur est démesuré : une cellule remplie très loin des autres, ou une feuille "
            "a trop de lignes. Effacer ce qui dépasse, ou la couper en plusieurs."
        )
    if code:
        raise FichierIllisible(CLASSEUR_FERME)


def _lire_la_feuille(feuille: CalamineSheet) -> FeuilleLue:
    fusions = feuille.merged_cell_ranges or []
    if fusions:
        (ligne, colonne), _fin = fusions[0]
        ou = xl_rowcol_to_cell(ligne, colonne)
        raise FichierIllisible(
            f"Feuille « {feuille.name} » : des cellules sont fusionnées à partir de {ou}. Les "
            "séparer, une valeur par cellule."
        )
    if feuille.total_height > LIGNES_AU_PLUS * 2 or feuille.total_width > COLONNES_AU_PLUS:
        raise FichierIllisible(
            f"Feuille « {feuille.name} » : {feuille.total_height} lignes et {feuille.total_width} "
            f"colonnes. Au plus {LIGNES_AU_PLUS} lignes et {COLONNES_AU_PLUS} colonnes : la couper "
            "en plusieurs."
        )
    return _en_feuille(feuille.name, feuille.to_python(skip_empty_area=False))


def _en_feuille(titre: str, rangees: Iterable[list[Any]]) -> FeuilleLue:
    """Return the rows under the first one that is not empty, which holds the headings."""
    entetes: list[str] = []
    lignes: list[LigneLue] = []
    for numero, rangee in enumerate(rangees, start=1):
        _borner(max(len(lignes), numero - VIDES_AU_PLUS), len(rangee))
        if all(cellule in ("", None) for cellule in rangee):
            continue
        if not entetes:
            entetes = [str(cellule).strip() for cellule in rangee]
        else:
            cellules = zip(entetes, rangee, strict=False)
            lignes.append(LigneLue(numero, {nom: valeur for nom, valeur in cellules if nom}))
    return FeuilleLue(titre, [nom for nom in entetes if nom], lignes)


LECTEURS = {
    ".csv": _lire_csv,
    ".txt": _lire_csv,
    ".json": _lire_json,
    ".xlsx": _lire_classeur,
    ".ods": _lire_classeur,
}
