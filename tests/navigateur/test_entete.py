"""The header with its search box: low on a phone, absent on paper, and it searches."""

import pytest

from tests.navigateur.cliche import la_vraie_feuille_de_route, remplir_la_base

pytestmark = pytest.mark.navigateur

# A third of a small screen.
HAUTEUR_SUR_UN_TELEPHONE, HAUTEUR_SUR_UN_ECRAN = 250, 120
DEBORDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def page(chromium, live_server, transactional_db):
    remplir_la_base(la_vraie_feuille_de_route)
    contexte = chromium.new_context(base_url=live_server.url)
    yield contexte.new_page()
    contexte.close()


@pytest.mark.parametrize(
    ("largeur", "hauteur"),
    [(320, HAUTEUR_SUR_UN_TELEPHONE), (1280, HAUTEUR_SUR_UN_ECRAN)],
)
def test_l_entete_reste_bas_et_ne_deborde_pas(page, largeur, hauteur):
    page.set_viewport_size({"width": largeur, "height": 800})
    page.goto("/axes/3/")

    assert page.locator(".entete").bounding_box()["height"] <= hauteur
    assert page.locator(".entete [role=search]").is_visible()
    assert page.evaluate(DEBORDE) == 0


@pytest.mark.parametrize("adresse", ["/", "/recherche/", "/actions/"])
def test_sur_un_telephone_la_boite_principale_se_lit_en_entier(page, adresse):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(adresse)
    boite = page.locator("main .recherche input[type=search]")
    # As wide as what it invites to write, with a caret beside.
    place = """(x) => {
      const s = getComputedStyle(x), dessin = document.createElement("canvas").getContext("2d");
      dessin.font = `${s.fontWeight} ${s.fontSize} ${s.fontFamily}`;
      const interieur = x.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight);
      return interieur - dessin.measureText(x.placeholder).width;
    }"""
    page.evaluate("document.fonts.ready")

    assert boite.evaluate(place) > 0


def test_la_recherche_de_l_entete_cherche_dans_tout_le_site(page):
    page.goto("/contact/")
    page.get_by_label("Chercher une action, un partenaire, un contrat").fill("voiture")
    page.keyboard.press("Enter")

    page.wait_for_url("**/recherche/?q=voiture")
    page.get_by_text("Résultats aussi pour").wait_for()


def test_l_entete_ne_s_imprime_pas_avec_sa_recherche(page):
    page.goto("/axes/3/")
    page.emulate_media(media="print")

    assert page.locator(".marque").is_visible()
    assert not page.locator(".entete [role=search]").is_visible()
