"""The file: a tar that a manifest opens, then the database, then the documents.

Whatever is read is compared with the manifest; nothing is read whole into memory.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pacte.sauvegarde.chiffrement import Chiffreur, Dechiffreur, est_chiffre
from pacte.sauvegarde.refus import SauvegardeRefusee

FORMAT = 1
MANIFESTE, DOCUMENTS = "manifeste.json", "documents"
BLOC = 1 << 18
# A manifest names every document: far above what a portal holds.
MANIFESTE_MAXIMAL = 64 << 20
ABIMEE = "Cette sauvegarde est abîmée ou incomplète"


@dataclass(frozen=True)
class Piece:
    """A file of the archive: its name there, its size and its digest."""

    nom: str
    octets: int
    sha256: str


@dataclass(frozen=True)
class Manifeste:
    """What the archive holds. `tables` gives for each its count and the digest of its rows."""

    version: str
    le: str
    moteur: str
    migrations: list[str]
    tables: dict[str, tuple[int, str]]
    base: Piece
    documents: list[Piece]
    # Documents that rows name and that the folder had not.
    absents: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def lignes(self) -> int:
        return sum(nombre for nombre, _ in self.tables.values())

    def en_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def lire(cls, octets: bytes) -> "Manifeste":
        """Return the manifest in `octets`; refuse another format, and what is none."""
        try:
            lu: dict[str, Any] = json.loads(octets)
            if lu["format"] != FORMAT:
                raise SauvegardeRefusee(
                    f"Cette sauvegarde est d’un autre format ({lu['format']}) que celui de cette "
                    f"version du portail ({FORMAT})."
                )
            lu["base"] = Piece(**lu["base"])
            lu["documents"] = [Piece(**piece) for piece in lu["documents"]]
            lu["tables"] = {nom: (n, empreinte) for nom, (n, empreinte) in lu["tables"].items()}
            manifeste = cls(**lu)
        except (ValueError, KeyError, TypeError) as erreur:
            raise SauvegardeRefusee("Ce fichier n’est pas une sauvegarde du portail.") from erreur
        for piece in manifeste.documents:
            if not _reste_dans_les_documents(piece.nom):
                raise SauvegardeRefusee(f"{ABIMEE} : « {piece.nom} » sort de son dossier.")
        return manifeste


def _reste_dans_les_documents(nom: str) -> bool:
    chemin = PurePosixPath(nom)
    return chemin.parts[:1] == (DOCUMENTS,) and len(chemin.parts) > 1 and ".." not in chemin.parts


class Mesure:
    """Reads `source` and knows, at any moment, the size and the digest of what was read."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.octets, self.empreinte = source, 0, hashlib.sha256()

    def read(self, taille: int = BLOC) -> bytes:
        lu = self.source.read(taille)
        self.octets += len(lu)
        self.empreinte.update(lu)
        return lu

    def piece(self, nom: str) -> Piece:
        return Piece(nom, self.octets, self.empreinte.hexdigest())


def peser(source: BinaryIO, nom: str) -> Piece:
    """Return what the whole of `source`, from its beginning, is; leave it at its beginning."""
    mesure = Mesure(source)
    source.seek(0)
    while mesure.read():
        pass
    source.seek(0)
    return mesure.piece(nom)


def peser_les_documents(dossier: Path) -> list[Piece]:
    """Return every file under `dossier`, by name; none when there is no such folder."""
    chemins = (c for c in dossier.rglob("*") if c.is_file() and not c.is_symlink())
    pieces = []
    for chemin in sorted(chemins):
        with chemin.open("rb") as ouvert:
            pieces.append(peser(ouvert, f"{DOCUMENTS}/{chemin.relative_to(dossier).as_posix()}"))
    return pieces


def ecrire(
    sortie: BinaryIO, manifeste: Manifeste, base: BinaryIO, dossier: Path, secret: str | None
) -> None:
    """Write the archive to `sortie`, encrypted when there is a `secret`.

    Raises SauvegardeRefusee when a document changed since it was weighed.
    """
    chiffreur = Chiffreur(sortie, secret) if secret is not None else None
    with tarfile.open(fileobj=cast(BinaryIO, chiffreur or sortie), mode="w|") as archive:
        texte = manifeste.en_json()
        _ajouter(archive, peser(io.BytesIO(texte), MANIFESTE), io.BytesIO(texte))
        _ajouter(archive, manifeste.base, base)
        for piece in manifeste.documents:
            chemin = dossier / PurePosixPath(piece.nom).relative_to(DOCUMENTS)
            try:
                with chemin.open("rb") as ouvert:
                    _ajouter(archive, piece, ouvert)
            except FileNotFoundError as erreur:
                raise SauvegardeRefusee(_a_change(piece)) from erreur
    if chiffreur:
        chiffreur.fermer()


def _ajouter(archive: tarfile.TarFile, piece: Piece, contenu: BinaryIO) -> None:
    entete = tarfile.TarInfo(piece.nom)
    entete.size, entete.mode = piece.octets, 0o600
    mesure = Mesure(contenu)
    try:
        archive.addfile(entete, cast(BinaryIO, mesure))
    except OSError as erreur:
        # tarfile's own, for a file that is shorter than announced; a disk full has a number.
        if erreur.errno is None:
            raise SauvegardeRefusee(_a_change(piece)) from erreur
        raise
    if mesure.piece(piece.nom) != piece:
        raise SauvegardeRefusee(_a_change(piece))


def _a_change(piece: Piece) -> str:
    return f"« {piece.nom} » a changé pendant la sauvegarde : la relancer."


Ranger = Callable[[Piece], BinaryIO]


def controler(chemin: Path, secret: str) -> Manifeste:
    """Read the whole archive, write nothing; return its manifest when all of it is as it says."""
    return parcourir(chemin, secret, lambda piece: cast(BinaryIO, open(os.devnull, "wb")))


def extraire(chemin: Path, secret: str, dossier: Path) -> Manifeste:
    """Write into `dossier` the database, under its name in the archive, and `documents/`."""
    (dossier / DOCUMENTS).mkdir()

    def ranger(piece: Piece) -> BinaryIO:
        cible = dossier / piece.nom
        cible.parent.mkdir(parents=True, exist_ok=True)
        return cible.open("xb")

    return parcourir(chemin, secret, ranger)


def parcourir(chemin: Path, secret: str, ranger: Ranger) -> Manifeste:
    """Copy each file of the archive to where `ranger` says. Raises SauvegardeRefusee on a fault."""
    try:
        with _ouvrir(chemin, secret) as flux, tarfile.open(fileobj=flux, mode="r|") as archive:
            manifeste = _lire_le_manifeste(archive)
            for piece in (manifeste.base, *manifeste.documents):
                _copier(archive, piece, ranger)
            if archive.next() is not None:
                raise SauvegardeRefusee(f"{ABIMEE} : elle contient un fichier de trop.")
            # To the very end: an encrypted file proves there that it is whole.
            while flux.read(BLOC):
                pass
    except (tarfile.TarError, EOFError) as erreur:
        raise SauvegardeRefusee(f"{ABIMEE} : elle ne se lit pas jusqu’au bout.") from erreur
    return manifeste


@contextmanager
def _ouvrir(chemin: Path, secret: str) -> Iterator[BinaryIO]:
    try:
        fichier = chemin.open("rb")
    except OSError as erreur:
        raise SauvegardeRefusee(f"« {chemin} » ne s’ouvre pas : {erreur.strerror}.") from erreur
    with fichier:
        if est_chiffre(fichier):
            yield cast(BinaryIO, io.BufferedReader(Dechiffreur(fichier, secret), BLOC))
        else:
            yield fichier


def _lire_le_manifeste(archive: tarfile.TarFile) -> Manifeste:
    entete = archive.next()
    if entete is None or entete.name != MANIFESTE or entete.size > MANIFESTE_MAXIMAL:
        raise SauvegardeRefusee("Ce fichier n’est pas une sauvegarde du portail.")
    return Manifeste.lire(cast(BinaryIO, archive.extractfile(entete)).read())


def _copier(archive: tarfile.TarFile, piece: Piece, ranger: Ranger) -> None:
    entete = archive.next()
    if entete is None or entete.name != piece.nom or not entete.isreg():
        raise SauvegardeRefusee(f"{ABIMEE} : il y manque « {piece.nom} ».")
    mesure = Mesure(cast(BinaryIO, archive.extractfile(entete)))
    with ranger(piece) as sortie:
        while lu := mesure.read():
            sortie.write(lu)
    if mesure.piece(piece.nom) != piece:
        raise SauvegardeRefusee(f"{ABIMEE} : « {piece.nom} » n’est plus ce qu’il était.")
