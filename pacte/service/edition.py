"""The edition of what is published: it changes with anything that a reader could see.

Triggers write it (`pacte/migrations/_editions.py`), in the transaction that publishes: whatever the
door, an edit and its edition are seen together, and no code has to think of it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils.timezone import localdate, make_aware, now

from pacte.socle.ecriture import est_demandee

GARDEES = timedelta(days=2)
# On PostgreSQL each transaction adds its row, locking none: one that ends late has a smaller
# number, and the count tells it.
LIRE = "SELECT MAX(numero), COUNT(*), MAX(le) FROM pacte_edition"
OUBLIER = "DELETE FROM pacte_edition WHERE le < %s"


@dataclass(frozen=True)
class Edition:
    """What is published, on one day: two equal editions tell the same thing on every page.

    The day counts, because lateness, deadlines and « aujourd’hui » are computed from it; and
    whether the portal is read-only, which every page says.
    """

    numero: str
    change_le: datetime
    jour: date
    est_en_lecture_seule: bool

    @property
    def date_de_derniere_modification(self) -> datetime:
        """Return when pages last changed: when something was published, or this midnight."""
        return max(self.change_le, make_aware(datetime.combine(self.jour, time.min)))


def lire_edition() -> Edition:
    """Return the edition of this instant (one query)."""
    with connection.cursor() as curseur:
        curseur.execute(LIRE)
        numero, nombre, change_le = curseur.fetchone()
    return Edition(f"{numero}-{nombre}", _dater(change_le), localdate(), est_demandee())


def oublier_les_editions_anciennes() -> int:
    """Delete the rows of editions over two days old, return how many.

    Pages kept for them are of another day: that two editions look alike no longer matters.
    """
    with connection.cursor() as curseur:
        curseur.execute(OUBLIER, [now() - GARDEES])
        return int(curseur.rowcount)


def _dater(lu: Any) -> datetime:
    """Return the instant that the database gave: SQLite gives a text, an empty table nothing."""
    if lu is None:
        return datetime.min.replace(tzinfo=UTC)
    instant = datetime.fromisoformat(lu) if isinstance(lu, str) else lu
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
