"""Triggers that give what is published a new edition, in the transaction that changes it.

Only migrations call this. A table made anew on SQLite loses its triggers, and a new table has none:
`tests/service/test_editions.py` then fails, and a migration calls `suivre` again, last.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# One row a transaction on PostgreSQL: no lock that all writers would wait for. Its date is that of
# the end of the transaction.
TABLE_DE_POSTGRESQL = [
    "CREATE TABLE pacte_edition (numero bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "le timestamptz NOT NULL DEFAULT clock_timestamp())",
    "CREATE FUNCTION pacte_noter_edition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF current_setting('pacte.edition', true) IS DISTINCT FROM pg_current_xact_id()::text THEN "
    "INSERT INTO pacte_edition DEFAULT VALUES; "
    "PERFORM set_config('pacte.edition', pg_current_xact_id()::text, true); "
    "END IF; RETURN NULL; END $$",
    "CREATE FUNCTION pacte_dater_edition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "UPDATE pacte_edition SET le = clock_timestamp() WHERE numero = NEW.numero; "
    "RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER pacte_dater_edition AFTER INSERT ON pacte_edition "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pacte_dater_edition()",
]
# SQLite has one writer at a time and triggers for rows only: one row, always the newest.
TABLE_DE_SQLITE = [
    "CREATE TABLE pacte_edition (numero integer PRIMARY KEY AUTOINCREMENT, le text NOT NULL)",
]
OTER_LA_TABLE = {
    "postgresql": [
        "DROP TABLE pacte_edition",
        "DROP FUNCTION pacte_dater_edition()",
        "DROP FUNCTION pacte_noter_edition()",
    ],
    "sqlite": ["DROP TABLE pacte_edition"],
}
# What readers may see, when the portal was first installed.
TABLES = [
    "socle_entreejournal",
    "socle_synonyme",
    "axes_axe",
    "partenaires_partenaire",
    "contrats_contrat",
    "contrats_volet",
    "contrats_objectif",
    "contrats_acte",
    "contrats_signature",
    "contrats_adhesion",
    "contrats_pacte",
    "contrats_annee",
    "contrats_exercice",
    "actions_besoin",
    "actions_public",
    "actions_territoire",
    "actions_contribution",
    "actions_financement",
    "actions_indicateur",
    "actions_releve",
    "actions_jalon",
    "actions_pointetape",
    "actions_source",
    "actions_libelle_partenaires_cites",
    "actions_libelle",
    "actions_action_besoins",
    "actions_action_publics",
    "actions_action_territoires",
    "actions_action",
    "actions_constat_territoires",
    "actions_constat_publics",
    "actions_constat_actions",
    "actions_constat",
    "actions_inscription",
    "actions_subvention",
    "pacte_comite",
    "pacte_decision_actions",
    "pacte_decision",
    "pacte_rapportannuel",
    "pacte_motdepartie",
]
EVENEMENTS = "INSERT", "UPDATE", "DELETE"


def _creer(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    est_sqlite = schema_editor.connection.vendor == "sqlite"
    for ordre in TABLE_DE_SQLITE if est_sqlite else TABLE_DE_POSTGRESQL:
        schema_editor.execute(ordre)


def _oter(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for ordre in OTER_LA_TABLE[schema_editor.connection.vendor]:
        schema_editor.execute(ordre)


CREER_LA_TABLE = migrations.RunPython(_creer, _oter)


def suivre(tables: Sequence[str]) -> migrations.RunPython:
    """Return the operation that gives `tables` their triggers, and takes them away backwards."""

    def poser(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for ordre in POSER[schema_editor.connection.vendor](table):
                schema_editor.execute(ordre)

    def oter(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for ordre in OTER[schema_editor.connection.vendor](table):
                schema_editor.execute(ordre)

    return migrations.RunPython(poser, oter)


def _poser_sur_postgresql(table: str) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER {table}_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION pacte_noter_edition()"
    )


def _poser_sur_sqlite(table: str) -> Iterator[str]:
    for evenement in EVENEMENTS:
        yield (
            f"CREATE TRIGGER {table}_edition_{evenement.lower()} AFTER {evenement} ON {table} "
            "BEGIN DELETE FROM pacte_edition; INSERT INTO pacte_edition (le) "
            "VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now')); END"
        )


def _oter_de_postgresql(table: str) -> Iterator[str]:
    yield f"DROP TRIGGER {table}_edition ON {table}"


def _oter_de_sqlite(table: str) -> Iterator[str]:
    for evenement in EVENEMENTS:
        yield f"DROP TRIGGER {table}_edition_{evenement.lower()}"


POSER = {"postgresql": _poser_sur_postgresql, "sqlite": _poser_sur_sqlite}
OTER = {"postgresql": _oter_de_postgresql, "sqlite": _oter_de_sqlite}
