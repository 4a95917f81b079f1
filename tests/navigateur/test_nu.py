"""The Nu HTML checker on the source of every page, in every state: `make nu` (it needs Java)."""

import json
import os
import subprocess

import pytest

from tests.navigateur.cliche import remplir_la_base
from tests.navigateur.scene import monter_la_scene, ouvrir_un_contexte
from tests.navigateur.visite import ROLES

pytestmark = pytest.mark.navigateur


def verifier(dossier) -> list[str]:
    """Return what the checker says of the pages in `dossier`, errors only."""
    commande = ["java", "-jar", os.environ["VNU_JAR"], "--errors-only", "--format", "json"]
    sortie = subprocess.run([*commande, str(dossier)], capture_output=True, text=True).stderr
    messages = json.loads(sortie or '{"messages": []}')["messages"]
    return [
        f"{m['url'].rsplit('/', 1)[-1]} : {m['message']} – {m.get('extract')}" for m in messages
    ]


@pytest.mark.parametrize("role", ROLES)
def test_le_verificateur_ne_trouve_aucune_erreur(role, chromium, live_server, tmp_path, request):
    request.getfixturevalue("transactional_db")
    scene = remplir_la_base(monter_la_scene)
    compte, etapes, _ = ROLES[role]
    contexte = ouvrir_un_contexte(chromium, live_server.url, getattr(scene, compte or "", None))
    page, sources = contexte.new_page(), []
    page.on("response", lambda r: r.request.is_navigation_request() and sources.append(r))
    for rang, etape in enumerate(etapes(scene)):
        etape.jouer(page)
        nom = "".join(c if c.isalnum() else "-" for c in str(etape))
        (tmp_path / f"{rang:03}-{nom}.html").write_bytes(sources[-1].body())
    contexte.close()

    assert verifier(tmp_path) == []


def test_une_erreur_plantee_est_vue(tmp_path):
    (tmp_path / "essai.html").write_text("<!doctype html><title>x</title><p><div id=a><i id=a>")

    assert verifier(tmp_path)
