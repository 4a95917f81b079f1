"""The proof against the seeds, sentence by sentence: each stands word for word on a public page.

As in `test_semences`, the text is known by the recorded digests of its sentences.
"""

import hashlib
import html
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from contrats.models import Pacte
from pacte.socle.typographie import typographier

# `phrases`: digest, number of words and page of each sentence, in the order of the text.
# `omises`: the sentences that no page carries, in full, with the reason.
RELEVE = yaml.safe_load(
    (Path(__file__).parent / "donnees" / "phrases.yaml").read_text(encoding="utf-8")
)
# The last mark of a sentence depends on the layout: the digests leave it out.
FIN = " .,:;"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hautes_alpes")]


def normaliser(texte: str) -> str:
    """Return `texte` as the portal prints it, with plain spaces and hyphens."""
    plat = typographier(texte).replace("\u2011", "-")
    return re.sub(r"\s+", " ", plat).strip()


def _empreinte(phrase: str) -> str:
    return hashlib.sha256(phrase.rstrip(FIN).encode()).hexdigest()


@pytest.fixture
def porte(client):
    """Return a function that tells whether a page has a sentence, by digest and words."""

    @cache
    def lire(page):
        reponse = client.get(page)
        assert reponse.status_code == 200, page
        contenu = re.search(r"<main.*</main>", reponse.content.decode(), re.DOTALL).group(0)
        return normaliser(html.unescape(re.sub(r"<[^>]+>", " ", contenu))).split()

    @cache
    def empreintes(page, nombre):
        mots = lire(page)
        return {_empreinte(" ".join(mots[i : i + nombre])) for i in range(len(mots))}

    return lambda page, empreinte, nombre: empreinte in empreintes(page, nombre)


def phrases_sans_page(porte) -> list[str]:
    omises = {_empreinte(omise["phrase"]) for omise in RELEVE["omises"]}
    return [
        empreinte
        for empreinte, mots, page in RELEVE["phrases"]
        if empreinte not in omises and not (page and porte(page, empreinte, mots))
    ]


def test_les_90_phrases_du_texte_sont_sur_une_page_publique_ou_omises_pour_une_raison(porte):
    assert phrases_sans_page(porte) == []
    assert len(RELEVE["phrases"]) == 90


def test_une_phrase_est_omise_pour_une_raison_et_seulement_sans_page():
    sans_page = {empreinte for empreinte, _, page in RELEVE["phrases"] if page is None}
    omises = {_empreinte(omise["phrase"]): omise["raison"] for omise in RELEVE["omises"]}

    assert omises.keys() == sans_page
    assert all(len(raison) > 20 for raison in omises.values())
    assert len(omises) == 4


def test_un_mot_qui_manque_se_verrait(porte):
    pacte = Pacte.objects.get()
    pacte.en_bref = pacte.en_bref.replace("nationale ", "")
    pacte.save()

    assert len(phrases_sans_page(porte)) == 1
