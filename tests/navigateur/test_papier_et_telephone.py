"""On A4, on a phone, without colours; and where the focus goes after a mistake."""

import pytest

from tests.navigateur import etapes as e
from tests.navigateur.regards import IMPRIMES, LARGEUR_IMPRIMABLE, papier, telephone

pytestmark = pytest.mark.navigateur

FORMES = """(modele) => Object.fromEntries([...document.querySelectorAll(modele)].map((x) => {
  const s = getComputedStyle(x, "::before");
  return [x.textContent.trim(), [s.width, s.height, s.borderTopWidth, s.borderLeftWidth,
    s.borderTopStyle, s.borderRadius, s.rotate].join(" ")];
}))"""
TRAITS = """[...document.querySelectorAll("th .barre__cle line")].map((x) => {
  const s = getComputedStyle(x);
  return [s.strokeWidth, s.strokeDasharray, s.strokeLinecap].join(" ");
})"""


@pytest.mark.parametrize("role", IMPRIMES)
def test_une_page_imprimee_est_entiere_et_dit_d_ou_elle_vient(role, visiter):
    bilan = visiter(role).bilans[papier]

    assert bilan.vus
    bilan.conclure()


def test_l_administration_s_imprime_sans_perdre_de_colonne(scene, ouvrir):
    page = ouvrir("agent", LARGEUR_IMPRIMABLE)
    listes = ("actions/action", "actions/financement", "contrats/exercice")
    adresses = ["/admin/", *(f"/admin/{liste}/" for liste in listes)]
    adresses.append(e.adresse_de(scene.action, "change"))
    for adresse in adresses:
        page.emulate_media(media="screen")
        page.goto(adresse)
        page.emulate_media(media="print")
        depassent = """[...document.querySelectorAll("#content *")].filter((x) =>
          x.checkVisibility() && x.getBoundingClientRect().right > innerWidth + 1).length"""

        assert page.evaluate(depassent) == 0, adresse
        assert adresse in page.locator(".impression").inner_text()


def test_le_papier_est_de_format_a4_sans_titre_isole(scene, ouvrir):
    page = ouvrir(largeur=LARGEUR_IMPRIMABLE)
    page.goto("/suivi/")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert page.locator(".impression").is_hidden()

    page.emulate_media(media="print")
    titres = "[...document.querySelectorAll('h1, h2, h3')].map(x => getComputedStyle(x).breakAfter)"
    assert set(page.evaluate(titres)) == {"avoid"}
    fonds = "[...document.querySelectorAll('.pastille, .statut')].filter(x => "
    fonds += "getComputedStyle(x).backgroundColor !== 'rgba(0, 0, 0, 0)').length"
    page.goto("/actions/")
    assert page.evaluate(fonds) == 0


def test_un_tableau_ne_se_coupe_ni_apres_son_entete_ni_dans_un_financeur(scene, ouvrir):
    page = ouvrir(largeur=LARGEUR_IMPRIMABLE)
    page.goto("/suivi/")
    page.emulate_media(media="print")

    def coupures(modele, nom):
        code = "([m, n]) => [...document.querySelectorAll(m)].map((x) => getComputedStyle(x)[n])"
        return set(page.evaluate(code, [modele, nom]))

    assert coupures("thead", "breakAfter") == coupures("tbody > :first-child", "breakAfter")
    assert coupures("thead", "breakAfter") == coupures("caption", "breakAfter") == {"avoid"}
    assert coupures("thead", "display") == {"table-header-group"}
    assert coupures("tr, .argent tbody", "breakInside") == {"avoid"}


def test_ce_qui_se_deplie_s_imprime_deplie(scene, ouvrir):
    page = ouvrir(largeur=LARGEUR_IMPRIMABLE)
    page.goto("/contrats/cls/")
    replie = """[...document.querySelectorAll("main details:not(.citer) li")].filter((x) =>
      !x.checkVisibility({ contentVisibilityAuto: true })).length"""
    assert page.evaluate(replie) > 10

    page.emulate_media(media="print")
    # What was folded takes its new style with the next picture.
    page.wait_for_function(f"{replie} === 0")


@pytest.mark.parametrize("adresse", ["/suivi/", "/financements/"])
def test_les_mots_d_un_tableau_de_montants_partent_de_la_gauche(scene, ouvrir, adresse):
    page = ouvrir()
    page.goto(adresse)
    cotes = "(cases) => [...new Set(cases.map((x) => getComputedStyle(x).textAlign))]"

    assert page.locator(".en-mots").evaluate_all(cotes) == ["left"]
    assert page.locator("td[data-label=Prévu]").evaluate_all(cotes) == ["right"]


@pytest.mark.parametrize("adresse", ["/actions/", "/financements/"])
def test_une_liste_imprimee_dit_sa_page(scene, ouvrir, adresse):
    page = ouvrir(largeur=LARGEUR_IMPRIMABLE)
    page.goto(adresse)
    suite = "(x) => getComputedStyle(x, '::after').content"
    nombre, pages = page.locator("[data-page]"), page.locator(".pagination-liste")
    assert (nombre.evaluate(suite), pages.evaluate(suite)) == ("none", "none")

    page.emulate_media(media="print")
    assert "page 1 sur " in nombre.evaluate(suite)
    assert pages.inner_text().strip().startswith("Page 1 sur ")
    assert "Page suivante" not in pages.inner_text()
    assert "de 1 à" in pages.evaluate(suite)


@pytest.mark.parametrize("role", IMPRIMES)
def test_au_telephone_chaque_cellule_dit_sa_colonne(role, visiter):
    bilan = visiter(role).bilans[telephone]

    assert bilan.vus
    bilan.conclure()


def test_en_cartes_un_tableau_reste_un_tableau(ouvrir):
    page = ouvrir(largeur=320)
    page.goto("/suivi/")
    tableau = page.get_by_role("table", name="Montants par contrat")

    assert tableau.get_by_role("columnheader").count() == 5
    assert tableau.get_by_role("rowheader").count() == 3
    assert tableau.get_by_role("cell").count() == 12


def test_une_serie_se_reconnait_sans_sa_couleur(scene, ouvrir):
    page = ouvrir()
    page.goto("/suivi/")
    traits = page.evaluate(TRAITS)
    assert len(traits) == len(set(traits)) == 8

    motifs = (
        "(m) => [...new Set([...document.querySelectorAll(m)].map(x => x.getAttribute('fill')))]"
    )
    barres = page.evaluate(motifs, ".barres__ligne rect")
    assert sorted(page.evaluate(motifs, ".barres__cle rect")) == sorted(barres)
    assert len(barres) == 3
    for motif in barres:
        assert page.locator(motif[4:-1]).count() == 1

    formes = {}
    for adresse in ("/actions/", "/actions/?page=2"):
        page.goto(adresse)
        formes |= page.evaluate(FORMES, ".ligne__suivi .statut")
    assert {"Suspendue", "Reportée", "En retard"} <= set(formes)
    assert len(set(formes.values())) == len(formes), formes


@pytest.mark.parametrize("script", [True, False])
def test_apres_une_faute_le_focus_est_sur_le_bilan(script, ouvrir):
    page = ouvrir(java_script_enabled=script)
    for adresse in ("/contact/", "/adhesion/", "/connexion/"):
        page.goto(adresse)
        page.locator("main form.formulaire button[type=submit]").click()
        page.locator(".fautes:focus").wait_for()
        assert page.title().startswith("Erreur\u00a0: ")

        page.keyboard.press("Tab")
        cible = page.locator(".fautes a:focus").get_attribute("href")
        page.keyboard.press("Enter")
        page.locator(f"{cible}:focus").wait_for()


def test_une_liste_deroulante_a_sa_fleche(ouvrir):
    page, images = ouvrir(), []
    page.on("response", lambda r: "fleche" in r.url and images.append(r.status))
    for adresse, nombre in (("/adhesion/", 2), ("/contact/", 1)):
        page.goto(adresse)
        fonds = (
            "[...document.querySelectorAll('select')].map(x => getComputedStyle(x).backgroundImage)"
        )
        assert ["fleche" in fond for fond in page.evaluate(fonds)] == [True] * nombre
    assert 200 in images
