"""The words of search keys, found by an index where the database has one.

A key holds the stems of a row, between spaces. PostgreSQL finds them in an index of words; SQLite
reads every key, which takes ten milliseconds for five thousand rows.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BooleanField, Func
from django.db.models.sql.compiler import SQLCompiler

from pacte.socle.recherche import Terme, formes


class Porte(Func):
    """« One of the wordings of a term stands in these search keys », put end to end.

    As `Terme.condition` says it of one key, and the same on every database. PostgreSQL finds it by
    the index that `indexer_les_mots` makes of the same keys, in the same order.
    """

    output_field = BooleanField()

    def __init__(self, terme: Terme, *cles: str) -> None:
        super().__init__(*cles)
        self.terme = terme

    def as_sql(  # type: ignore[override]  # Django's has options that nobody gives here
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[str]]:
        texte, motifs = self._mettre_bout_a_bout(compiler), []

        def chercher(racine: str, est_un_debut: bool) -> str:
            motifs.append(f"% {racine}%" if est_un_debut else f"% {racine} %")
            return f"({texte}) LIKE %s"

        return _ecrire(self.terme, chercher, " AND ", " OR "), motifs

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[str]]:
        def chercher(racine: str, est_un_debut: bool) -> str:
            return f"{racine}:*" if est_un_debut else racine

        mots = _decouper(self._mettre_bout_a_bout(compiler))
        return f"{mots} @@ to_tsquery('simple', %s)", [_ecrire(self.terme, chercher, " & ", " | ")]

    def _mettre_bout_a_bout(self, compiler: SQLCompiler) -> str:
        return " || ".join(compiler.compile(cle)[0] for cle in self.source_expressions)


# Stems already: nothing is made of them. Cutting a text takes longer than PostgreSQL believes,
# which would then read a small table without its index.
DECOUPER = """
CREATE FUNCTION pacte_mots(texte text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE COST 10000
AS $$ BEGIN RETURN to_tsvector('pg_catalog.simple', texte); END $$
"""


def savoir_decouper() -> migrations.RunPython:
    """Return the operation of a migration that tells PostgreSQL how a key is cut into words."""
    return _sur_postgresql(DECOUPER, "DROP FUNCTION pacte_mots(text)")


def indexer_les_mots(nom: str, table: str, *cles: str) -> migrations.RunPython:
    """Return the operation of a migration that gives PostgreSQL the index that `Porte` uses."""
    mots = _decouper(" || ".join(cles))
    return _sur_postgresql(f"CREATE INDEX {nom} ON {table} USING gin ({mots})", f"DROP INDEX {nom}")


def _sur_postgresql(poser: str, oter: str) -> migrations.RunPython:
    def executer(ordre: str) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
        def faire(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(ordre)

        return faire

    return migrations.RunPython(executer(poser), executer(oter))


def _decouper(texte: str) -> str:
    return f"pacte_mots({texte})"


def _ecrire(terme: Terme, mot: Callable[[str, bool], str], et: str, ou: str) -> str:
    """Return `terme` in another language: `mot` writes a stem, `et` and `ou` join what it wrote."""

    def joindre(ecrits: Iterable[str], par: str) -> str:
        return f"({par.join(ecrits)})"

    variantes = (
        joindre((joindre((mot(*f) for f in formes(r)), ou) for r in variante), et)
        for variante in terme.variantes
    )
    return joindre(variantes, ou)
