"""Signing in with an address and a password, and what happens when it goes wrong."""

import pytest
from django.test import Client

from tests.comptes.gestes import (
    MOT_DE_PASSE_D_AGENT,
    est_connecte,
    identifier,
    lire,
    ouvrir_une_session,
)
from tests.fabriques import MOT_DE_PASSE, creer_personne

pytestmark = pytest.mark.django_db

ESSAIS = 5
REFUS = "L’adresse e-mail ou le mot de passe sont incorrects."
TROP = "Trop de tentatives de connexion échouées. Veuillez réessayer ultérieurement."


@pytest.fixture
def lea():
    return creer_personne("lea@exemple.fr")


@pytest.mark.parametrize("adresse", ["lea@exemple.fr", "LEA@exemple.fr", "Lea@Exemple.FR"])
def test_on_se_connecte_avec_son_adresse_quelle_que_soit_la_casse(client, lea, adresse):
    reponse = client.post("/connexion/", {"login": adresse, "password": MOT_DE_PASSE})

    assert reponse.url == "/espace/"
    assert est_connecte(client)


def test_une_adresse_inconnue_se_repond_comme_un_mot_de_passe_faux(client, lea):
    faux = client.post("/connexion/", {"login": lea.email, "password": "un autre mot"})
    inconnue = client.post("/connexion/", {"login": "nul@exemple.fr", "password": "un autre mot"})

    assert (faux.status_code, inconnue.status_code) == (200, 200)
    assert faux.context["form"].errors == inconnue.context["form"].errors
    assert REFUS in lire(inconnue)


def test_l_adresse_essayee_reste_ecrite_et_le_mot_de_passe_non(client, lea):
    page = lire(client.post("/connexion/", {"login": lea.email, "password": "mot essayé"}))

    assert lea.email in page
    assert "mot essayé" not in page


def echouer(client, adresse, fois=ESSAIS, **autres):
    for _ in range(fois):
        client.post("/connexion/", {"login": adresse, "password": "faux"}, **autres)


def test_cinq_echecs_ferment_le_compte_meme_au_bon_mot_de_passe(client, lea):
    echouer(client, lea.email)

    page = lire(identifier(client, lea))

    assert TROP in page
    assert not est_connecte(client)


def test_quatre_echecs_laissent_entrer(client, lea):
    echouer(client, lea.email, ESSAIS - 1)

    assert identifier(client, lea).url == "/espace/"


def test_changer_de_casse_ne_rend_pas_d_essais(client, lea):
    echouer(client, lea.email.upper())

    assert TROP in lire(identifier(client, lea))


def test_qui_se_trompe_ailleurs_n_enferme_pas_le_titulaire_dehors(client, lea):
    echouer(client, lea.email, REMOTE_ADDR="192.0.2.1")

    assert identifier(client, lea).url == "/espace/"


def test_cent_echecs_venus_de_partout_freinent_le_compte(client, lea):
    for rang in range(25):
        echouer(client, lea.email, 4, REMOTE_ADDR=f"192.0.2.{rang}")

    assert TROP in lire(identifier(client, lea))


def test_une_connexion_reussie_ne_compte_pas(client, lea):
    for rang in range(24):
        echouer(client, lea.email, 4, REMOTE_ADDR=f"192.0.2.{rang}")
    for _ in range(8):
        assert est_connecte(ouvrir_une_session(lea))

    assert identifier(client, lea).url == "/espace/"


def test_un_compte_freine_n_en_freine_pas_un_autre(client, lea):
    echouer(client, lea.email)

    assert identifier(client, creer_personne()).url == "/espace/"


def test_une_adresse_inconnue_est_freinee_comme_une_autre(client):
    echouer(client, "nul@exemple.fr")

    reponse = client.post("/connexion/", {"login": "nul@exemple.fr", "password": "faux"})

    assert TROP in lire(reponse)


def test_trop_de_demandes_d_un_reseau_ont_une_page_en_francais(client):
    echouer(client, "nul@exemple.fr", 30)

    reponse = client.post("/connexion/", {"login": "nul@exemple.fr", "password": "faux"})

    assert (reponse.status_code, reponse["Retry-After"]) == (429, "600")
    assert "Trop de demandes en peu de temps" in lire(reponse)


def test_pretendre_venir_d_ailleurs_ne_leve_pas_le_frein(client, lea):
    for rang in range(30):
        client.post(
            "/connexion/",
            {"login": "nul@exemple.fr", "password": "faux"},
            headers={"x-forwarded-for": f"192.0.2.{rang}"},
        )

    assert identifier(client, lea).status_code == 429


def test_un_compte_ferme_n_entre_pas(client, lea):
    lea.fermer()

    reponse = identifier(client, lea)

    assert reponse.url == "/compte/inactif/"
    assert not est_connecte(client)


def test_fermer_un_compte_coupe_sa_session(lea):
    navigateur = ouvrir_une_session(lea)

    lea.fermer()

    assert not est_connecte(navigateur)


def test_se_connecter_change_la_cle_de_session(client, lea):
    session = client.session
    session["posée"] = "par un autre"
    session.save()
    avant = session.session_key

    identifier(client, lea)

    assert client.session.session_key != avant
    assert not session.exists(avant)


@pytest.mark.parametrize("suite", ["/partenaires/", "/espace/?a=b"])
def test_on_revient_a_la_page_demandee(client, lea, suite):
    assert identifier(client, lea, next=suite).url == suite


@pytest.mark.parametrize(
    "suite",
    [
        "//evil.example",
        "https:evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
    ],
)
def test_on_ne_part_pas_vers_un_autre_site(client, lea, suite):
    assert identifier(client, lea, next=suite).url == "/espace/"


def test_un_visiteur_ne_peut_pas_s_inscrire(client):
    envoi = {"email": "nul@exemple.fr", "password1": MOT_DE_PASSE, "password2": MOT_DE_PASSE}

    page = lire(client.post("/compte/inscription/", envoi))

    assert "Les comptes s’ouvrent sur invitation" in page
    assert not est_connecte(client)


def test_l_administration_n_a_pas_de_page_de_connexion_a_elle(client):
    reponse = client.get("/admin/", follow=True)

    assert reponse.redirect_chain[-1] == ("/connexion/?next=%2Fadmin%2F", 302)


def test_un_envoi_a_l_ancienne_adresse_de_connexion_ne_connecte_pas(client, agent_departement):
    envoi = {"username": agent_departement.email, "password": MOT_DE_PASSE_D_AGENT}

    reponse = client.post("/admin/login/", {**envoi, "next": "/admin/"})

    assert reponse.url.startswith("/connexion/")
    assert not est_connecte(client)


def test_un_partenaire_n_entre_pas_dans_l_administration(lea):
    navigateur = ouvrir_une_session(lea)

    assert navigateur.get("/admin/", follow=True).status_code == 403


def test_se_deconnecter_demande_un_post(lea):
    navigateur = ouvrir_une_session(lea)

    navigateur.get("/deconnexion/")
    encore = est_connecte(navigateur)
    navigateur.post("/deconnexion/")

    assert encore
    assert not est_connecte(navigateur)


def test_la_connexion_exige_le_jeton_du_formulaire(lea):
    navigateur = Client(enforce_csrf_checks=True)

    assert identifier(navigateur, lea).status_code == 403
