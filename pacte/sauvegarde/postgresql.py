"""Backups of PostgreSQL, by its own programs: `pg_dump` out, `pg_restore` and `psql` back in."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient

from pacte.sauvegarde.bases import Contenu, Photo, Tables, colonnes_de_documents, resumer
from pacte.sauvegarde.refus import SauvegardeRefusee

# Where the tables of before wait until those put back were read again.
AVANT = "pacte_avant"
METTRE_DE_COTE = [
    f"DROP SCHEMA IF EXISTS {AVANT} CASCADE",
    f"ALTER SCHEMA public RENAME TO {AVANT}",
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
]
REPRENDRE = ["DROP SCHEMA public CASCADE", f"ALTER SCHEMA {AVANT} RENAME TO public"]


def trouver(programme: str) -> str:
    """Return the path of `programme` of the newest installed client."""
    installes = Path("/usr/lib/postgresql").glob(f"*/bin/{programme}")
    dates = sorted(installes, key=lambda chemin: float(chemin.parts[-3]))
    trouve = str(dates[-1]) if dates else shutil.which(programme)
    if trouve is None:
        raise SauvegardeRefusee(
            f"« {programme} » est introuvable : installer le paquet « postgresql-client »."
        )
    return trouve


class BasePostgresql:
    """The database of PostgreSQL behind `connexion`: its schema « public »."""

    moteur, nom = "postgresql", "base.dump"

    def __init__(self, connexion: BaseDatabaseWrapper) -> None:
        self.connexion = connexion

    @contextmanager
    def photographier(self, dossier: Path) -> Iterator[Photo]:
        """Digests and dump are of one snapshot: that of the transaction that reads the digests."""
        pg_dump = self._programme_assez_recent("pg_dump")
        self.connexion.ensure_connection()
        with self.connexion.connection.transaction(), self.connexion.cursor() as curseur:
            curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            curseur.execute("SELECT pg_export_snapshot()")
            (instant,) = curseur.fetchone()
            contenu = _lire(curseur)
            with tempfile.TemporaryFile(dir=dossier) as fichier:
                self._sortir(pg_dump, instant, fichier)
                yield Photo(contenu, fichier)

    def _sortir(self, pg_dump: str, instant: str, fichier: IO[bytes]) -> None:
        commande = [pg_dump, "--format=custom", "--no-owner", "--no-privileges"]
        commande += [f"--snapshot={instant}", f"--exclude-schema={AVANT}", *self._vers()]
        # Through us rather than straight to the file: a full disk is then our own error.
        with self._lancer(commande, stdout=subprocess.PIPE) as programme:
            shutil.copyfileobj(_tuyau(programme.stdout), fichier)
            _attendre(programme)

    def lire(self) -> Contenu:
        with self.connexion.cursor() as curseur:
            return _lire(curseur)

    def remplacer(self, fichier: Path, attendu: Tables) -> None:
        """In one transaction, and what was there is kept until the new tables were read again."""
        self.connexion.close()
        self._rentrer(fichier, METTRE_DE_COTE)
        try:
            lu = self.lire().tables
        except Error:
            lu = {}
        if lu != attendu:
            self._executer(*REPRENDRE)
            raise SauvegardeRefusee(
                "La base remise n’est pas celle du manifeste : celle d’avant est revenue."
            )
        self._executer(f"DROP SCHEMA {AVANT} CASCADE")

    def _rentrer(self, fichier: Path, avant: list[str]) -> None:
        """Run `avant`, then what `fichier` says, in one transaction."""
        lire = [trouver("pg_restore"), "--no-owner", "--no-privileges", "--no-comments"]
        ecrire = [trouver("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
        ecrire += ["--output=/dev/null", "--set=ON_ERROR_STOP=1"]
        ecrire += [mot for sql in avant for mot in ("--command", sql)]
        with self._lancer([*lire, "--file=-", str(fichier)], stdout=subprocess.PIPE) as source:
            cible = self._lancer([*ecrire, "--file=-", *self._vers()], stdin=source.stdout)
            with cible:
                # Ours is closed: a `psql` that stops stops the other.
                _tuyau(source.stdout).close()
                _attendre(cible)
            _attendre(source)

    def essayer(self, fichier: Path) -> Contenu:
        with self._base_provisoire() as provisoire:
            provisoire._rentrer(fichier, [])
            with closing(provisoire.connexion):
                return provisoire.lire()

    @contextmanager
    def _base_provisoire(self) -> Iterator["BasePostgresql"]:
        nom = f"{self.connexion.settings_dict['NAME']}_verification"
        cite = self.connexion.ops.quote_name(nom)
        with closing(self._sur("postgres")) as ailleurs:
            self._creer(ailleurs, cite)
            try:
                yield BasePostgresql(self._sur(nom))
            finally:
                with ailleurs.cursor() as curseur:
                    curseur.execute(f"DROP DATABASE {cite} WITH (FORCE)")

    def _creer(self, ailleurs: BaseDatabaseWrapper, cite: str) -> None:
        ici = self.connexion.settings_dict["NAME"]
        lire = "SELECT datcollate, datctype FROM pg_database WHERE datname = %s"
        creer = f"CREATE DATABASE {cite} TEMPLATE template0 ENCODING 'UTF8'"
        try:
            with ailleurs.cursor() as curseur:
                curseur.execute(f"DROP DATABASE IF EXISTS {cite}")
                curseur.execute(lire, [ici])
                tri, genre = map(ailleurs.ops.quote_name, curseur.fetchone())
                curseur.execute(f"{creer} LC_COLLATE {tri} LC_CTYPE {genre}")
        except Error as erreur:
            raise SauvegardeRefusee(
                f"La base provisoire où l’essayer ne se crée pas ({_premiere_ligne(erreur)}) : le "
                "rôle doit pouvoir en créer une (ALTER ROLE … CREATEDB)."
            ) from erreur

    def _sur(self, nom: str) -> BaseDatabaseWrapper:
        autre = self.connexion.copy()
        autre.settings_dict["NAME"] = nom
        return autre

    def _executer(self, *requetes: str) -> None:
        self.connexion.ensure_connection()
        with self.connexion.connection.transaction(), self.connexion.cursor() as curseur:
            for requete in requetes:
                curseur.execute(requete)

    def _programme_assez_recent(self, nom: str) -> str:
        """Return the path of `nom`; refuse one older than the server, which it could not read."""
        chemin = trouver(nom)
        dit = subprocess.run([chemin, "--version"], capture_output=True, text=True, check=True)
        lue = re.search(r"\) (\d+)", dit.stdout)
        self.connexion.ensure_connection()
        serveur = self.connexion.connection.info.server_version // 10000
        if lue is None or int(lue[1]) < serveur:
            raise SauvegardeRefusee(
                f"« {nom} » ({dit.stdout.split()[-1]}) est plus ancien que le serveur "
                f"({serveur}) : installer le paquet « postgresql-client-{serveur} »."
            )
        return chemin

    def _vers(self) -> list[str]:
        return self._client()[0][1:]

    def _client(self) -> tuple[list[str], dict[str, str] | None]:
        return DatabaseClient.settings_to_cmd_args_env(self.connexion.settings_dict, [])

    def _lancer(self, commande: list[str], **tuyaux: Any) -> "subprocess.Popen[bytes]":
        environnement = {**os.environ, **(self._client()[1] or {}), "LC_ALL": "C.UTF-8"}
        return subprocess.Popen(commande, stderr=subprocess.PIPE, env=environnement, **tuyaux)


def _tuyau(tuyau: IO[bytes] | None) -> IO[bytes]:
    return cast(IO[bytes], tuyau)


def _attendre(programme: "subprocess.Popen[bytes]") -> None:
    """Wait until `programme` ends; refuse in its own words when it failed."""
    dit = _tuyau(programme.stderr).read().decode(errors="replace").strip()
    if programme.wait():
        nom = Path(cast(list[str], programme.args)[0]).name
        raise SauvegardeRefusee(f"« {nom} » a échoué : {dit.splitlines()[0] if dit else ''}")


def _premiere_ligne(erreur: Error) -> str:
    return str(erreur).strip().splitlines()[0]


def _lire(curseur: Any) -> Contenu:
    curseur.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    noms = [nom for (nom,) in curseur.fetchall()]
    tables = {nom: resumer(_lignes(curseur, nom)) for nom in noms}
    documents: set[str] = set()
    for table, colonne in colonnes_de_documents():
        if table in tables:
            curseur.execute(f'SELECT "{colonne}" FROM "{table}" WHERE "{colonne}" <> \'\'')
            documents |= {nom for (nom,) in curseur.fetchall()}
    migrations: list[str] = []
    if "django_migrations" in tables:
        curseur.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        migrations = sorted(nom for (nom,) in curseur.fetchall())
    return Contenu(tables, migrations, sorted(documents))


def _lignes(curseur: Any, table: str) -> Iterator[bytes]:
    """Yield each row as PostgreSQL itself writes it, one message of COPY a row."""
    with curseur.copy(f'COPY "{table}" TO STDOUT') as copie:
        for ligne in copie:
            yield bytes(ligne)
