"""Read-only mode, and what tells that a write was refused rather than wrong.

The file `lecture-seule` in PACTE_DONNEES is the mode: every process, on every machine that shares
the folder, obeys at its next request, without a restart. A variable would be read at a restart,
which is what a maintenance has no wish for.
"""

import errno
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

FICHIER = "lecture-seule"
ECRITURE = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE)\b", re.IGNORECASE)

PLEIN = "il n’y a plus de place sur le disque"
FERME = "l’écriture y est refusée"
ERREURS_DU_SYSTEME = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), PLEIN),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), FERME),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "ce dossier n’existe pas"),
    errno.EEXIST: "ce fichier existe déjà",
}
# By SQLSTATE (PostgreSQL) and by name (SQLite): a disk full, a server or a file that only reads.
ERREURS_DE_LA_BASE = {
    "53100": PLEIN,
    "25006": FERME,
    "SQLITE_FULL": PLEIN,
    "SQLITE_READONLY": FERME,
    "SQLITE_CANTOPEN": FERME,
    "SQLITE_IOERR_WRITE": PLEIN,
    "SQLITE_IOERR_SHMSIZE": PLEIN,
    "SQLITE_IOERR_SHMOPEN": FERME,
}
OCCUPEE = ("SQLITE_BUSY", "SQLITE_LOCKED")


class LectureSeule(DatabaseError):
    """Something tried to write while the portal is read-only."""


class CacheFerme(OSError):
    """What attempts are counted in, a folder or a Valkey, cannot be reached."""


def est_demandee() -> bool:
    """Tell whether the portal is read-only, now."""
    return (Path(settings.DOSSIER_DONNEES) / FICHIER).exists()


def _origines(erreur: BaseException | None) -> Iterator[BaseException]:
    """Yield `erreur` and what it comes from, whoever raised it again."""
    while erreur is not None:
        yield erreur
        erreur = erreur.__cause__ or erreur.__context__


def _code(erreur: BaseException) -> str:
    if isinstance(erreur, sqlite3.Error):
        return getattr(erreur, "sqlite_errorname", "")
    return getattr(erreur, "sqlstate", None) or ""


def _raison_de_la_base(erreur: BaseException) -> str:
    code = _code(erreur)
    racine = "_".join(code.split("_")[:2])
    return ERREURS_DE_LA_BASE.get(code) or ERREURS_DE_LA_BASE.get(racine, "")


def est_refusee(erreur: BaseException) -> bool:
    """Tell whether `erreur` is a write that nothing could take: mode, base, disk or counters."""
    for origine in _origines(erreur):
        if isinstance(origine, LectureSeule | CacheFerme) or _raison_de_la_base(origine):
            return True
        if isinstance(origine, OSError) and ERREURS_DU_SYSTEME.get(origine.errno or 0) == PLEIN:
            return True
    return False


def est_occupee(erreur: BaseException) -> bool:
    """Tell whether another writer held the base for too long."""
    return any(
        _code(origine).startswith(OCCUPEE)
        or (isinstance(origine, DatabaseError) and "locked" in str(origine))
        for origine in _origines(erreur)
    )


def dire_l_erreur(erreur: Exception) -> str:
    """Return in French why the system or the base refused, or its own words."""
    if isinstance(erreur, OSError):
        dite = ERREURS_DU_SYSTEME.get(erreur.errno or 0, erreur.strerror)
        return dite or str(erreur)
    dites = (_raison_de_la_base(origine) for origine in _origines(erreur))
    return next((dite for dite in dites if dite), str(erreur).strip())


@contextmanager
def sans_ecrire() -> Iterator[None]:
    """Refuse, with LectureSeule, every statement that writes to the database."""
    with connection.execute_wrapper(_refuser):
        yield


def _refuser(
    executer: Callable[..., Any], sql: str, parametres: Any, plusieurs: bool, contexte: Any
) -> Any:
    if ECRITURE.match(sql):
        raise LectureSeule("Le portail est en lecture seule.")
    return executer(sql, parametres, plusieurs, contexte)


class CommandeQuiEcrit(BaseCommand):
    """A command that refuses to run, in one sentence, while nothing may be written."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if est_demandee() and not options.get("simuler"):
            raise CommandError(
                "Le portail est en lecture seule : rien n’a été fait. Relancer la commande une "
                f"fois le fichier {Path(settings.DOSSIER_DONNEES) / FICHIER} retiré."
            )
        try:
            return super().execute(*args, **options)
        except DatabaseError as erreur:
            if not est_refusee(erreur):
                raise
            raise CommandError(
                f"La base ne s’écrit pas : {dire_l_erreur(erreur)}. Rien n’a été fait."
            ) from erreur
