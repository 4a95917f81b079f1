"""What the bench does to a base: tidies it once filled, and publishes between two requests.

What it publishes is nothing that a page prints, but a new edition.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import dj_database_url
import psycopg

SUR_POSTGRESQL = "INSERT INTO pacte_edition DEFAULT VALUES"
SUR_SQLITE = "INSERT INTO pacte_edition (le) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'))"


def ranger(adresse: str) -> None:
    """Do now what PostgreSQL would do of a base just filled, while it is measured."""
    if not adresse.startswith("sqlite"):
        with _ouvrir(adresse) as lien:
            lien.execute("VACUUM ANALYZE")


@contextmanager
def modifications(adresse: str) -> Iterator[Callable[[], object]]:
    """Give what makes a new edition of the base at `adresse`, as an edit does."""
    if adresse.startswith("sqlite"):
        with closing(sqlite3.connect(adresse.removeprefix("sqlite:///"), timeout=10)) as base:
            base.isolation_level = None
            yield lambda: base.execute(SUR_SQLITE)
        return
    with _ouvrir(adresse) as lien:
        yield lambda: lien.execute(SUR_POSTGRESQL)


def _ouvrir(adresse: str) -> psycopg.Connection:
    lue = dj_database_url.parse(adresse)
    nommee = {"host": lue["HOST"], "user": lue["USER"], "dbname": lue["NAME"]}
    return psycopg.connect(**nommee, autocommit=True)
