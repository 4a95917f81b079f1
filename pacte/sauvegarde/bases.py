"""What a backup asks of a database, whichever it is."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FileField

# What `migrate` alone writes: a base that holds nothing else is empty.
TABLES_DE_MIGRATE = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "pacte_edition",
}
Tables = dict[str, tuple[int, str]]


def resumer(lignes: Iterable[bytes]) -> tuple[int, str]:
    """Return how many `lignes` there are, and a digest in which their order does not count.

    The sum of the digests of the rows: a row twice is not the same as once.
    """
    nombre = somme = 0
    for ligne in lignes:
        nombre += 1
        somme += int.from_bytes(hashlib.sha256(ligne).digest())
    return nombre, f"{somme % (1 << 256):064x}"


def colonnes_de_documents() -> Iterator[tuple[str, str]]:
    """Yield the table and the column of each field that names a document."""
    for modele in apps.get_models():
        for champ in modele._meta.concrete_fields:
            if isinstance(champ, FileField):
                yield modele._meta.db_table, champ.column


@dataclass(frozen=True)
class Contenu:
    """What a database holds: tables, migrations applied, documents that its rows name."""

    tables: Tables
    migrations: list[str]
    documents: list[str]

    @property
    def est_vide(self) -> bool:
        return all(not n for nom, (n, _) in self.tables.items() if nom not in TABLES_DE_MIGRATE)


@dataclass(frozen=True)
class Photo:
    """One instant of a database: what it held, and the file that holds it."""

    contenu: Contenu
    fichier: BinaryIO


class Base(Protocol):
    """A database that can be photographed, and put back from the file of a photograph.

    `moteur` names the engine, `nom` the file in an archive. Faults are SauvegardeRefusee.
    """

    moteur: str
    nom: str

    def __init__(self, connexion: BaseDatabaseWrapper) -> None: ...

    def photographier(self, dossier: Path) -> AbstractContextManager[Photo]:
        """Give a consistent copy; what it needs meanwhile is in `dossier`, and goes away."""

    def lire(self) -> Contenu:
        """Return what the database holds now."""

    def remplacer(self, fichier: Path, attendu: Tables) -> None:
        """Put `fichier` in the place of everything, or change nothing when it is not `attendu`."""

    def essayer(self, fichier: Path) -> Contenu:
        """Return what `fichier` holds once put back in an empty base, which is then dropped."""


def base_de(connexion: BaseDatabaseWrapper) -> Base:
    """Return how to back up the database of `connexion`."""
    from pacte.sauvegarde.postgresql import BasePostgresql
    from pacte.sauvegarde.sqlite import BaseSqlite

    classes: dict[str, type[Base]] = {"sqlite": BaseSqlite, "postgresql": BasePostgresql}
    return classes[connexion.vendor](connexion)
