"""Backups of SQLite, by its own backup interface: one instant, while others write."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from pacte.sauvegarde.bases import Contenu, Photo, Tables, colonnes_de_documents, resumer
from pacte.sauvegarde.refus import SauvegardeRefusee

PATIENCE = 30.0


class BaseSqlite:
    """The file of SQLite behind `connexion`."""

    moteur, nom = "sqlite", "base.sqlite3"

    def __init__(self, connexion: BaseDatabaseWrapper) -> None:
        self.connexion = connexion

    @contextmanager
    def photographier(self, dossier: Path) -> Iterator[Photo]:
        with tempfile.TemporaryDirectory(prefix=".sauvegarde-", dir=dossier) as provisoire:
            copie = Path(provisoire) / self.nom
            with closing(self._ouvrir()) as source:
                _copier(source, copie)
            with copie.open("rb") as fichier:
                yield Photo(_lire_le_fichier(copie), fichier)

    def lire(self) -> Contenu:
        with closing(self._ouvrir()) as base:
            return _lire(base)

    def _ouvrir(self) -> sqlite3.Connection:
        """Open the file apart from Django, which would convert what it reads."""
        nom = str(self.connexion.settings_dict["NAME"])
        return sqlite3.connect(nom, uri=nom.startswith("file:"))

    def remplacer(self, fichier: Path, attendu: Tables) -> None:
        """Atomic for SQLite: another process reads the base of before, or that of after."""
        if _lire_le_fichier(fichier).tables != attendu:
            raise SauvegardeRefusee(
                "La base de cette sauvegarde n’est pas celle du manifeste : rien n’a changé."
            )
        self.connexion.close()
        with closing(sqlite3.connect(fichier)) as source, closing(self._ouvrir()) as cible:
            source.backup(cible, progress=_patienter())

    def essayer(self, fichier: Path) -> Contenu:
        essai = fichier.with_name("essai.sqlite3")
        with closing(sqlite3.connect(fichier)) as source, closing(sqlite3.connect(essai)) as cible:
            source.backup(cible)
            contenu = _lire(cible)
        # By Django this time: constraints call functions of its own.
        autre = self.connexion.copy()
        autre.settings_dict["NAME"] = str(essai)
        with closing(autre), autre.cursor() as curseur:
            curseur.execute("PRAGMA integrity_check")
            (dit,) = curseur.fetchone()
        if dit != "ok":
            raise SauvegardeRefusee(f"La base de cette sauvegarde est abîmée : {dit}.")
        return contenu


def _copier(source: sqlite3.Connection, copie: Path) -> None:
    with closing(sqlite3.connect(copie)) as cible:
        source.backup(cible, progress=_patienter())
        # One file, without its journal: what is archived is all there is.
        cible.execute("PRAGMA journal_mode=DELETE")


def _patienter() -> Any:
    """Return what stops a copy that waits for too long; SQLite alone would wait for ever."""
    fin = time.monotonic() + PATIENCE

    def avancer(etat: int, restantes: int, total: int) -> None:
        if etat in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > fin:
            raise SauvegardeRefusee("La base est occupée : arrêter le portail, puis recommencer.")

    return avancer


def _lire_le_fichier(fichier: Path) -> Contenu:
    with closing(sqlite3.connect(fichier)) as base:
        return _lire(base)


def _lire(base: sqlite3.Connection) -> Contenu:
    tables = {nom: resumer(_lignes(base, nom)) for nom in _tables(base)}
    requetes = [
        f'SELECT "{colonne}" FROM "{table}" WHERE "{colonne}" <> \'\''
        for table, colonne in colonnes_de_documents()
        if table in tables
    ]
    documents = [str(nom) for sql in requetes for (nom,) in base.execute(sql)]
    migrations: list[str] = []
    if "django_migrations" in tables:
        lues = base.execute("SELECT app, name FROM django_migrations")
        migrations = sorted(f"{app}.{nom}" for app, nom in lues)
    return Contenu(tables, migrations, sorted(set(documents)))


def _tables(base: sqlite3.Connection) -> list[str]:
    noms = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return sorted(nom for (nom,) in noms if not nom.startswith("sqlite_"))


def _lignes(base: sqlite3.Connection, table: str) -> Iterator[bytes]:
    for ligne in base.execute(f'SELECT * FROM "{table}"'):
        yield repr(ligne).encode("utf-8", "surrogatepass")
