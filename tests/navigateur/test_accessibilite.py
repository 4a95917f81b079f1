"""axe-core on every type of page, in every state: it proves faults, never conformity."""

import pytest

from tests.navigateur.releve import Releve
from tests.navigateur.visite import A_DEUX_THEMES, ROLES

pytestmark = pytest.mark.navigateur


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


CAS = [(role, "light") for role in ROLES] + [(role, "dark") for role in A_DEUX_THEMES]


@pytest.mark.parametrize(("role", "theme"), CAS)
def test_axe_ne_trouve_rien(role, theme, visiter):
    releve = visiter(role).axe[theme]

    assert releve.vus
    releve.conclure()
