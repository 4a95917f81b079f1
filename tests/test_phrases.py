"""The proof against the seeds, sentence by sentence: each stands word for word on a public page.

As in `test_semences`, the text itself is read when it stands beside the repository, and its
recorded digests elsewhere: nothing is skipped, and nothing outside the repository is required.
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
from tests.test_semences import ABSENTES, SEMENCES

# `phrases`: digest, number of words and page of each sentence, in the order of the text.
# `omises`: the sentences that no page carries, in full, with the reason.
RELEVE = yaml.safe_load(
    (Path(__file__).parent / "donnees" / "phrases.yaml").read_text(encoding="utf-8")
)
# What numbers a line is not one of its words, and its last mark depends on the layout.
REPERE = re.compile(r"^(?:(?:•|\d+\.|Axe \d+ [:–-]) *)+")
FIN = " .,:;"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("referentiel")]


def normaliser(texte: str) -> str:
    """Return `texte` as the portal prints it, with plain spaces and hyphens."""
    plat = typographier(texte).replace("\u2011", "-")
    return re.sub(r"\s+", " ", plat).strip()


def extraire_phrases(texte: str) -> list[str]:
    """Return the sentences of a text: titles, captions and bullets are sentences too."""
    lignes = (REPERE.sub("", normaliser(ligne)) for ligne in texte.splitlines())
    phrases = (p for ligne in lignes for p in re.split(r"(?<=[.…]) (?=[A-ZÉÀ])", ligne))
    return [phrase.rstrip(FIN) for phrase in phrases if phrase]


def _empreinte(phrase: str) -> str:
    return hashlib.sha256(phrase.rstrip(FIN).encode()).hexdigest()


def lire_phrases(dossier: Path) -> list[tuple[str, int]]:
    """Return digest and number of words of each sentence of `dossier`, or the recorded ones."""
    if not dossier.is_dir():
        return [(empreinte, mots) for empreinte, mots, _ in RELEVE["phrases"]]
    textes = (f.read_text(encoding="utf-8") for f in sorted(dossier.glob("*.txt")))
    phrases = (phrase for texte in textes for phrase in extraire_phrases(texte))
    return [(_empreinte(phrase), len(phrase.split())) for phrase in phrases]


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


def phrases_sans_page(dossier, porte) -> list[tuple[str, int]]:
    pages = {empreinte: page for empreinte, _, page in RELEVE["phrases"]}
    omises = {_empreinte(omise["phrase"]) for omise in RELEVE["omises"]}
    return [
        (empreinte, nombre)
        for empreinte, nombre in lire_phrases(dossier)
        if empreinte not in omises
        and not (pages.get(empreinte) and porte(pages[empreinte], empreinte, nombre))
    ]


@pytest.mark.parametrize("dossier", [SEMENCES, ABSENTES], ids=["texte", "relevé"])
def test_les_90_phrases_du_texte_sont_sur_une_page_publique_ou_omises_pour_une_raison(
    dossier, porte
):
    phrases = lire_phrases(dossier)

    sans_page = phrases_sans_page(dossier, porte)

    assert sans_page == [], f"{len(phrases)} phrases lues, {len(sans_page)} sans page"
    assert len(phrases) == 90


@pytest.mark.parametrize("dossier", [SEMENCES, ABSENTES], ids=["texte", "relevé"])
def test_le_texte_et_le_releve_ont_les_memes_phrases(dossier):
    releve = [(empreinte, mots) for empreinte, mots, _ in RELEVE["phrases"]]

    assert lire_phrases(dossier) == releve


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

    assert len(phrases_sans_page(ABSENTES, porte)) == 1


def test_un_texte_se_coupe_en_phrases(tmp_path):
    texte = "Titre : un\n\n  • Axe 1 : Un axe… Et l'Etat.\n  1. des mots,\nAxe 2 - Deux\n"
    (tmp_path / "000.txt").write_text(texte, encoding="utf-8")
    attendues = ["Titre : un", "Un axe…", "Et l’État", "des mots", "Deux"]

    assert extraire_phrases(texte) == attendues
    assert lire_phrases(tmp_path) == [(_empreinte(p), len(p.split())) for p in attendues]
