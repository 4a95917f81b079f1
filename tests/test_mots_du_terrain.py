"""The words that people use, in place of those of the roadmap: what the pages say of it."""

import re
from html import unescape

import pytest
from django.core.exceptions import ValidationError

from actions.models import Public
from pacte.accueil.recherche import chercher
from pacte.socle.models import Synonyme
from pacte.socle.recherche import analyser
from tests.fabriques import creer_action, creer_volet

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_la_page_dit_les_mots_qui_ont_elargi_la_recherche(client, adresse):
    page = _lire(client, adresse, "voiture")

    assert "Résultats aussi pour : « mobilité », « barques »." in page
    assert "Résultats aussi pour" not in _lire(client, adresse, "mobilité")


@pytest.mark.parametrize("equivalent", [",", "à, de", "mobilité, l’"])
def test_chaque_equivalent_doit_avoir_un_mot(equivalent):
    with pytest.raises(ValidationError, match="Écrire un mot"):
        Synonyme(terme="voiture", equivalent=equivalent).full_clean()


def test_plusieurs_equivalents_se_separent_par_des_virgules(client, administrateur):
    client.force_login(administrateur)
    champs = {"terme": "auto", "equivalent": "mobilité solidaire, véhicule,"}

    page = client.get("/admin/socle/synonyme/add/").content.decode()
    client.post("/admin/socle/synonyme/add/", champs)

    assert "plusieurs, séparés par des virgules" in page
    assert analyser("auto").termes[0].equivalents == ("mobilité solidaire", "véhicule")


@pytest.mark.usefixtures("referentiel")
def test_la_page_ne_dit_que_les_mots_qui_ont_trouve(client):
    """No action of the roadmap is worded « grande solitude »: an axis and a contract are."""
    assert "aussi pour : « personnes isolées »." in _lire(client, "/actions/", "logement")
    assert "« personnes isolées », « grande solitude »." in _lire(client, "/recherche/", "logement")


@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_un_mot_connu_dont_l_equivalent_ne_trouve_rien_le_dit(client, adresse):
    Synonyme.objects.create(terme="Tournicoti", equivalent="Manège enchanté")
    creer_action("Zébulon", volet=creer_volet())

    page = _lire(client, adresse, "tournicoti")

    assert "à la place de « tournicoti » ont été cherchés aussi, sans résultat" in page
    # It may name what is not published.
    assert "Manège" not in page


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_sans_resultat_la_page_dit_quoi_essayer(client, adresse):
    page = client.get(adresse, {"q": "dettes"}).content.decode()
    rien = page.partition('<div class="rien">')[2].partition("</div>")[0]

    liens = re.findall(r'href="([^"]+)"', rien)

    publics = [lien for lien in liens if lien.startswith("/actions/?public=")]
    assert len(publics) == len(Public.objects.avec_actions()) == Public.objects.count()
    assert {"/partenaires/", "/actions/", "/contact/"} <= set(liens)
    assert 'role="status"' in rien
    assert all(client.get(lien).context["filtre"].total for lien in publics)


@pytest.mark.usefixtures("referentiel")
def test_un_public_sans_action_n_est_pas_propose():
    Public.objects.create(code="personne", nom="Personne")

    assert "personne" not in [public.code for public in Public.objects.avec_actions()]


@pytest.mark.usefixtures("referentiel")
def test_retirer_un_filtre_n_est_propose_que_s_il_y_en_a(client):
    avec = client.get("/actions/?q=dettes&axe=1").content.decode()
    sans = client.get("/recherche/?q=dettes").content.decode()

    assert "retirer un filtre" in avec
    assert "retirer un filtre" not in sans


@pytest.mark.usefixtures("referentiel")
def test_une_correction_trouve_quelque_chose_ou_n_est_pas_proposee(client):
    """« Carriolix » is found, but neither with « solitude » nor on axis 1."""
    assert chercher("cariolix solitude").correction == ""
    assert client.get("/actions/?q=cariolix&axe=1").context["correction"] == ""
    assert client.get("/actions/?q=cariolix&axe=4").context["correction"] == "Carriolix"


def _lire(client, adresse: str, texte: str) -> str:
    page = client.get(adresse, {"q": texte}).content.decode()
    lisible = unescape(re.sub(r"<[^>]+>", "", page))
    return re.sub(r"\s+", " ", lisible)
