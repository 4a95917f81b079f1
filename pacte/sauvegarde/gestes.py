"""Making a backup, verifying one, putting one back: what the commands call."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from pacte.sauvegarde import archive
from pacte.sauvegarde.archive import DOCUMENTS, Manifeste
from pacte.sauvegarde.bases import Photo, base_de
from pacte.sauvegarde.chiffrement import verifier_le_secret
from pacte.sauvegarde.refus import SauvegardeRefusee

DEBUT, CLAIRE, CHIFFREE, EN_COURS = "pacte-", ".tar", ".tar.chiffre", ".en-cours"


def dossier_des_documents() -> Path:
    return Path(settings.MEDIA_ROOT)


def sauvegarder(dossier: Path, *, secret: str | None) -> tuple[Path, Manifeste]:
    """Write a backup into `dossier`, encrypted when there is a `secret`; return its path.

    It takes its name once it was read again and found as it should be. Whatever fails leaves no
    file. Raises SauvegardeRefusee, OSError.
    """
    if secret is not None:
        verifier_le_secret(secret)
    instant = timezone.localtime()
    suffixe = CLAIRE if secret is None else CHIFFREE
    chemin = dossier / f"{DEBUT}{instant:%Y-%m-%d-%H%M%S}{suffixe}"
    with _sous_un_autre_nom(chemin) as (provisoire, sortie):
        with base_de(connection).photographier(_dossier_de_travail()) as photo:
            manifeste = _decrire(photo, le=instant.isoformat(timespec="seconds"))
            documents = dossier_des_documents()
            archive.ecrire(sortie, manifeste, photo.fichier, documents, secret)
        sortie.flush()
        os.fsync(sortie.fileno())
        archive.controler(provisoire, secret or "")
    return chemin, manifeste


def _dossier_de_travail() -> Path:
    """Where the copy of the database waits: beside what it copies, never among the backups."""
    dossier = Path(settings.DOSSIER_DONNEES)
    dossier.mkdir(parents=True, exist_ok=True)
    return dossier


def _decrire(photo: Photo, *, le: str) -> Manifeste:
    """Return the manifest of `photo` and of the documents that there are after it."""
    base, contenu = base_de(connection), photo.contenu
    if not contenu.migrations:
        raise SauvegardeRefusee("La base ne contient pas de portail : il n’y a rien à sauvegarder.")
    documents = archive.peser_les_documents(dossier_des_documents())
    presents = {piece.nom.removeprefix(f"{DOCUMENTS}/") for piece in documents}
    return Manifeste(
        version=settings.VERSION,
        le=le,
        moteur=base.moteur,
        migrations=contenu.migrations,
        tables=contenu.tables,
        base=archive.peser(photo.fichier, base.nom),
        documents=documents,
        absents=[nom for nom in contenu.documents if nom not in presents],
    )


@contextmanager
def _sous_un_autre_nom(chemin: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a file that takes the name `chemin` at the end, and is removed when something fails."""
    provisoire = chemin.with_name(f".{chemin.name}{EN_COURS}")
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descripteur, "wb") as sortie:
            yield provisoire, sortie
        # Not over a backup of the same second, whose name is taken.
        if chemin.exists():
            raise FileExistsError(errno.EEXIST, "", str(chemin))
        provisoire.rename(chemin)
    finally:
        provisoire.unlink(missing_ok=True)


def elaguer(dossier: Path, garder: int) -> list[Path]:
    """Remove the backups of `dossier` but the `garder` newest, and what a killed one left."""
    complets = [c for s in (CLAIRE, CHIFFREE) for c in dossier.glob(f"{DEBUT}*{s}")]
    # The name is the date: older ones come first.
    anciens = sorted(complets, key=lambda chemin: chemin.name.split(".")[0])[:-garder]
    hier = time.time() - 24 * 60 * 60
    restes = [c for c in dossier.glob(f".{DEBUT}*{EN_COURS}") if c.stat().st_mtime < hier]
    for chemin in (*anciens, *restes):
        chemin.unlink(missing_ok=True)
    return anciens


def verifier(fichier: Path, secret: str) -> Manifeste:
    """Put `fichier` back in an empty, temporary place, and compare every count and digest."""
    with _extraite(fichier, secret) as (dossier, manifeste):
        base = base_de(connection)
        _exiger_le_moteur(manifeste)
        lu = base.essayer(dossier / base.nom)
        _comparer(manifeste, tables=lu.tables, documents=dossier / DOCUMENTS)
    return manifeste


@dataclass(frozen=True)
class Restauration:
    manifeste: Manifeste
    # Migrations that this version applied on top.
    migrees: int


def restaurer(fichier: Path, secret: str, *, remplacer: bool) -> Restauration:
    """Put `fichier` in the place of the database and of the documents, then compare both with it.

    Raises SauvegardeRefusee before anything changes: for a backup that is altered, of another
    engine or of a newer version, and for a place that is not empty unless `remplacer`. Raises it
    too, once all is replaced, when somebody writes meanwhile: the documents of before are kept.
    """
    base = base_de(connection)
    manquantes = _migrations_en_plus(archive.controler(fichier, secret))
    if not remplacer:
        _exiger_le_vide()
    with _extraite(fichier, secret) as (dossier, manifeste):
        base.remplacer(dossier / base.nom, manifeste.tables)
        _echanger(dossier / DOCUMENTS, dossier_des_documents(), dossier / "avant")
        _constater(manifeste, dossier / "avant")
    if manquantes:
        call_command("migrate", interactive=False, verbosity=0)
    return Restauration(manifeste, len(manquantes))


@contextmanager
def _extraite(fichier: Path, secret: str) -> Iterator[tuple[Path, Manifeste]]:
    travail = _dossier_de_travail()
    with tempfile.TemporaryDirectory(prefix=".restauration-", dir=travail) as dossier:
        yield Path(dossier), archive.extraire(fichier, secret, Path(dossier))


def _exiger_le_moteur(manifeste: Manifeste) -> None:
    ici = base_de(connection).moteur
    if manifeste.moteur != ici:
        raise SauvegardeRefusee(
            f"Cette sauvegarde est celle d’une base {manifeste.moteur}, et la base d’ici est {ici}."
        )


def _migrations_en_plus(manifeste: Manifeste) -> set[str]:
    """Return the migrations of this version that the backup has not; refuse a newer backup."""
    _exiger_le_moteur(manifeste)
    connues = {".".join(cle) for cle in MigrationLoader(None).disk_migrations}
    inconnues = set(manifeste.migrations) - connues
    if inconnues:
        raise SauvegardeRefusee(
            f"Cette sauvegarde vient d’une version plus récente du portail ({manifeste.version}, "
            f"ici {settings.VERSION}) : {min(inconnues)} y est inconnu. Installer cette version."
        )
    return connues - set(manifeste.migrations)


def _exiger_le_vide() -> None:
    documents = dossier_des_documents()
    contient_des_documents = any(chemin.is_file() for chemin in documents.rglob("*"))
    if contient_des_documents or not base_de(connection).lire().est_vide:
        raise SauvegardeRefusee(
            "Il y a déjà des lignes ou des documents ici : --remplacer les remplace par ceux de la "
            "sauvegarde."
        )


def _echanger(nouveaux: Path, place: Path, avant: Path) -> None:
    """Put what is in `nouveaux` into `place`, whose content goes to `avant`."""
    place.mkdir(parents=True, exist_ok=True)
    avant.mkdir()
    for source, cible in ((place, avant), (nouveaux, place)):
        for chemin in list(source.iterdir()):
            shutil.move(chemin, cible / chemin.name)


def _constater(manifeste: Manifeste, avant: Path) -> None:
    """Compare what is in place with the backup; keep the documents `avant` when it differs."""
    documents = dossier_des_documents()
    try:
        _comparer(manifeste, tables=base_de(connection).lire().tables, documents=documents)
    except SauvegardeRefusee as refus:
        gardes = documents.with_name(f"documents-d-avant-{time.strftime('%Y%m%d-%H%M%S')}")
        shutil.move(avant, gardes)
        raise SauvegardeRefusee(
            f"La sauvegarde a remplacé la base et les documents, qui ont changé aussitôt. {refus} "
            "Un portail écrit encore : l’arrêter, et restaurer de nouveau. "
            f"Les documents d’avant sont dans {gardes}."
        ) from refus


def _comparer(manifeste: Manifeste, *, tables: dict[str, tuple[int, str]], documents: Path) -> None:
    noms = sorted(manifeste.tables.keys() | tables.keys())
    autres = [nom for nom in noms if manifeste.tables.get(nom) != tables.get(nom)]
    lues = archive.peser_les_documents(documents)
    autres += sorted({piece.nom for piece in {*lues} ^ {*manifeste.documents}})
    if autres:
        raise SauvegardeRefusee(f"Ce n’est pas ce que la sauvegarde annonce : {', '.join(autres)}.")
