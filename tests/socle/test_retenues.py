"""What is kept for an edition: given again while it lasts, forgotten with it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pacte.socle.retenues import (
    Retenues,
    chacun_pour_cette_edition,
    lire_l_edition,
    pour_cette_edition,
)


@pytest.fixture
def calculs():
    return []


def compter(calculs, valeur):
    calculs.append(valeur)
    return valeur


def test_sans_edition_rien_n_est_garde(calculs):
    for _ in range(2):
        pour_cette_edition("cle", lambda: compter(calculs, 1))
        chacun_pour_cette_edition("sorte", [1], lambda cles: {c: compter(calculs, c) for c in cles})

    assert len(calculs) == 4


def test_une_edition_calcule_une_fois_et_la_suivante_recommence(calculs):
    lus = []
    for edition in ("une", "une", "autre", "une"):
        with lire_l_edition(("test", edition)):
            lus.append(pour_cette_edition("cle", lambda: compter(calculs, len(calculs))))

    assert lus == [0, 0, 1, 2]


def test_de_plusieurs_on_ne_calcule_que_ce_qui_manque(calculs):
    def doubler(cles):
        calculs.append(list(cles))
        return {cle: 2 * cle for cle in cles}

    with lire_l_edition("test des plusieurs"):
        lus = [chacun_pour_cette_edition("double", cles, doubler) for cles in ([1, 2], [2, 3], [3])]
        autres = chacun_pour_cette_edition("autre sorte", [3], doubler)

    assert lus == [{1: 2, 2: 4}, {2: 4, 3: 6}, {3: 6}]
    assert calculs == [[1, 2], [3], [3]]
    assert autres == {3: 6}


def test_la_place_est_comptee_et_la_plus_ancienne_s_en_va():
    retenues = Retenues(au_plus=2)
    for cle in "abc":
        retenues.garder("edition", cle, cle.upper())

    assert [retenues.lire("edition", cle) for cle in "abc"] == [
        (False, None),
        (True, "B"),
        (True, "C"),
    ]


def test_chaque_fil_lit_son_edition():
    def lire(edition):
        with lire_l_edition(edition):
            return [pour_cette_edition("cle", lambda: edition) for _ in range(50)]

    editions = [f"édition {rang}" for rang in range(8)]
    with ThreadPoolExecutor(8) as fils:
        assert list(fils.map(lire, editions)) == [[edition] * 50 for edition in editions]
