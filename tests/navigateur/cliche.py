"""Bases filled once, then put back in a moment: a picture of SQLite's pages, not of rows."""

import sqlite3
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from pacte.management.commands.charger_referentiel import DOSSIER
from pacte.referentiel.ecriture import charger
from pacte.referentiel.roles import charger_roles

# What filled a base → the base as it was then, and what that returned.
_cliches: dict[Callable, tuple[sqlite3.Connection, Any]] = {}


def remplir_la_base(remplir: Callable) -> Any:
    """Fill an empty base as `remplir` does, and return what it returns.

    The first time it is called for real; the next ones, the same base comes back whole. Each test
    has its own copy of what is returned. Where SQLite does not hold the base, `remplir` runs.
    """
    if connection.vendor != "sqlite":
        return remplir()
    connection.ensure_connection()
    if remplir not in _cliches:
        rendu = remplir()
        memoire = sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.backup(memoire)
        _cliches[remplir] = memoire, deepcopy(rendu)
        return rendu
    memoire, rendu = _cliches[remplir]
    memoire.backup(connection.connection)
    # The keys of content types are those of the picture.
    ContentType.objects.clear_cache()
    return deepcopy(rendu)


def la_vraie_feuille_de_route() -> None:
    """Load the roles and the real roadmap."""
    charger_roles()
    charger(DOSSIER)
