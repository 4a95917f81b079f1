"""How a report is frozen: read at one instant, written always alike, told by its digest."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from pacte.rapports.faits import Faits


def canoniser(faits: Faits) -> str:
    """Return `faits` as JSON, always in the same characters."""
    return json.dumps(faits, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)


def empreinte_de(contenu: str) -> str:
    """Return the SHA-256 of `contenu` in UTF-8, what `sha256sum` says of its file."""
    return hashlib.sha256(contenu.encode()).hexdigest()


@contextmanager
def instant() -> Iterator[None]:
    """Read everything inside as of one instant, whoever writes meanwhile.

    A transaction of its own, at the level where PostgreSQL keeps one view; SQLite's always do.
    Inside another transaction, that one's view is what there is.
    """
    est_a_part = not connection.in_atomic_block
    with transaction.atomic():
        if est_a_part and connection.vendor == "postgresql":
            with connection.cursor() as curseur:
                curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
