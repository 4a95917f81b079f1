"""The real files, loaded over an empty base, then over themselves."""

import pytest

from pacte.management.commands.charger_referentiel import DOSSIER
from pacte.referentiel.ecriture import charger

pytestmark = pytest.mark.django_db


def test_le_premier_chargement_cree_tout():
    bilan = charger(DOSSIER)

    assert len([cree for cree in bilan.crees if cree.startswith("action «")]) == 27
    assert len([cree for cree in bilan.crees if cree.startswith("libellé «")]) == 37
    assert len([cree for cree in bilan.crees if cree.startswith("volet «")]) == 8
    assert (bilan.modifies, bilan.conserves) == ([], [])


@pytest.mark.usefixtures("hautes_alpes")
def test_recharger_ne_change_rien():
    bilan = charger(DOSSIER)

    assert (bilan.crees, bilan.modifies, bilan.conserves) == ([], [], [])
