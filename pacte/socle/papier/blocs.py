"""The blocks of a printed text: the same ones on a page, in a PDF and in an ODT.

They hold words, already in French, and compute nothing; each layout puts the spaces of French.
`modele.typ` and `templates/papier/` say how each kind looks.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any, ClassVar

import qrcode
from django.utils.text import slugify
from qrcode.image.svg import SvgPathImage


@dataclass(frozen=True)
class Bloc:
    """One block; `genre` names its layout, the same for every support."""

    genre: ClassVar[str]

    def en_donnees(self) -> dict[str, Any]:
        return {"genre": self.genre, **asdict(self)}

    @property
    def sur_une_page(self) -> str:
        return f"papier/html/{self.genre}.html"

    @property
    def en_odt(self) -> str:
        return f"papier/odt/{self.genre}.xml"


@dataclass(frozen=True)
class Titre(Bloc):
    """A heading inside the text, whose own title is of level 1: levels 2 to 4, none skipped."""

    genre: ClassVar[str] = "titre"
    texte: str
    niveau: int = 2

    @property
    def ancre(self) -> str:
        """What an address of a part of the page says, for the main parts; "" for others."""
        return slugify(self.texte) if self.niveau == 2 else ""


@dataclass(frozen=True)
class Paragraphe(Bloc):
    genre: ClassVar[str] = "paragraphe"
    texte: str


@dataclass(frozen=True)
class Encadre(Bloc):
    """A warning that nobody may overlook."""

    genre: ClassVar[str] = "encadre"
    texte: str


@dataclass(frozen=True)
class Lien(Bloc):
    genre: ClassVar[str] = "lien"
    texte: str
    adresse: str


@dataclass(frozen=True)
class Liste(Bloc):
    genre: ClassVar[str] = "liste"
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Reperes(Bloc):
    """Names, each with its value."""

    genre: ClassVar[str] = "reperes"
    lignes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entete:
    """The heading of a column: its share of the width, and whether it holds numbers."""

    texte: str
    part: int = 1
    est_nombre: bool = False


@dataclass(frozen=True)
class Grille(Bloc):
    """A table: a caption, headings, rows as long as they; the first column names the row."""

    genre: ClassVar[str] = "grille"
    legende: str
    entetes: tuple[Entete, ...]
    lignes: tuple[tuple[str, ...], ...]

    @property
    def est_chiffree(self) -> bool:
        """Tell whether every column but the first holds numbers."""
        return all(entete.est_nombre for entete in self.entetes[1:])

    @property
    def rangees(self) -> Iterator[tuple[str, list[tuple[Entete, str]]]]:
        """Each row: what names it, then its other cells, each with the heading of its column."""
        for tete, *reste in self.lignes:
            yield tete, list(zip(self.entetes[1:], reste, strict=True))


@dataclass(frozen=True)
class CodeQr(Bloc):
    """An address that a telephone reads, written out beside it."""

    genre: ClassVar[str] = "code_qr"
    texte: str
    adresse: str

    @cached_property
    def image(self) -> str:
        """The code as SVG."""
        fichier = BytesIO()
        qrcode.make(self.adresse, image_factory=SvgPathImage, border=2).save(fichier)
        return fichier.getvalue().decode()

    @property
    def image_en_base64(self) -> str:
        return b64encode(self.image.encode()).decode()

    def en_donnees(self) -> dict[str, Any]:
        return {**super().en_donnees(), "image": self.image}


@dataclass(frozen=True)
class Ecrit:
    """A whole text. `le` dates the file: the same text of the same day is the same bytes.

    `pied` stands at the foot of each page, `auteur` and `sous_titre` in what a reader shows of the
    file. `sinon` says the same in less and less: a PDF prints the first that takes no more than
    `pages_au_plus`, or the last.
    """

    titre: str
    sous_titre: str
    auteur: str
    le: datetime
    pied: str
    blocs: Sequence[Bloc]
    pages_au_plus: int = 0
    sinon: Sequence["Ecrit"] = ()

    @property
    def sommaire(self) -> list[Titre]:
        """The main parts."""
        return [bloc for bloc in self.blocs if isinstance(bloc, Titre) and bloc.ancre]

    def en_donnees(self) -> dict[str, Any]:
        return {
            "titre": self.titre,
            "sous_titre": self.sous_titre,
            "auteur": self.auteur,
            "pied": self.pied,
            "blocs": [bloc.en_donnees() for bloc in self.blocs],
        }
