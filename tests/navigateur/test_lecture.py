"""A reader's journey, script off and on, on a desktop and on a phone."""

import re

import pytest

from tests.navigateur.connexion import se_connecter

pytestmark = pytest.mark.navigateur


def largeur_debordante(page) -> int:
    """Return by how many pixels the page scrolls sideways (needs no script of the page)."""
    boite = page.locator("html").bounding_box()
    contenus = page.locator("main, header, footer").all()
    bords = [c.bounding_box()["x"] + c.bounding_box()["width"] for c in contenus]
    return max(0, round(max(bords) - boite["width"]))


def test_de_l_accueil_a_une_fiche_par_la_carte(page):
    page.goto("/")
    assert page.locator("h1").inner_text().startswith("Lutter ensemble contre")
    assert largeur_debordante(page) == 0

    page.get_by_role("link", name="5 actions CLS, axe 3").click()
    assert "5 actions" in page.locator(".bandeau__total").inner_text().replace("\u00a0", " ")
    assert page.locator(".ligne").count() == 5

    page.get_by_role("link", name="Renforcer l’accompagnement des personnes isolées").click()
    assert page.locator("h1").inner_text() == "Renforcer l’accompagnement des personnes isolées"
    assert page.locator(".libelle").count() == 2
    assert largeur_debordante(page) == 0


def test_chercher_filtrer_retirer(page):
    page.goto("/actions/")
    page.get_by_label("Chercher dans les actions").fill("accompagnements")
    page.get_by_label("Axe 2 – Emploi").check()
    page.get_by_role("button", name="Appliquer").click()

    assert "axe=2" in page.url
    assert "q=accompagnements" in page.url
    assert page.locator("mark").first.inner_text().lower().startswith("accompagn")
    avant = page.locator(".ligne").count()

    page.get_by_role("link", name=re.compile("Retirer le filtre Axe 2")).click()
    assert "axe=2" not in page.url
    assert page.locator(".ligne").count() > avant
    assert largeur_debordante(page) == 0


def test_une_faute_de_frappe_est_corrigee(page):
    page.goto("/")
    page.get_by_label("Chercher une action, un partenaire, un contrat").fill("wimov")
    page.get_by_role("button", name="Rechercher").click()

    page.get_by_role("link", name="Wimoov").click()
    assert page.locator(".trouves a", has_text="Wimoov").count() == 1


def test_au_clavier_le_lien_d_evitement_mene_au_contenu(page):
    page.goto("/axes/1/")
    page.keyboard.press("Tab")
    lien = page.locator(".evitement")
    assert lien.bounding_box()["x"] >= 0

    page.keyboard.press("Enter")
    assert page.url.endswith("#contenu")


PAGES = ["/axes/", "/contrats/", "/contrats/cdie/", "/partenaires/", "/partenaires/ccss/"]
PAGES += ["/actualites/", "/plan-du-site/", "/recherche/?q=rsa", "/actions/?q=zzzz"]


def test_rien_ne_deborde(page):
    for adresse in PAGES:
        page.goto(adresse)

        assert page.locator("h1").count() == 1, adresse
        assert largeur_debordante(page) == 0, adresse


def test_l_administration_respecte_la_politique_de_securite(page, administrateur):
    page.goto("/admin/")
    se_connecter(page, administrateur)
    page.get_by_role("heading", name="À traiter").wait_for()

    page.locator(".a-traiter li a").first.click()
    page.locator("#points-group").wait_for(state="attached")
