"""A connection that reads when nothing can be written."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3 import base

# A journal in WAL mode needs a file beside the base, which a full disk or a closed folder refuses.
SANS_ECRIRE = ("SQLITE_IOERR_SHM", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL")


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's. When the base opens for no write at all, it opens for reading, as it stands."""

    init_commands: list[str]
    transaction_mode: str | None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except sqlite3.OperationalError as erreur:
            if not self._peut_se_lire(conn_params["database"], erreur):
                raise
        adresse = f"file:{quote(str(conn_params['database']))}?mode=ro&immutable=1"
        # No lock to take, no journal to choose: whoever writes is refused by SQLite.
        self.init_commands, self.transaction_mode = [], None
        return super().get_new_connection({**conn_params, "database": adresse})

    @staticmethod
    def _peut_se_lire(nom: Any, erreur: sqlite3.OperationalError) -> bool:
        """Tell whether the file alone is the whole base: its journal holds nothing."""
        fichier = Path(nom)
        journal = fichier.with_name(f"{fichier.name}-wal")
        est_la = fichier.is_file() and not (journal.exists() and journal.stat().st_size)
        return est_la and erreur.sqlite_errorname.startswith(SANS_ECRIRE)
