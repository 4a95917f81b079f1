"""Months as the law counts them."""

from datetime import date

import pytest

from pacte.socle.delais import ajouter_des_mois


@pytest.mark.parametrize(
    ("jour", "mois", "attendu"),
    [
        (date(2026, 11, 24), 2, date(2027, 1, 24)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 10, 15), 2, date(2026, 12, 15)),
        (date(2028, 2, 29), 36, date(2031, 2, 28)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
    ],
)
def test_un_delai_se_compte_de_quantieme_a_quantieme(jour, mois, attendu):
    assert ajouter_des_mois(jour, mois) == attendu
