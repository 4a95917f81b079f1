"""Single sign-on, against a real OpenID provider over HTTP: who enters, and all that is refused."""

import logging
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from pacte.comptes.proconnect import FIN_DE_SESSION
from pacte.environnement import fournisseur_proconnect
from tests.comptes import fournisseur as essai
from tests.comptes.parcours import (
    DEPART,
    MOT_DE_PASSE,
    NON_VERIFIEE,
    RETOUR,
    entrer,
    partir,
    passer,
    verifier_le_refus,
)


@pytest.mark.parametrize("signe", [True, False])
def test_un_agent_relie_entre_dans_l_administration(client, fournisseur, agent_relie, signe):
    fournisseur.userinfo_signe = signe

    reponse = entrer(client)

    assert (reponse.status_code, reponse.url) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert client.session["_auth_user_id"] == str(agent_relie.pk)


def test_le_facteur_du_fournisseur_suffit(client, fournisseur, agent_relie):
    agent_relie.authenticator_set.all().delete()

    entrer(client)

    assert client.get("/admin/").status_code == 200


def test_le_mot_de_passe_seul_ne_suffit_toujours_pas(client, fournisseur, agent_relie):
    reponse = client.post(
        "/connexion/", {"login": agent_relie.email, "password": MOT_DE_PASSE}, follow=True
    )

    assert reponse.request["PATH_INFO"] == "/connexion/code/"


def test_on_revient_ou_l_on_allait(client, fournisseur, agent_relie):
    assert entrer(client, next="/admin/actions/").url == "/admin/actions/"
    assert entrer(Client(), next="https://ailleurs.exemple/").url == "/admin/"


def test_la_demande_ne_porte_que_les_parametres_permis(client, fournisseur):
    adresse = partir(Client(), scope="phone", auth_params="prompt=none")
    lus = parse_qs(urlsplit(adresse).query)

    assert set(lus) == set(essai.CONNUS)
    assert set(lus["scope"][0].split()) == set(
        "openid given_name usual_name email uid siret".split()
    )
    assert len(lus["state"][0]) >= 32
    assert len(lus["nonce"][0]) >= 32
    assert (
        '"acr": {"essential": true, "values": ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]}'
        in lus["claims"][0]
    )
    # Nor does the query string of our own address add any.
    autre = client.post(f"{DEPART}?scope=phone&auth_params=prompt%3Dnone").url
    assert set(parse_qs(urlsplit(autre).query)) == set(essai.CONNUS)
    assert "phone" not in autre


def test_une_simple_visite_ne_part_pas_chez_le_fournisseur(client, fournisseur):
    page = client.get(DEPART)

    assert page.status_code == 200
    assert "S’identifier avec ProConnect" in page.content.decode()
    assert fournisseur.demandes == []


@pytest.mark.parametrize("acr", ["eidas0", "eidas1", "", None, "autre"])
def test_sans_second_facteur_on_n_entre_pas(client, fournisseur, agent_relie, acr):
    fournisseur.acr = acr

    verifier_le_refus(client, entrer(client), "second facteur")


@pytest.mark.parametrize(
    "retouches",
    [
        {"nonce": "un autre nonce, assez long pour en être un"},
        {"nonce": None},
        {"nonce": ""},
        {"aud": "un-autre-portail"},
        {"aud": [essai.IDENTIFIANT, "un-autre-portail"]},
        {"aud": None},
        {"iss": "https://ailleurs.exemple/api/v2"},
        {"iss": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
    ],
    ids=str,
)
def test_un_id_token_faux_est_refuse(client, fournisseur, agent_relie, retouches):
    fournisseur.retouches = retouches

    reponse = entrer(client)

    verifier_le_refus(client, reponse, NON_VERIFIEE)


@pytest.mark.parametrize("algorithme", ["none", "HS256"])
def test_un_autre_algorithme_est_refuse(client, fournisseur, agent_relie, algorithme):
    fournisseur.algorithme, fournisseur.userinfo_signe = algorithme, False

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


def test_un_id_token_signe_par_une_autre_cle_est_refuse(client, fournisseur, agent_relie):
    fournisseur.cle = essai.CLE_ETRANGERE

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


def test_userinfo_signe_par_une_autre_cle_est_refuse(client, fournisseur, agent_relie):
    fournisseur.cle_de_userinfo = essai.CLE_ETRANGERE

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


@pytest.mark.parametrize(
    "retouches", [{"aud": "un-autre-portail"}, {"iss": "https://ailleurs.exemple"}], ids=str
)
def test_userinfo_destine_a_un_autre_est_refuse(client, fournisseur, agent_relie, retouches):
    fournisseur.retouches_de_userinfo = retouches

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


@pytest.mark.parametrize("signe", [True, False])
def test_userinfo_d_une_autre_personne_est_refuse(client, fournisseur, agent_relie, signe):
    fournisseur.userinfo_signe, fournisseur.sub_de_userinfo = signe, "agent-43"

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


def test_une_reponse_ne_sert_qu_une_fois(client, fournisseur, agent_relie):
    retour = passer(partir(client))
    client.get(retour)
    client.post("/deconnexion/")

    verifier_le_refus(client, client.get(retour), NON_VERIFIEE)


def test_la_reponse_d_un_autre_navigateur_est_refusee(client, fournisseur, agent_relie):
    retour = passer(partir(Client()))

    verifier_le_refus(client, client.get(retour), NON_VERIFIEE)


@pytest.mark.parametrize("reponse", ["", "?code=x", "?code=x&state=", "?state=x&error=y"])
def test_une_reponse_sans_demande_est_refusee(client, fournisseur, reponse):
    verifier_le_refus(client, client.get(f"{RETOUR}{reponse}"), NON_VERIFIEE)


def test_un_code_faux_est_refuse(client, fournisseur, agent_relie):
    retour = passer(partir(client))
    fournisseur.codes.clear()

    verifier_le_refus(client, client.get(retour), NON_VERIFIEE)


def test_qui_renonce_lit_une_page(client, fournisseur):
    fournisseur.erreur = "access_denied"

    reponse = client.get(passer(partir(client)), follow=True)

    verifier_le_refus(client, reponse, "vous y avez renoncé", 200)


def test_une_erreur_du_fournisseur_donne_une_page(client, fournisseur):
    fournisseur.erreur = "server_error"

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


def test_le_fournisseur_en_panne_laisse_le_mot_de_passe(client, fournisseur):
    fournisseur.en_panne = "openid-configuration"

    reponse = client.post(DEPART)

    verifier_le_refus(client, reponse, "ne répond pas", 503)
    assert client.get("/connexion/").status_code == 200


def test_le_fournisseur_muet_ne_fait_pas_attendre(client, fournisseur, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT, fournisseur.attente = 0.05, 0.3

    verifier_le_refus(client, client.post(DEPART), "ne répond pas", 503)


def test_le_fournisseur_absent(client, fournisseur, settings):
    settings.SOCIALACCOUNT_PROVIDERS = fournisseur_proconnect("http://127.0.0.1:9", "a", "b")

    verifier_le_refus(client, client.post(DEPART), "ne répond pas", 503)


@pytest.mark.parametrize("page", ["openid-configuration", "jwks", "userinfo"])
def test_une_panne_au_retour_donne_une_page(client, fournisseur, agent_relie, page):
    retour = passer(partir(client))
    fournisseur.en_panne = page

    verifier_le_refus(client, client.get(retour), "ne répond pas", 503)


@pytest.mark.parametrize("description", [[], {}, {"issuer": "https://ailleurs.exemple"}], ids=str)
def test_une_description_fausse_donne_une_page(client, fournisseur, monkeypatch, description):
    monkeypatch.setattr(fournisseur, "description", lambda: description)

    verifier_le_refus(client, client.post(DEPART), "ne répond pas", 503)


def test_le_fournisseur_doit_porter_son_nom(client, fournisseur, monkeypatch):
    usurpee = {**fournisseur.description(), "issuer": "https://ailleurs.exemple"}
    monkeypatch.setattr(fournisseur, "description", lambda: usurpee)

    verifier_le_refus(client, client.post(DEPART), "ne répond pas", 503)


def test_les_jetons_ne_sont_ecrits_dans_aucun_journal(client, fournisseur, agent_relie, caplog):
    caplog.set_level(logging.DEBUG)
    entrer(client)
    jeton = client.session[FIN_DE_SESSION][1]
    fournisseur.cle = essai.CLE_ETRANGERE
    entrer(Client())

    assert "acr='eidas1-mfa' amr=['pwd', 'mfa'] accepté" in caplog.text
    assert jeton not in caplog.text
    assert jeton.split(".")[1] not in caplog.text


def test_une_cle_elliptique_convient(client, fournisseur, agent_relie, monkeypatch):
    fournisseur.cle = fournisseur.cle_de_userinfo = ec.generate_private_key(ec.SECP256R1())
    publique = jwt.algorithms.ECAlgorithm.to_jwk(fournisseur.cle.public_key(), as_dict=True)
    monkeypatch.setattr(fournisseur, "cles", lambda: {"keys": [{**publique, "kid": "une"}]})
    fournisseur.algorithme = "ES256"

    assert entrer(client).url == "/admin/"


def test_un_secret_publie_comme_cle_ne_signe_rien(client, fournisseur, agent_relie, monkeypatch):
    secret = jwt.utils.base64url_encode((essai.SECRET * 3).encode()).decode()
    publiees = {"keys": [{"kty": "oct", "k": secret, "kid": "une", "alg": "HS256"}]}
    monkeypatch.setattr(fournisseur, "cles", lambda: publiees)
    fournisseur.algorithme, fournisseur.userinfo_signe = "HS256", False

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)


@pytest.mark.parametrize("cles", [[], {}, {"keys": []}], ids=str)
def test_sans_cle_publiee_on_n_entre_pas(client, fournisseur, agent_relie, monkeypatch, cles):
    monkeypatch.setattr(fournisseur, "cles", lambda: cles)

    verifier_le_refus(client, entrer(client), NON_VERIFIEE)
