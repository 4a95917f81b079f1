"""The pictures of the help pages, taken on the demonstration: `make captures` renews them."""

import os
from base64 import b64encode
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from pacte.management.commands.charger_demo import MOT_DE_PASSE, adresse_de

pytestmark = pytest.mark.navigateur

DOSSIER = Path(__file__).resolve().parents[2] / "static" / "aide"
TOLERANCE = 3
TAILLE = {"width": 1000, "height": 700}
AGENT, PARTENAIRE = adresse_de("departement"), adresse_de("msa")
# Picture → whose page, its address, what must be on it, where the picture starts.
CAPTURES = {
    "espace": (PARTENAIRE, "/espace/msa/", "À faire", "main"),
    "proposer": (PARTENAIRE, None, "Publié aujourd’hui", "main"),
    "a-traiter": (AGENT, "/admin/", "À traiter", "#content"),
    "repondre": (AGENT, None, "Répondre", "#content"),
}
# Two pictures in grey, shrunk until dates and fonts no longer count: their mean difference.
ECART = """async (sources) => {
  const [l, h] = [50, 35];
  const gris = async (source) => {
    const image = new Image();
    image.src = `data:image/jpeg;base64,${source}`;
    await image.decode();
    const toile = new OffscreenCanvas(l, h).getContext("2d");
    toile.drawImage(image, 0, 0, l, h);
    const points = toile.getImageData(0, 0, l, h).data;
    return points.filter((_, rang) => rang % 4 === 1);
  };
  const [une, autre] = await Promise.all(sources.map(gris));
  return une.reduce((total, point, rang) => total + Math.abs(point - autre[rang]), 0) / (l * h);
}"""


@pytest.fixture
def bureau(chromium, live_server, transactional_db, settings):
    """Return a function: account → a page of the demonstration where it is signed in."""
    settings.SECOND_FACTEUR_DES_AGENTS = False
    call_command("charger_demo", verbosity=0)
    contextes = []

    def entrer(compte):
        contexte = chromium.new_context(base_url=live_server.url, viewport=TAILLE, locale="fr-FR")
        contextes.append(contexte)
        page = contexte.new_page()
        page.goto("/connexion/")
        page.get_by_label("Adresse électronique").fill(compte)
        page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
        page.locator("main").get_by_role("button", name="Se connecter").click()
        return page

    yield entrer
    for contexte in contextes:
        contexte.close()


def photographier(page, image: Path) -> bytes:
    """Return what `page` shows, kept in `image` when the pictures are being taken again."""
    vue = page.screenshot(type="jpeg", quality=60)
    if os.environ.get("PACTE_CAPTURES") == "oui":
        image.parent.mkdir(exist_ok=True)
        image.write_bytes(vue)
    return vue


def ouvrir(page, nom, adresse) -> None:
    """Go to the page of a picture; those without a fixed address are reached as a person would."""
    if adresse:
        page.goto(adresse)
    elif nom == "proposer":
        page.goto("/espace/msa/")
        page.get_by_role("link", name="une formulation").last.click()
    else:
        page.goto("/admin/propositions/")
        page.locator("#content tbody a").first.click()


def ecart(page, *images: bytes) -> float:
    """Return how much two pictures differ, from 0 (the same) to 255, on a page without policy."""
    page.goto("about:blank")
    return page.evaluate(ECART, [b64encode(image).decode() for image in images])


def test_chaque_image_de_l_aide_montre_la_page_d_aujourd_hui(bureau):
    vues = {}
    for nom, (compte, adresse, titre, cadre) in CAPTURES.items():
        page = bureau(compte)
        ouvrir(page, nom, adresse)
        page.get_by_role("heading", name=titre).first.wait_for()
        page.locator(cadre).scroll_into_view_if_needed()
        vues[nom] = photographier(page, DOSSIER / f"{nom}.jpg")

        assert finders.find(f"aide/{nom}.jpg"), f"lancer « make captures » : {nom}.jpg manque"
    gardees = {nom: (DOSSIER / f"{nom}.jpg").read_bytes() for nom in CAPTURES}
    for nom, gardee in gardees.items():
        ecarts = {autre: ecart(page, gardee, vue) for autre, vue in vues.items()}
        assert ecarts[nom] < TOLERANCE, f"lancer « make captures » : {nom}.jpg est d’un autre jour"
        assert min(ecarts, key=ecarts.get) == nom


def test_l_image_du_readme_est_l_accueil(bureau):
    image = DOSSIER.parents[1] / "docs" / "accueil.jpg"
    page = bureau(PARTENAIRE)
    page.context.clear_cookies()
    page.goto("/")

    assert page.get_by_role("heading", name="Lutter ensemble").is_visible()
    vue = photographier(page, image)
    assert ecart(page, image.read_bytes(), vue) < TOLERANCE
    assert "docs/accueil.jpg" in (DOSSIER.parents[1] / "README.md").read_text()
