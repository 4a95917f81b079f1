"""An action by rubrics: each page in a screen and a half, on the fullest actions."""

import pytest
from django.db.models import Count
from django.db.models.functions import Length

from actions.admin.rubriques import RUBRIQUES
from actions.models import Action

pytestmark = pytest.mark.navigateur
UN_ECRAN_ET_DEMI = 1350
HAUTEUR = "document.documentElement.scrollHeight"
LIGNES = ("points", "jalons", "libelles", "financements", "indicateurs", "contributions")


def _les_plus_remplies(scene) -> list[int]:
    """The action with a long story, a suspended one, a draft, the longest title, the most rows."""
    choisies = [scene.action, Action.objects.filter(statut="suspendue").first()]
    choisies += [
        Action.objects.filter(publication="brouillon").first(),
        Action.objects.order_by(Length("titre").desc()).first(),
        *(Action.objects.annotate(n=Count(x)).order_by("-n", "code").first() for x in LIGNES),
    ]
    return list(dict.fromkeys(action.pk for action in choisies))


@pytest.mark.parametrize("agent", ["agent", "agent_de_l_etat"])
def test_chaque_rubrique_tient_sur_un_ecran_et_demi(scene, ouvrir, agent):
    page = ouvrir(agent)
    hauteurs = {}
    for pk in _les_plus_remplies(scene):
        for rubrique in RUBRIQUES:
            page.goto(f"/admin/actions/action/{pk}/{rubrique}/")
            hauteurs[rubrique, pk] = page.evaluate(HAUTEUR)

    trop_hautes = {ou: haut for ou, haut in hauteurs.items() if haut > UN_ECRAN_ET_DEMI}
    assert trop_hautes == {}


@pytest.mark.parametrize("rubrique", RUBRIQUES)
def test_au_telephone_une_rubrique_ne_deborde_pas(scene, ouvrir, rubrique):
    page = ouvrir("agent", 320)
    page.goto(f"/admin/actions/action/{scene.action.pk}/{rubrique}/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_les_etiquettes_et_les_fautes_restent_pres_de_leurs_cases(scene, ouvrir):
    page = ouvrir("agent")
    page.goto(f"/admin/actions/action/{scene.action.pk}/fiche/")
    page.locator("#id_titre").fill("")
    page.evaluate("document.querySelector('#action_form').noValidate = true")
    page.locator("[name=_save]").click()

    titre, faute = (page.locator(x).bounding_box() for x in ("#id_titre", ".errorlist"))
    etiquette = page.locator("label[for=id_titre]").bounding_box()

    assert faute["y"] < etiquette["y"] < titre["y"] < faute["y"] + 80
    assert faute["x"] == pytest.approx(titre["x"], abs=30)
