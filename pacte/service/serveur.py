"""How gunicorn serves the portal, on a machine of one's own and in production.

`gunicorn -c python:pacte.service.serveur pacte.wsgi`. What is measured: docs/performance.md.
"""

import ctypes
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn import util

from pacte.service.refus import ecrire_le_refus

# Pages are made by the processor: one process a core. Threads are for readers who are slow to send
# or to receive, and for long downloads.
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
worker_class = "pacte.service.affluence.Ouvrier"
threads = int(os.environ.get("FILS_PAR_PROCESSUS") or 4)
# The code is loaded once, before the processes are made: they share its memory.
preload_app = True
# A process that has served much is replaced, never all at the same moment.
max_requests, max_requests_jitter = 20_000, 2_000
# Seconds: of silence after which a process is replaced; left to what is being answered, at the end.
timeout, graceful_timeout = 60, 30
keepalive = 65
# Above, readers are refused at once, by the system; see also `affluence.py`.
backlog = 512
# Its heart beats in a file: never on a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (memory)
control_socket_disable = True
loglevel = "warning"

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h
GRAND = 128 * 1024
CONSEIL = 'Vérifiez l’adresse, ou repartez de <a href="/">l’accueil</a>.'
TITRES = {414: "Cette adresse est trop longue", 500: "Le portail n’a pas pu répondre"}


def refuser(prise: Any, statut: int, raison: str, _message: str) -> None:
    """Answer what never reached Django, with the headers of every other answer, and in French.

    What the caller sent is not repeated. gunicorn has no setting for it.
    """
    en_tetes, corps = ecrire_le_refus(TITRES.get(statut, "Cette demande est illisible"), CONSEIL)
    lignes = [f"HTTP/1.1 {statut} {raison}", "Connection: close"]
    lignes += [f"{nom}: {valeur}" for nom, valeur in en_tetes]
    util.write_nonblock(prise, "\r\n".join([*lignes, "", ""]).encode("latin-1") + corps)


util.write_error = refuser


def _menager_la_memoire() -> None:
    """Have threads take memory from one place, and give back what is large, as glibc allows.

    They take turns anyway; what is large is a slice of an export, or the answer of a wide search.
    """
    with suppress(AttributeError, OSError):
        memoire = ctypes.CDLL(None)
        memoire.mallopt(M_ARENA_MAX, 1)
        memoire.mallopt(M_MMAP_THRESHOLD, GRAND)
        memoire.mallopt(M_TRIM_THRESHOLD, GRAND)


_menager_la_memoire()


def _preparer_les_mesures() -> None:
    """Give the measures of the processes an empty folder: those of the last start are over."""
    dossier = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if dossier:
        shutil.rmtree(dossier, ignore_errors=True)
        Path(dossier).mkdir(parents=True)


# Before the code is loaded, which counts from then on.
_preparer_les_mesures()


def child_exit(arbitre: Any, processus: Any) -> None:
    """Forget what a process that ended held; what it counted stays."""
    from pacte.service.mesures import oublier_le_processus

    oublier_le_processus(processus.pid)
