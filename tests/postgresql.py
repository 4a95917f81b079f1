"""A real PostgreSQL, started from the installed binaries for one run of the suite.

The binaries refuse to run as root: then, and only then, the server runs as the account
`postgres` while the tests stay who they are.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

REFUS = "PostgreSQL est introuvable : installer le paquet « postgresql » du système."


def dossier_des_binaires() -> Path | None:
    """Return the folder of the newest installed server, or None."""
    serveurs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if serveurs:
        return serveurs[-1].parent
    trouve = shutil.which("initdb")
    return Path(trouve).parent if trouve else None


def _version(initdb: Path) -> float:
    return float(initdb.parts[-3])


# How to stop and start again the server of the tests, once it is started; and its folder.
_relances: list[Callable[[], None]] = []
_dossiers: list[Path] = []


def redemarrer() -> None:
    """Stop the server as a machine that loses its current would, and start it again."""
    _relances[0]()


def numero_du_processus() -> int:
    """Return the number of the process under which all those of the server are."""
    return int((_dossiers[0] / "postmaster.pid").read_text().split("\n")[0])


def demarrer() -> str:
    """Start a server on a socket of its own and return its address; it stops with the tests."""
    binaires = dossier_des_binaires()
    if binaires is None:
        raise RuntimeError(REFUS)
    dossier = Path(tempfile.mkdtemp(prefix="pacte-pg-"))
    prefixe = []
    if os.geteuid() == 0:
        prefixe = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        shutil.chown(dossier, "postgres", "postgres")

    def lancer(programme, *arguments):
        commande = [*prefixe, str(binaires / programme), *arguments]
        subprocess.run(commande, check=True, stdout=subprocess.DEVNULL, cwd=dossier)

    donnees = dossier / "donnees"
    lancer(
        "initdb", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust",
        "--username=pacte", f"--pgdata={donnees}",
    )  # fmt: skip
    options = f"-k {dossier} -c listen_addresses= -c fsync=off -c full_page_writes=off"
    depart = ["-w", f"-D{donnees}", f"-l{dossier / 'journal'}", "-o", options]
    lancer("pg_ctl", *depart, "start")
    _dossiers.append(donnees)
    _relances.append(lambda: lancer("pg_ctl", *depart, "-m", "immediate", "restart"))
    atexit.register(shutil.rmtree, dossier, ignore_errors=True)
    atexit.register(lancer, "pg_ctl", "-m", "immediate", f"-D{donnees}", "stop")
    return f"postgres://pacte@{str(dossier).replace('/', '%2F')}/postgres"
