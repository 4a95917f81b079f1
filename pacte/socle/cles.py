"""Many keys at once, given to the database as one value."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func
from django.db.models.sql.compiler import SQLCompiler


class Parmi(Func):
    """« This key is one of `cles` », however many they are: `__in` gives a parameter for each."""

    output_field = BooleanField()

    def __init__(self, cle: str, cles: Sequence[int]) -> None:
        super().__init__(cle)
        self.cles = list(cles)

    def as_sql(  # type: ignore[override]  # Django's has options that nobody gives here
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[str]]:
        colonne, _ = compiler.compile(self.source_expressions[0])
        return f"{colonne} IN (SELECT value FROM json_each(%s))", [json.dumps(self.cles)]

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[list[int]]]:
        colonne, _ = compiler.compile(self.source_expressions[0])
        return f"{colonne} = ANY(%s)", [self.cles]
