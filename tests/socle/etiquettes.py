"""The structure of a tagged PDF, as an assistive technology walks it."""

from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader


def etiquettes(lecteur: PdfReader, cle: str = "/S") -> list[str]:
    """Return what each element of the structure says under `cle`, in reading order.

    « /S » is its kind, « /Alt » its alternative text, « /Scope » that of a heading.
    """
    racine = lecteur.trailer["/Root"]["/StructTreeRoot"]
    return [valeur for element in _parcourir(racine) for valeur in _dites(element, cle)]


def lire_dans_l_ordre(lecteur: PdfReader) -> str:
    """Return the text of every page, runs of spaces as one."""
    texte = " ".join(page.extract_text() for page in lecteur.pages)
    return " ".join(texte.split())


def _parcourir(element: Any) -> Iterator[Any]:
    element = element.get_object() if hasattr(element, "get_object") else element
    if not hasattr(element, "get"):
        return
    yield element
    enfants = element.get("/K", [])
    enfants = enfants.get_object() if hasattr(enfants, "get_object") else enfants
    for enfant in enfants if isinstance(enfants, list) else [enfants]:
        yield from _parcourir(enfant)


def _dites(element: Any, cle: str) -> Iterator[str]:
    attributs = element.get("/A", [])
    attributs = attributs.get_object() if hasattr(attributs, "get_object") else attributs
    for source in [element, *(attributs if isinstance(attributs, list) else [attributs])]:
        source = source.get_object()
        if cle in source:
            yield str(source[cle])
