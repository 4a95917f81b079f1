"""Reading everything as of one instant, whoever writes meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction


@contextmanager
def instant() -> Iterator[None]:
    """Read everything inside as of one instant, and write it if need be.

    A transaction of its own, at the level where PostgreSQL keeps one view; SQLite's always do.
    Inside another transaction, that one's view is what there is.
    """
    est_a_part = not connection.in_atomic_block
    with transaction.atomic():
        if est_a_part and connection.vendor == "postgresql":
            with connection.cursor() as curseur:
                curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def instant_de_lecture() -> Iterator[None]:
    """As `instant`, for who only reads: on SQLite, readers then wait for nobody."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with instant():
            yield
        return
    connection.ensure_connection()  # which sets how transactions begin
    base: Any = connections[DEFAULT_DB_ALIAS]
    a_l_ecriture, base.transaction_mode = base.transaction_mode, "DEFERRED"
    try:
        with instant():
            yield
    finally:
        base.transaction_mode = a_l_ecriture
