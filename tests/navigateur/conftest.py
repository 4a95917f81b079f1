"""A real Chromium, from the system's packages; it may reach nothing but this machine."""

import os
import shutil

import pytest

from tests.navigateur.cliche import la_vraie_feuille_de_route, remplir_la_base
from tests.navigateur.regards import regards_de
from tests.navigateur.scene import monter_la_scene, ouvrir_un_contexte
from tests.navigateur.visite import Visite

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
LARGEURS = (1280, 320)
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        pytest.skip("Chromium est introuvable (paquet « chromium »)")
    from playwright.sync_api import sync_playwright

    # Playwright runs a loop in this thread: Django would refuse its queries otherwise.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield navigateur
        navigateur.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(
    params=[(w, s) for w in LARGEURS for s in (True, False)],
    ids=lambda p: f"{p[0]}px-script-{'oui' if p[1] else 'non'}",
)
def page(request, chromium, live_server, transactional_db):
    """A page of the served site; the test fails on a console error or a third-party request."""
    largeur, script = request.param
    remplir_la_base(la_vraie_feuille_de_route)
    contexte = chromium.new_context(
        base_url=live_server.url,
        viewport={"width": largeur, "height": 900},
        java_script_enabled=script,
        locale="fr-FR",
    )
    page = contexte.new_page()
    page.set_default_timeout(15_000)
    fautes = []
    page.on("console", lambda m: m.type == "error" and fautes.append(m.text))
    page.on("request", lambda r: r.url.startswith(live_server.url) or fautes.append(r.url))
    yield page
    contexte.close()
    assert fautes == []


@pytest.fixture
def scene(chromium, live_server, transactional_db):
    return remplir_la_base(monter_la_scene)


@pytest.fixture
def ouvrir(scene, chromium, live_server):
    """Return a function that opens a page `largeur` pixels wide, as an account or as anybody."""
    contextes = []

    def ouvrir_une_page(qui="", largeur=1280, **options):
        options["viewport"] = {"width": largeur, "height": 900}
        compte = getattr(scene, qui) if qui else None
        contextes.append(ouvrir_un_contexte(chromium, live_server.url, compte, **options))
        return contextes[-1].new_page()

    yield ouvrir_une_page
    for contexte in contextes:
        contexte.close()


@pytest.fixture(scope="session")
def visites():
    """Role → its visit, made by the first test that asks about it."""
    return {}


@pytest.fixture
def visiter(visites, chromium, live_server, request):
    """Return a function: role → the visit of its pages, made once for all the tests that ask."""

    def visiter(role):
        if role not in visites:
            scene = request.getfixturevalue("scene")
            visite = Visite(role, scene, chromium, live_server.url)
            visites[role] = visite.faire(regards_de(role))
        return visites[role]

    return visiter
