"""What a page says of itself: its address and its day on paper, its filters in its title."""

import re
from datetime import date, timedelta

import pytest
from django.utils.timezone import localdate

from actions.models import Action, Jalon, PositionIndicateur
from pacte import context_processors
from tests.actions.jeu import completer
from tests.comptes.gestes import lire
from tests.lecture import lisible

pytestmark = pytest.mark.django_db


def titre(client, adresse: str) -> str:
    """Return the title of the page without the name of the site, its spaces made plain."""
    page = lisible(lire(client.get(adresse)))
    return re.search(r"<title>(.*) – [^<]*</title>", page).group(1)


def sur_papier(client, adresse: str) -> list[str]:
    """Return what the paper says of the page and its screen does not."""
    trouves = re.findall(r'data-(?:page|sur-papier)="([^"]*)"', lire(client.get(adresse)))
    return [lisible(texte) for texte in trouves]


def test_le_pied_imprime_dit_l_adresse_entiere_et_le_jour(client, referentiel, settings):
    settings.ADRESSE_DU_SITE = "https://pacte.exemple.fr"

    page = lire(client.get("/actions/?axe=1&contrat=cls"))

    pied = re.search(r'<p class="impression">(.*?)</p>', page).group(1)
    assert pied.endswith("https://pacte.exemple.fr/actions/?axe=1&contrat=cls")
    assert str(localdate().year) in pied


def test_la_page_change_une_fois_par_jour_au_plus(client, referentiel, monkeypatch):
    monkeypatch.setattr(context_processors, "localdate", lambda: date(2026, 3, 2))
    etiquette = client.get("/axes/")["ETag"]
    meme_jour = client.get("/axes/", headers={"if-none-match": etiquette})
    monkeypatch.setattr(context_processors, "localdate", lambda: date(2026, 3, 3))
    lendemain = client.get("/axes/", headers={"if-none-match": etiquette})

    assert (meme_jour.status_code, lendemain.status_code) == (304, 200)


def test_le_titre_d_une_liste_dit_ses_filtres_et_sa_page(client, referentiel):
    completer()
    assert titre(client, "/actions/") == "Actions"
    assert titre(client, "/actions/?page=2") == "Actions, page 2"
    filtree = titre(client, "/actions/?axe=1&contrat=cpt&q=sante")
    assert filtree == "Actions : « sante » ; Axe 1 – Mousses ; CPT"


def test_une_liste_imprimee_dit_quelle_partie_d_elle_meme_elle_est(client, referentiel):
    completer()
    toute = "La liste entière se télécharge depuis cette page du site."

    une_partie = sur_papier(client, "/actions/?page=2")
    toutes_ses_actions = sur_papier(client, "/actions/?axe=1")

    assert une_partie == [
        "page 2 sur 2",
        f"de 21 à 27, sur 27. {toute}",
    ]
    assert toutes_ses_actions == []


def test_les_prochains_jalons_disent_leur_action(client, referentiel):
    demain, actions = localdate() + timedelta(days=1), Action.objects.visibles()[:3]
    for action in actions:
        Jalon.objects.create(action=action, libelle="Convention signée", prevu_le=demain)

    page = lire(client.get("/"))

    bloc = page[page.index("Prochains jalons") :].split("</ul>")[0]
    assert bloc.count("Convention signée") == 3
    liens = re.findall(r"<a [^>]*>(.*?)</a>", bloc)
    assert len(set(liens)) == 3


def test_une_position_se_dit_dans_les_deux_sens():
    assert PositionIndicateur.A_LA_CIBLE.label == "cible atteinte"
    assert PositionIndicateur.EN_DECA.label == "cible non atteinte"
