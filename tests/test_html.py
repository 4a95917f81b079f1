"""Every public page, crawled from the home page: valid, well ordered, without a dead link."""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest

DEPART = ["/", "/recherche/?q=rsa", "/recherche/?q=wimov", "/actions/?q=zzzz&page=9", "/404"]
LIENS_VAGUES = {"ici", "lire la suite", "en savoir plus", "cliquez ici", "voir"}


@pytest.fixture
def pages(client, referentiel):
    """Return address → HTML of every page that the links reach, one page per kind of list."""
    vues, a_voir = {}, deque(DEPART)
    while a_voir:
        adresse = a_voir.popleft()
        if adresse in vues or adresse.startswith(("/admin", "/static", "/espace", "http")):
            continue
        reponse = client.get(adresse)
        assert reponse.status_code == (404 if adresse == "/404" else 200), adresse
        if not reponse["Content-Type"].startswith("text/html"):
            continue
        vues[adresse] = reponse.content.decode()
        for lien in re.findall(r'href="([^"#]+)', vues[adresse]):
            cible = urljoin(adresse, lien.replace("&amp;", "&"))
            # Filtered lists lead to one another without end: their own tests read them.
            if not (urlsplit(cible).query and urlsplit(adresse).query):
                a_voir.append(cible)
    return vues


def test_les_pages_sont_toutes_atteintes(pages):
    assert sum(a.startswith("/actions/") and "?" not in a for a in pages) == 28
    assert len(pages) > 60


def test_le_html_est_valide(pages):
    for adresse, source in pages.items():
        analyseur = html5lib.HTMLParser(strict=False)
        analyseur.parse(source)

        assert analyseur.errors == [], (adresse, analyseur.errors)


def test_chaque_page_a_son_titre_et_un_plan_sans_saut(pages):
    titres = {}
    for adresse, source in pages.items():
        niveaux = [int(n) for n in re.findall(r"<h([1-6])[ >]", source)]
        sauts = [n for avant, n in zip(niveaux, niveaux[1:], strict=False) if n > avant + 1]
        titre = re.search(r"<title>(.*?)</title>", source, re.DOTALL).group(1)

        assert niveaux.count(1) == 1, adresse
        assert sauts == [], (adresse, niveaux)
        assert source.count("<main") == source.count("<footer") == 1, adresse
        assert '<html lang="fr">' in source
        if "?" not in adresse:
            assert titre not in titres, (adresse, titres[titre])
            titres[titre] = adresse


def test_aucun_identifiant_en_double_ni_lien_vague(pages):
    for adresse, source in pages.items():
        identifiants = re.findall(r'\sid="([^"]+)"', source)
        textes = [
            re.sub(r"<[^>]+>|\s+", " ", t).strip().lower()
            for t in re.findall(r"<a [^>]*>(.*?)</a>", source, re.DOTALL)
        ]

        assert len(identifiants) == len(set(identifiants)), adresse
        assert LIENS_VAGUES.isdisjoint(textes), adresse
        assert "" not in textes, adresse


def test_aucune_requete_vers_un_tiers_ni_rien_en_ligne(pages):
    for adresse, source in pages.items():
        charges = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"', source)

        assert charges, adresse
        assert [c for c in charges if not c.startswith("/") or c.startswith("//")] == [], adresse
        assert not re.search(r"\sstyle=|<style|<script|\son[a-z]+=", source), adresse
