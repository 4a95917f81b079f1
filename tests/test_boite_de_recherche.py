"""The search box: one on every page, in the header unless the page has its own."""

import re

import pytest

from tests.fabriques import creer_membre, creer_personne
from tests.test_html import DEPART

pytestmark = pytest.mark.django_db

PAGES = [
    "/axes/",
    "/axes/3/",
    "/contrats/",
    "/contrats/cpt/",
    "/contrats/signatures/",
    "/actions/",
    "/actions/?q=voiture",
    "/actions/carrioles-partagees/",
    "/partenaires/",
    "/partenaires/cub/",
    "/suivi/",
    "/actualites/",
    "/plan-du-site/",
    "/aide/",
    "/glossaire/",
    "/contact/",
    "/accessibilite/",
    "/adhesion/",
    "/connexion/",
    "/compte/mot-de-passe-oublie/",
    "/nulle-part",
]
AVEC_LA_LEUR = ["/", "/recherche/", "/recherche/?q=voiture", "/recherche/?q=zzzz"]


def _boites(page: str) -> list[str]:
    return re.findall(r'<form[^>]*role="search".*?</form>', page, re.DOTALL)


def _entete(page: str) -> str:
    return page.partition("<header")[2].partition("</header>")[0]


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", PAGES)
def test_chaque_page_a_la_recherche_dans_son_entete(client, adresse):
    page = client.get(adresse, follow=True).content.decode()

    (boite,) = _boites(page)

    assert boite in _entete(page)
    assert 'action="/recherche/"' in boite
    assert 'name="q"' in boite


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", AVEC_LA_LEUR)
def test_l_accueil_et_la_recherche_ont_la_leur_et_elle_seule(client, adresse):
    page = client.get(adresse).content.decode()

    (boite,) = _boites(page)

    assert boite not in _entete(page)
    assert 'action="/recherche/"' in boite


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", ["/espace/", "/compte/"])
def test_l_espace_partenaire_l_a_aussi(client, adresse):
    personne = creer_personne()
    creer_membre(utilisateur=personne)
    client.force_login(personne)

    page = client.get(adresse, follow=True).content.decode()

    assert len(_boites(_entete(page))) == len(_boites(page)) == 1


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", [*PAGES, *AVEC_LA_LEUR, *DEPART])
def test_chaque_champ_de_recherche_a_son_etiquette_a_lui(client, adresse):
    page = client.get(adresse, follow=True).content.decode()
    champs = re.findall(r'<input type="search" id="([^"]+)"', page)
    etiquettes = dict(re.findall(r'<label [^>]*for="([^"]+)">([^<]+)</label>', page))

    etiquettes |= re.findall(r'id="([^"]+)"[^>]* aria-label="([^"]+)" placeholder', page)

    dites = [etiquettes[champ] for champ in champs]

    assert 1 <= len(champs) <= 2
    assert len(set(champs)) == len(set(dites)) == len(champs)
