"""With a keyboard alone, enlarged, spaced out, without style sheets, without script."""

import os
import re
from pathlib import Path

import pytest

from tests.navigateur.connexion import PAROLE
from tests.navigateur.regards import reflux
from tests.navigateur.visite import ROLES

pytestmark = pytest.mark.navigateur

ATTEIGNABLES = """[...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility()).length"""
FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  if (e === document.body) return null;
  e.dataset.vu = e.dataset.vu || "0";
  e.dataset.vu = Number(e.dataset.vu) + 1;
  const anneau = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const boite = e.getBoundingClientRect();
  const dedans = boite.right > 0 && boite.bottom > 0 && boite.top < innerHeight;
  return { qui: e.outerHTML.slice(0, 90), anneau, dedans, fois: Number(e.dataset.vu) };
}"""


def consigner(nom: str, lignes: list[str]) -> None:
    """Write what was looked at in the folder that PACTE_RAPPORT names, or say it in a line."""
    if dossier := os.environ.get("PACTE_RAPPORT"):
        Path(dossier).mkdir(parents=True, exist_ok=True)
        (Path(dossier) / f"{nom}.txt").write_text("\n".join([*lignes, ""]), encoding="utf-8")
    else:
        print(f"{nom} : {len(lignes)} contrôles")


def aller_a(page, selecteur: str) -> None:
    """Press Tab until the focus is on `selecteur`."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selecteur):
            return
    raise AssertionError(f"{selecteur} n’est pas atteint au clavier")


@pytest.mark.parametrize("role", [r for r in ROLES if r != "modeles"])
def test_rien_ne_deborde_ni_n_est_coupe(role, visiter):
    bilan = visiter(role).bilans[reflux]

    assert bilan.vus
    bilan.conclure()


@pytest.mark.parametrize("qui", ["", "referente", "agent"])
def test_le_focus_se_voit_partout_sans_piege(qui, scene, ouvrir):
    page = ouvrir(qui)
    page.goto({"": "/", "referente": f"/espace/{scene.msa.slug}/", "agent": "/admin/"}[qui])
    attendus, vus = page.evaluate(ATTEIGNABLES), []
    for _ in range(attendus + 5):
        page.keyboard.press("Tab")
        if (vu := page.evaluate(FOCUS)) is None:
            break
        vus.append(vu)

    consigner(f"focus-{qui or 'accueil'}", [v["qui"] for v in vus])
    assert len(vus) == attendus
    assert [v for v in vus if not (v["anneau"] and v["dedans"] and v["fois"] == 1)] == []


def test_le_lien_d_evitement_vient_d_abord(ouvrir, scene):
    for qui, adresse in (("", "/"), ("", "/actions/"), ("referente", f"/espace/{scene.msa.slug}/")):
        page = ouvrir(qui)
        page.goto(adresse)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
        assert page.locator(".evitement").bounding_box()["x"] >= 0

        page.keyboard.press("Enter")
        page.wait_for_url("**#contenu")
        assert page.evaluate("document.activeElement.id") == "contenu"


def test_lire_une_fiche_au_clavier(ouvrir):
    page = ouvrir()
    page.goto("/")
    aller_a(page, ".menu a[href='/actions/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/actions/")
    aller_a(page, "#id_q")
    page.keyboard.type("accompagnement")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=accompagnement*")
    aller_a(page, ".facette summary")
    ouverte = page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.parentElement.open") is not ouverte

    aller_a(page, ".ligne__titre a")
    titre = page.evaluate("document.activeElement.textContent").strip()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/actions/[^?]+/$"))
    assert page.locator("h1").inner_text() == titre


def test_le_menu_du_compte_s_ouvre_et_se_ferme_au_clavier(ouvrir):
    page = ouvrir("referente")
    page.goto("/compte/")
    menu = page.locator(".compte-menu")
    aller_a(page, ".compte-menu summary")
    page.keyboard.press("Enter")
    assert menu.get_by_role("link", name="Mon compte").is_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.matches('.compte-menu summary')")


def test_ecrire_au_clavier(ouvrir):
    page = ouvrir()
    page.goto("/contact/")
    aller_a(page, "main button[type=submit]")
    page.keyboard.press("Enter")
    page.locator("main [role=alert]").first.wait_for()

    for champ, texte in (("sujet", "Un"), ("texte", "Bonjour."), ("courriel", "a@exemple.fr")):
        aller_a(page, f"main [name={champ}]")
        page.keyboard.type(texte)
    aller_a(page, "main button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contact/envoye/")


def test_sans_feuille_de_style_tout_se_lit_dans_l_ordre(ouvrir, scene):
    page = ouvrir(largeur=1280)
    page.route("**/*.css", lambda route: route.abort())
    for adresse in ("/", "/actions/", scene.action.get_absolute_url(), "/suivi/", "/contact/"):
        page.goto(adresse)
        grandes = "[...document.querySelectorAll('svg, img')].filter(e => e.clientHeight > 200)"
        ordre = "[...document.querySelectorAll('.evitement, header, main, footer')]"

        assert page.evaluate(f"{grandes}.map(e => e.outerHTML.slice(0, 90))") == [], adresse
        assert page.evaluate(f"{ordre}.map(e => e.tagName)") == ["A", "HEADER", "MAIN", "FOOTER"]
        assert page.locator("h1").is_visible()

    page.goto("/actions/?q=accompagnement")
    page.locator(".ligne__titre a").first.click()
    page.get_by_role("heading", name="Où en est-on ?").wait_for()


def test_sans_script_on_entre_et_on_ecrit(ouvrir, scene):
    scene.contributeur.set_password(PAROLE)
    scene.contributeur.save()
    page = ouvrir(java_script_enabled=False)
    page.goto("/connexion/?next=/espace/")
    page.locator("main [name=login]").fill(scene.contributeur.email)
    page.locator("main [name=password]").fill(PAROLE)
    page.locator("main button[type=submit]").click()
    page.get_by_role("link", name=scene.msa.nom).click()
    page.locator(".compte-menu summary").click()
    page.locator(".compte-menu").get_by_role("link", name="Mon compte").click()
    page.get_by_role("heading", name="Mon compte").wait_for()

    page.goto("/contact/")
    page.locator("main [name=texte]").fill("Bonjour.")
    page.locator("main button[type=submit]").click()
    assert page.locator("main [role=alert]").first.is_visible()
