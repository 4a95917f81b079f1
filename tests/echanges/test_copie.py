"""What a CSV costs beside PostgreSQL's own COPY of the same rows (see `tests/conftest.py`)."""

import time

import pytest
from django.db import connection

from tests.banc.brut import LIGNES
from tests.echanges.test_taille import ecrire_csv, lignes

__all__ = ["lignes"]
pytestmark = pytest.mark.django_db
# Measured at 3.5 to 4.5 on a quiet machine, for an aim of 3: the bound leaves room for a busy one.
FOIS_COPY = 8
# What the same rows cost PostgreSQL alone: the same joins, the same order, the same columns.
COPY = f"COPY ({LIGNES}) TO STDOUT WITH (FORMAT csv, DELIMITER ';')"


def test_le_csv_coute_quelques_fois_copy(lignes):
    """The ratio of one run, the shortest of three each."""
    _copier(), _ecrire()

    rapport = min(_ecrire() for _ in range(3)) / min(_copier() for _ in range(3))

    assert rapport <= FOIS_COPY, rapport


def _copier() -> float:
    depart = time.perf_counter()
    with connection.cursor() as curseur, curseur.copy(COPY) as copie:
        for _morceau in copie:
            pass
    return time.perf_counter() - depart


def _ecrire() -> float:
    depart = time.perf_counter()
    for _morceau in ecrire_csv().streaming_content:
        pass
    return time.perf_counter() - depart
