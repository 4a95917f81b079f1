"""A real installation, of a base and one or several servers, for tests that break it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import uuid4

import dj_database_url
import psycopg

RACINE = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, "manage.py"]
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:pacte.service.serveur", "pacte.wsgi"]


# What systemd does for a service whose socket it holds.
TENIR = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); "
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); "
    "os.execvp(sys.argv[2], sys.argv[2:])"
)


class Installation:
    """A base of its own and a folder; commands and servers that use them."""

    def __init__(self, dossier: Path):
        self.dossier = dossier
        self.env = {
            "PATH": os.environ["PATH"],
            "PACTE_MODE": "local",
            "PACTE_DONNEES": str(dossier),
            "SECRET_KEY": "une clé pour les essais",
            "DATABASE_URL": _adresse_d_une_base(dossier),
            "WEB_CONCURRENCY": "1",
            "DERRIERE_UN_PROXY": "oui",
        }

    def commander(self, *arguments: str) -> str:
        fait = subprocess.run(
            [*MANAGE, *arguments], cwd=RACINE, env=self.env, capture_output=True, text=True
        )
        assert fait.returncode == 0, fait.stderr
        return fait.stdout

    def calculer(self, instruction: str) -> str:
        """Return what `instruction` prints, run with the models of this installation."""
        return self.commander("shell", "-v0", "-c", instruction).strip()

    @contextmanager
    def servir(self, port: int | None = None, **env: str):
        serveur = Serveur(self, port or port_libre(), env)
        try:
            serveur.attendre()
            yield serveur
        finally:
            serveur.arreter()


def installer(dossier: Path) -> Installation:
    """Return an installation in `dossier`, ready to be served, with the data of reference."""
    une = Installation(dossier)
    une.commander("migrate", "-v0")
    une.commander("charger_referentiel", "-v0")
    une.commander("collectstatic", "--noinput", "-v0")
    return une


class Serveur:
    """gunicorn on `port`, or on `prise`, a socket that somebody else holds, as systemd does."""

    def __init__(
        self,
        installation: Installation,
        port: int,
        env: dict[str, str],
        prise: socket.socket | None = None,
    ):
        self.port = port
        self.journal = installation.dossier / f"serveur-{port}.log"
        commande = [*GUNICORN, "--bind", f"127.0.0.1:{port}"]
        prises = []
        if prise:
            prises = [prise.fileno()]
            commande = [sys.executable, "-c", TENIR, str(prises[0]), *GUNICORN]
        with self.journal.open("a") as sortie:
            self.processus = subprocess.Popen(
                commande,
                cwd=RACINE,
                env=installation.env | env,
                pass_fds=prises,
                stdout=sortie,
                stderr=sortie,
            )

    def attendre(self, secondes: int = 120) -> None:
        """Return once the server answers; fail after `secondes`."""
        fin = time.monotonic() + secondes
        while time.monotonic() < fin:
            if self.lire("/healthz")[0] == 200:
                return
            time.sleep(0.1)
        raise AssertionError(self.journal.read_text())

    def ouvrir(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def lire(self, adresse: str, lien: HTTPConnection | None = None, **en_tetes: str):
        """Return the status and the text of `adresse`; status 0 when nobody answers."""
        un_lien = lien or self.ouvrir()
        try:
            un_lien.request(
                "GET", adresse, headers={n.replace("_", "-"): v for n, v in en_tetes.items()}
            )
            reponse = un_lien.getresponse()
            return reponse.status, reponse.read().decode()
        except (OSError, HTTPException):
            un_lien.close()
            return 0, ""
        finally:
            if lien is None:
                un_lien.close()

    def ouvriers(self) -> list[int]:
        """Return the processes that answer."""
        chemin = Path(f"/proc/{self.processus.pid}/task/{self.processus.pid}/children")
        return [int(pid) for pid in chemin.read_text().split()]

    def tuer(self) -> None:
        """`kill -9` of the master; its processes end by themselves."""
        self.processus.kill()
        self.processus.wait()

    def arreter(self) -> None:
        if self.processus.poll() is None:
            self.processus.send_signal(signal.SIGTERM)
            self.processus.wait(timeout=40)


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def _adresse_d_une_base(dossier: Path) -> str:
    """Return the address of an empty base: a file, or one more on the server of the tests."""
    if os.environ.get("PACTE_TESTS_BASE") != "postgresql":
        return f"sqlite:///{dossier / 'base.sqlite3'}"
    adresse, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    nom = f"essai_{uuid4().hex[:12]}"
    lue = dj_database_url.parse(os.environ["DATABASE_URL"])
    with psycopg.connect(
        host=lue["HOST"], user=lue["USER"], dbname=lue["NAME"], autocommit=True
    ) as lien:
        lien.execute(f"CREATE DATABASE {nom}")
    return f"{adresse}/{nom}"
