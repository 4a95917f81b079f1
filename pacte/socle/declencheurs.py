"""Triggers that say to SQLite and to PostgreSQL, in the same words, what no constraint can.

A constraint reads one row; these rules read several tables. Migrations set them and nothing else
calls this module. A change of a table on SQLite makes it anew and loses its triggers: the tests of
constraints then fail, and the migration must set them again, last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


@dataclass(frozen=True)
class Regle:
    """The name of a rule, its table, what fires it, and when it refuses.

    `verrou` is what PostgreSQL reads and locks first (what follows FROM), to wait for whoever is
    changing what the condition reads; SQLite has one writer at a time.
    """

    nom: str
    table: str
    evenements: Sequence[str]
    condition: str
    verrou: str = ""


def declencher(regles: Sequence[Regle]) -> migrations.RunPython:
    """Return the operation of a migration that sets `regles`, and takes them away backwards."""

    def poser(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        ordres = ORDRES[schema_editor.connection.vendor]
        for regle in regles:
            for ordre in ordres(regle):
                schema_editor.execute(ordre)

    def oter(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        est_postgresql = schema_editor.connection.vendor == "postgresql"
        for regle in regles:
            for rang in range(len(regle.evenements)):
                ou = f" ON {regle.table}" if est_postgresql else ""
                schema_editor.execute(f"DROP TRIGGER {regle.nom}_{rang}{ou}")
            if est_postgresql:
                schema_editor.execute(f"DROP FUNCTION {regle.nom}()")

    return migrations.RunPython(poser, oter)


def _pour_sqlite(regle: Regle) -> Iterator[str]:
    for rang, evenement in enumerate(regle.evenements):
        yield (
            f"CREATE TRIGGER {regle.nom}_{rang} BEFORE {evenement} ON {regle.table} "
            f"WHEN {regle.condition} BEGIN SELECT RAISE(ABORT, '{regle.nom}'); END"
        )


def _pour_postgresql(regle: Regle) -> Iterator[str]:
    verrou = f"PERFORM 1 FROM {regle.verrou}; " if regle.verrou else ""
    yield (
        f"CREATE FUNCTION {regle.nom}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {verrou}"
        f"IF {regle.condition} THEN RAISE EXCEPTION '{regle.nom}' USING ERRCODE = "
        f"'check_violation'; END IF; RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; "
        f"END $$"
    )
    for rang, evenement in enumerate(regle.evenements):
        yield (
            f"CREATE TRIGGER {regle.nom}_{rang} BEFORE {evenement} ON {regle.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {regle.nom}()"
        )


ORDRES = {"sqlite": _pour_sqlite, "postgresql": _pour_postgresql}
