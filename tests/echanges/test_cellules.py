"""One cell: what is read as a date, as a yes, and what is told when it is neither."""

from datetime import date, datetime

import pytest
from django.db import models

from pacte.echanges.cellules import lire_cellule

JOUR = models.DateField()
OUI = models.BooleanField()


@pytest.mark.parametrize(
    "cellule",
    [
        "2026-03-31",
        " 31/03/2026 ",
        "31.3.2026",
        "2026-03-31T00:00:00Z",
        "2026-03-31 14:30",
        date(2026, 3, 31),
        datetime(2026, 3, 31, 14, 30),
    ],
)
def test_un_jour_se_lit_comme_on_l_ecrit(cellule):
    assert lire_cellule(JOUR, cellule) == date(2026, 3, 31)


@pytest.mark.parametrize(
    "cellule",
    [
        "2026-03-31 au 2026-04-15",
        "2026-W13-2",
        "20260331",
        "31/02/2026",
        "2026-13-01",
        "mars",
        46112,
    ],
)
def test_ce_qui_n_est_pas_un_jour_est_refuse(cellule):
    with pytest.raises(ValueError, match="n’est pas une date"):
        lire_cellule(JOUR, cellule)


@pytest.mark.parametrize(
    ("cellule", "vrai"),
    [
        ("Oui", True),
        ("x", True),
        (1.0, True),
        (True, True),
        ("non", False),
        (0, False),
        (None, False),
    ],
)
def test_un_oui_se_lit_comme_on_l_ecrit(cellule, vrai):
    assert lire_cellule(OUI, cellule) is vrai


@pytest.mark.parametrize("cellule", ["peut-être", 2, 1.7, float("inf"), float("nan")])
def test_ce_qui_n_est_ni_oui_ni_non_est_refuse(cellule):
    with pytest.raises(ValueError, match="écrire « oui » ou « non »"):
        lire_cellule(OUI, cellule)


@pytest.mark.parametrize("champ", [models.IntegerField(), models.DecimalField()])
def test_l_infini_n_est_pas_un_nombre(champ):
    with pytest.raises(ValueError):
        lire_cellule(champ, float("inf"))
