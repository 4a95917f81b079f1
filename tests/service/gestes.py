"""What a test does to pass for several transactions, inside the one that its module shares."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core import signals
from django.db import close_old_connections, connection


def nouvelle_transaction() -> None:
    """Forget that this transaction has its edition: what follows is noted as in another one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SELECT set_config('pacte.edition', '', true)")


@contextmanager
def base_gardee_ouverte() -> Iterator[None]:
    """Answer requests on the connection of the test, as Django's own client does."""
    envois = (signals.request_started, signals.request_finished)
    for envoi in envois:
        envoi.disconnect(close_old_connections)
    try:
        yield
    finally:
        for envoi in envois:
            envoi.connect(close_old_connections)
