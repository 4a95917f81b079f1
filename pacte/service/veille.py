"""Each process asks the database, at most once a second, which edition is published."""

import logging
import time
from threading import Lock

from django.db import DatabaseError, connection

from pacte.service.edition import Edition, lire_edition

journal_technique = logging.getLogger(__name__)
SECONDES_ENTRE_DEUX_REGARDS = 1.0
# While the database does not answer, nothing is published by it: what was known is served on.
SECONDES_SANS_BASE = 60.0


class Veille:
    """The edition that this process knows; threads share it, and one at a time asks."""

    def __init__(self) -> None:
        self.edition: Edition | None = None
        self.regardee = self.sue = -SECONDES_SANS_BASE
        self.verrou = Lock()

    def regarder(self) -> Edition | None:
        """Return the edition published less than a second ago.

        None when the database has not answered for a minute: the page is then its business.
        """
        if time.monotonic() - self.regardee >= SECONDES_ENTRE_DEUX_REGARDS:
            with self.verrou:
                if time.monotonic() - self.regardee >= SECONDES_ENTRE_DEUX_REGARDS:
                    self._demander()
        return self.edition

    def _demander(self) -> None:
        depart = time.monotonic()
        try:
            self.edition, self.sue = _lire(), depart
        except DatabaseError:
            if self.edition is not None:
                journal_technique.warning("La base ne dit pas quelle édition est publiée")
            if depart - self.sue > SECONDES_SANS_BASE:
                self.edition = None
        self.regardee = depart


def _lire() -> Edition:
    """Return the edition; a connection that the server closed meanwhile is opened again, once."""
    try:
        return lire_edition()
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        connection.close()
        return lire_edition()
    finally:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
