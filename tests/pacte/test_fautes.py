"""After a mistake: the title says so, a summary at the top leads to each faulty field."""

import hashlib
import re

import pytest

from contrats.models import Annee
from pacte.context_processors import _dire_la_fin
from pacte.socle.formulaires import fautes_de
from tests.comptes.gestes import figer_les_codes, identifier, lire, ouvrir_une_session
from tests.conftest import donner_un_second_facteur
from tests.fabriques import (
    creer_contribution,
    creer_indicateur,
    creer_invitation,
    creer_membre,
    creer_personne,
)
from tests.navigateur.scene import lien_du_mot_de_passe

pytestmark = pytest.mark.django_db

OUBLI, MOT_DE_PASSE = "/compte/mot-de-passe/oublie/", "/compte/mot-de-passe/"
# What a browser sends at least.
VIDE = {"csrfmiddlewaretoken": "x"}
ACTIVER = "/compte/second-facteur/activer/"


@pytest.fixture
def membre():
    return creer_membre()


def verifier(reponse, *champs) -> str:
    """Check the title, the summary and the ids that it leads to; return the page."""
    page = lire(reponse)
    bilan = re.search(
        r'<div class="[^"]*fautes" role="alert" tabindex="-1" autofocus>.*?</div>', page, re.S
    )
    ancres = re.findall(r'href="#([^"]+)"', bilan.group())

    assert re.search(r"<title>(.)", page).group(1) == "E"
    assert "<title>Erreur\u00a0: " in page
    assert page.count("autofocus") == 1
    assert [page.count(f' id="{ancre}"') for ancre in ancres] == [1] * len(ancres)
    for ancre in ancres:
        champ = re.search(rf'<(?:input|select|textarea)[^>]* id="{ancre}"[^>]*>', page).group()
        decrit = re.search(r'aria-describedby="([^"]+)"', champ).group(1)
        assert 'aria-invalid="true"' in champ
        assert f' id="{decrit.split()[-1]}" class="invalid-feedback"' in page
    assert set(champs) <= set(ancres)
    return page


@pytest.mark.parametrize(
    ("adresse", "envoi", "champs"),
    [
        ("/contact/", {"courriel": "non"}, ["id_sujet", "id_texte", "id_courriel"]),
        ("/adhesion/", VIDE, ["id_organisation-nom", "id_organisation-nature", "id_contact_nom"]),
        ("/connexion/", {"login": "a@b.fr"}, ["id_password"]),
        ("/connexion/", {"login": "a@b.fr", "password": "faux"}, []),
        (OUBLI, {"email": "non"}, ["id_email"]),
    ],
)
def test_sans_compte(client, referentiel, adresse, envoi, champs):
    page = verifier(client.post(adresse, envoi), *champs)

    assert "L’envoi n’a pas abouti" in page


def test_choisir_un_nouveau_mot_de_passe(client):
    lien = client.get(lien_du_mot_de_passe(creer_personne())).url

    verifier(client.post(lien, {"password1": "x"}), "id_password2")


def test_ouvrir_son_compte(client):
    creer_invitation(empreinte=hashlib.sha256(b"jeton").hexdigest())

    verifier(client.post("/compte/invitation/jeton/", VIDE), "id_first_name", "id_mot_de_passe")


def test_le_code_de_la_connexion(client, monkeypatch):
    figer_les_codes(monkeypatch)
    personne = creer_personne()
    donner_un_second_facteur(personne)
    identifier(client, personne)

    verifier(client.post("/connexion/code/", {"code": "0"}), "id_code")


@pytest.mark.parametrize(
    ("adresse", "envoi", "champ"),
    [
        (MOT_DE_PASSE, {"oldpassword": "x"}, "id_oldpassword"),
        (ACTIVER, {"code": "000000"}, "id_code"),
        ("/compte/confirmer/", {"password": "x"}, "id_password"),
    ],
)
def test_son_compte(membre, adresse, envoi, champ):
    navigateur = ouvrir_une_session(membre.utilisateur)

    verifier(navigateur.post(adresse, envoi), champ)


def test_l_espace(client, membre):
    Annee.objects.get_or_create(pk=2025)
    contribution = creer_contribution(partenaire=membre.partenaire)
    indicateur = creer_indicateur(responsable=membre.partenaire)
    client.force_login(membre.utilisateur)
    base = f"/espace/{membre.partenaire.slug}/"
    for adresse, champ in (
        (f"contributions/{contribution.pk}/proposer/", "id_texte"),
        (f"indicateurs/{indicateur.pk}/2025/", "id_valeur"),
        (f"actions/{contribution.action.slug}/note/", "id_texte"),
        ("membres/inviter/", "id_courriel"),
    ):
        verifier(client.post(base + adresse, VIDE), champ)


def test_sans_faute_le_titre_ne_dit_rien(client, referentiel):
    for adresse in ("/contact/", "/adhesion/", "/connexion/", "/"):
        page = lire(client.get(adresse))

        assert "<title>Erreur" not in page
        assert "autofocus" not in page


def test_un_champ_cache_est_dit_sans_lien(client, referentiel):
    page = lire(client.post("/contact/", {"telecopie": "x"}))

    assert "Un champ caché a été rempli" in re.search(r"fautes.*?</ul>", page, re.S).group()
    assert 'href="#id_telecopie"' not in page


def test_rien_n_est_choisi_d_avance(client, referentiel):
    for adresse, nom in (("/adhesion/", "organisation-nature"), ("/contact/", "sujet")):
        page = lire(client.get(adresse))
        liste = re.search(rf'<select name="{nom}".*?</select>', page, re.S).group()

        assert "required" in liste
        assert re.search(r'<option value="" selected>\s*Choisir…', liste)
        assert liste.count("selected") == 1
    assert "nature non précisée" in lire(client.get("/adhesion/"))


def test_la_fin_de_session_se_lit_en_francais():
    assert _dire_la_fin(1_767_243_840) == "à 6\u00a0h\u00a004"
    assert _dire_la_fin(None) == ""


def test_sans_formulaire_aucune_faute():
    assert fautes_de() == []
