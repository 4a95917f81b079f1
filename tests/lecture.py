"""What an answer says, as whoever asked for it reads it."""

import csv
import io
import zipfile
from html import unescape

from django.http import HttpResponseBase
from django.test import Client
from pypdf import PdfReader
from pypdf.errors import PyPdfError


def en_texte(corps: bytes) -> str:
    """Return the text of a body; of a workbook, that of every sheet and of its shared strings; of a
    PDF, that of its pages."""
    if corps.startswith(b"%PDF"):
        return _texte_du_pdf(corps)
    if not corps.startswith(b"PK"):
        return corps.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(corps)) as archive:
        return "\n".join(archive.read(nom).decode() for nom in archive.namelist())


def _texte_du_pdf(corps: bytes) -> str:
    """Return the text of the pages, words cut at the end of a line made whole."""
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(corps)).pages]
    except PyPdfError:  # what tests hand over as a document
        return corps.decode()
    return "\n".join(pages).replace("\u00ad\n", "")


def contenu(reponse: HttpResponseBase) -> str:
    """Return the text of an answer, streamed or not, without the mark of spreadsheets."""
    return en_texte(reponse.getvalue())


def lisible(texte: str) -> str:
    """Return `texte` with every run of blanks, line breaks and French spaces made one space."""
    return " ".join(texte.replace("\u202f", " ").replace("\u00a0", " ").split())


def lire(client: Client, adresse: str, **parametres: str) -> str:
    """Return what a page says, its blanks made single and its entities decoded."""
    return lisible(unescape(contenu(client.get(adresse, parametres or None))))


def lignes_csv(reponse: HttpResponseBase) -> list[dict[str, str]]:
    """Return the rows of a download, by their headings."""
    return list(csv.DictReader(io.StringIO(contenu(reponse), newline=""), delimiter=";"))
