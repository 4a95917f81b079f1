"""axe-core on every type of page, in every state: it proves faults, never conformity."""

import pytest

from tests.navigateur import etapes as e
from tests.navigateur.releve import COULEURS, OPTIONS, Releve
from tests.navigateur.scene import ouvrir_un_contexte

pytestmark = pytest.mark.navigateur

# A desktop, the same zoomed to 200 %, a phone.
LARGEURS = (1280, 640, 320)
ROLES = {
    "lecture": (None, e.etapes_de_lecture, LARGEURS),
    "information": (None, e.etapes_d_information, (1280, 320)),
    "sans-compte": (None, e.etapes_sans_compte, (1280, 320)),
    "compte": (None, e.etapes_du_compte, (1280, 320)),
    "espace": ("referente", e.etapes_de_l_espace, LARGEURS),
    "contributeur": ("contributeur", e.etapes_du_contributeur, (1280, 320)),
    "administration": ("administrateur", e.etapes_de_l_administration, (1280, 320)),
    "agent": ("agent", e.etapes_d_un_agent, (1280, 320)),
    "modeles": ("administrateur", e.etapes_des_modeles, (1280,)),
}


def test_une_faute_est_vue(chromium):
    page, releve = chromium.new_page(), Releve("essai")
    page.set_content("<p>Une page sans titre, sans langue et sans repère.</p>")
    releve.regarder(page, "essai", [320])
    version = page.evaluate("axe.version.split('.').map(Number)")
    page.close()

    assert {"document-title", "html-has-lang", "region"} <= {
        f.split(" – ")[0] for f in releve.fautes
    }
    assert version >= [4, 11]


# The administration follows the theme of the system; the public pages have one.
A_DEUX_THEMES = ("administration", "agent", "modeles")
CAS = [(role, "light") for role in ROLES] + [(role, "dark") for role in A_DEUX_THEMES]


@pytest.mark.parametrize(("role", "theme"), CAS)
def test_axe_ne_trouve_rien(role, theme, scene, chromium, live_server):
    compte, etapes, largeurs = ROLES[role]
    contexte = ouvrir_un_contexte(
        chromium, live_server.url, getattr(scene, compte or "", None), color_scheme=theme
    )
    options = OPTIONS if theme == "light" else COULEURS
    page, releve = contexte.new_page(), Releve(f"axe-{role}-{theme}", options)
    page.on("response", lambda r: r.request.is_navigation_request() and statuts.append(r.status))
    statuts = []
    for etape in etapes(scene):
        etape.jouer(page)
        assert statuts[-1] == etape.statut, str(etape)
        if "fautes" in etape.etat:
            page.locator(".invalid-feedback, .errorlist").first.wait_for()
        releve.regarder(page, etape, largeurs)
    contexte.close()
    releve.conclure()
