"""The program that `documents.py` runs for each PDF that comes in: it says why it is refused.

It reads the file on its input and writes one word, or nothing when the PDF opens and runs nothing.
It bounds its own memory and time, since the file may be made to exhaust the reader.
"""

import io
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

OCTETS_AU_PLUS, SECONDES_AU_PLUS = 2**30, 15
# Names that make a PDF do something → the word for it. Signatures are not among them.
AGISSANTS = {
    "/JavaScript": "script",
    "/JS": "script",
    "/Launch": "lancement",
    "/EmbeddedFile": "joint",
    "/EmbeddedFiles": "joint",
    "/EF": "joint",
    "/RichMedia": "multimedia",
    "/XFA": "formulaire",
}
# In the text of the file as well: a reader that mends a file finds what no table lists. Short
# names are left out, which a text may hold by chance.
EN_CLAIR = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)(?=[\s/<>\[\]()])", re.DOTALL
)
FLUX = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)


def examiner(contenu: bytes) -> str:
    """Return why the PDF is refused, « » when nothing is wrong with it."""
    try:
        lecteur = PdfReader(io.BytesIO(contenu))
        if lecteur.is_encrypted:
            return "chiffre"
        if not len(lecteur.pages):
            return "vide"
        noms = [*_noms_en_clair(contenu), *_noms_des_objets(lecteur)]
    # A library that reads what was made to break it: whatever it raises, the file does not open.
    except (PyPdfError, ArithmeticError, LookupError, MemoryError, OSError, RecursionError):
        return "illisible"
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return "illisible"
    return next((AGISSANTS[nom] for nom in noms if nom in AGISSANTS), "")


def _noms_en_clair(contenu: bytes) -> Iterator[str]:
    """Yield the names that act, written outside of the streams; « #61 » is a way to write « a »."""
    decode = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), FLUX.sub(b"", contenu))
    yield from (trouve[0].decode() for trouve in EN_CLAIR.finditer(decode))


def _noms_des_objets(lecteur: PdfReader) -> Iterator[str]:
    """Yield the keys and the names of every object that the tables of the file list."""
    numeros = {*lecteur.xref_objStm, *(n for table in lecteur.xref.values() for n in table)}
    for numero in sorted(numeros):
        # An entry of the table that leads nowhere is common, and shows nothing.
        with suppress(PyPdfError):
            yield from _noms(lecteur.get_object(numero))
    yield from _noms(lecteur.trailer)


def _noms(objet: Any) -> Iterator[str]:
    """Yield the keys and the names inside one object; what it points to has its own number."""
    restants = [objet]
    while restants:
        objet = restants.pop()
        if isinstance(objet, DictionaryObject):
            yield from objet.keys()
            restants.extend(objet.raw_get(cle) for cle in objet)
        elif isinstance(objet, ArrayObject):
            restants.extend(list.__iter__(objet))
        elif isinstance(objet, NameObject):
            yield str(objet)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (OCTETS_AU_PLUS, OCTETS_AU_PLUS))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES_AU_PLUS, SECONDES_AU_PLUS))
    sys.stdout.write(examiner(sys.stdin.buffer.read()))
