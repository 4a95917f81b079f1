"""Reading everything as of one instant, whoever writes meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction


@contextmanager
def instant() -> Iterator[None]:
    """Read everything inside as of one instant.

    A transaction of its own, at the level where PostgreSQL keeps one view; SQLite's always do, and
    its readers wait for nobody. Inside another transaction, that one's view is what there is.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as curseur:
                curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    else:
        with _sans_prendre_le_verrou(), transaction.atomic():
            yield


@contextmanager
def _sans_prendre_le_verrou() -> Iterator[None]:
    connection.ensure_connection()  # which sets how transactions begin
    base: Any = connections[DEFAULT_DB_ALIAS]
    a_l_ecriture, base.transaction_mode = base.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        base.transaction_mode = a_l_ecriture
