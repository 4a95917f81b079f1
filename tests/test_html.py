"""Every public page, crawled from the home page: valid, well ordered, without a dead link."""

import re
from datetime import UTC, datetime
from html import unescape
from itertools import chain
from math import ceil
from pathlib import Path
from struct import unpack

import html5lib
import pytest

from actions.models import Action
from axes.models import Axe
from pacte.accueil.plan import PLANS, ActionSitemap
from tests.actions.jeu import completer
from tests.parcours import DEPART, parcourir

LIENS_VAGUES = {"ici", "lire la suite", "en savoir plus", "cliquez ici", "voir"}


@pytest.fixture(scope="module")
def pages(referentiel):
    """What the links reach, in a list of actions long enough to have a second page."""
    completer()
    return parcourir(DEPART)


def test_les_pages_sont_toutes_atteintes(pages):
    fiches = Action.objects.visibles().count()
    assert sum(a.startswith("/actions/") and "?" not in a for a in pages) == fiches + 1
    assert "/actions/?page=2" in pages
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
        # A canonical address is said, never fetched.
        lus = re.sub(r'<link rel="canonical"[^>]+>', "", source)
        charges = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"', lus)

        assert charges, adresse
        assert [c for c in charges if not c.startswith("/") or c.startswith("//")] == [], adresse
        assert not re.search(r"\sstyle=|<style|<script|\son[a-z]+=", source), adresse


def test_chaque_page_dit_son_adresse_et_ce_qu_elle_partage(pages, settings):
    for adresse, source in pages.items():
        canoniques = re.findall(r'<link rel="canonical" href="([^"]+)">', source)
        partage = dict(re.findall(r'<meta [^>]*property="og:(\w+)" content="([^"]+)">', source))
        if '<meta name="robots" content="noindex">' in source:
            assert canoniques == [] and set(partage) <= {"description"}, adresse
            continue
        chemin, _, requete = adresse.partition("?")
        attendue = settings.ADRESSE_DU_SITE + chemin
        if suite := re.search(r"(?:^|&)page=([2-9])\b", requete):
            attendue += f"?page={suite[1]}"
        assert canoniques == [attendue], adresse
        assert partage["url"] == attendue
        assert set(partage) == {"type", "locale", "title", "description", "url", "image"}
        assert partage["image"].startswith(f"{settings.ADRESSE_DU_SITE}/static/images/partage")
        assert f"<title>{partage['title']} – " in source
        assert partage["locale"] == "fr_FR"


def test_les_parametres_inutiles_ne_font_pas_une_autre_page(client, referentiel, settings):
    for adresse in ("/actions/?tri=titre", "/axes/?utm_source=x", "/actions/?page=1"):
        page = client.get(adresse).content.decode()
        chemin = adresse.split("?")[0]
        assert f'<link rel="canonical" href="{settings.ADRESSE_DU_SITE}{chemin}">' in page
    for page in ("²", "٣", "-2", "0002", "9" * 5000):
        assert client.get("/actualites/", {"page": page}).status_code == 200


def test_l_image_partagee_a_la_taille_attendue():
    entete = (Path(__file__).parents[1] / "static/images/partage.png").read_bytes()[:24]

    assert entete[:8] == b"\x89PNG\r\n\x1a\n"
    assert unpack(">II", entete[16:24]) == (1200, 630)


def test_seules_les_pages_a_trouver_sont_dans_le_plan(client, referentiel):
    plan = re.findall(r"<url><loc>http://testserver([^<]+)</loc>", client.get("/sitemap.xml").text)

    assert "/adhesion/" in plan and "/connexion/" not in plan
    fermees = [a for a in plan if 'content="noindex"' in client.get(a).content.decode()]
    assert fermees == []
    for adresse in ("/connexion/", "/adhesion/envoyee/", "/contact/envoye/", "/recherche/?q=rsa"):
        assert '<meta name="robots" content="noindex">' in client.get(adresse).content.decode()


def test_un_plan_trop_long_se_lit_par_parties(client, referentiel, monkeypatch):
    en_un_fichier = set(re.findall(r"<loc>([^<]+)", client.get("/sitemap.xml").text))
    monkeypatch.setattr(ActionSitemap, "limit", 3)

    index = client.get("/sitemap.xml").text
    parties = re.findall(r"<sitemap><loc>http://testserver([^<]+)</loc>(<lastmod>)?", index)
    lues = [client.get(unescape(adresse)) for adresse, _ in parties]
    adresses = [re.findall(r"<loc>([^<]+)", partie.text) for partie in lues]
    des_actions = [
        (a, date) for a, (nom, date) in zip(adresses, parties, strict=True) if "act" in nom
    ]

    assert len(parties) == len(PLANS) - 1 + len(des_actions)
    assert len(des_actions) == ceil(Action.objects.visibles().count() / 3) > 1
    assert all(len(a) <= 3 and date for a, date in des_actions)
    assert sorted(en_un_fichier) == sorted(chain.from_iterable(adresses))


@pytest.mark.parametrize("fin", ["-nulle-part.xml", "-actions.xml?p=9999", "-actions.xml?p=²"])
def test_une_partie_du_plan_qui_n_existe_pas_est_introuvable(client, referentiel, fin):
    assert client.get(f"/sitemap{fin}").status_code == 404


def test_chaque_adresse_du_plan_a_sa_date(client, referentiel):
    Axe.objects.filter(numero=1).update(visible_depuis=datetime(2025, 1, 2, tzinfo=UTC))
    Axe.historique.filter(numero=1).update(history_date=datetime(2025, 3, 4, tzinfo=UTC))
    Axe.objects.filter(numero=2).update(visible_depuis=datetime(2026, 5, 6, tzinfo=UTC))
    Axe.historique.filter(numero=2).update(history_date=datetime(2025, 3, 4, tzinfo=UTC))
    adresses = re.findall(
        r"<loc>http://testserver([^<]+)</loc>(?:<lastmod>([^<]+)</lastmod>)?",
        client.get("/sitemap.xml").text,
    )
    dates = dict(adresses)

    # Nothing is signed, told nor found yet: those lists have no date to give.
    sans_date = {"/contrats/signatures/", "/actualites/", "/diagnostic/", "/rapports/"}
    sans_date.add("/donnees-ouvertes/rapports/")
    assert {a for a, le in adresses if not le} == sans_date
    assert (dates["/axes/1/"], dates["/axes/2/"]) == ("2025-03-04", "2026-05-06")
