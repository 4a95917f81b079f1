"""What the bench publishes between two requests: nothing that a page prints, but a new edition."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import dj_database_url
import psycopg

SUR_POSTGRESQL = "INSERT INTO pacte_edition DEFAULT VALUES"
SUR_SQLITE = "INSERT INTO pacte_edition (le) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'))"


@contextmanager
def modifications(adresse: str) -> Iterator[Callable[[], object]]:
    """Give what makes a new edition of the base at `adresse`, as an edit does."""
    if adresse.startswith("sqlite"):
        with closing(sqlite3.connect(adresse.removeprefix("sqlite:///"), timeout=10)) as base:
            base.isolation_level = None
            yield lambda: base.execute(SUR_SQLITE)
        return
    lue = dj_database_url.parse(adresse)
    nommee = {"host": lue["HOST"], "user": lue["USER"], "dbname": lue["NAME"]}
    with psycopg.connect(**nommee, autocommit=True) as lien:
        yield lambda: lien.execute(SUR_POSTGRESQL)
