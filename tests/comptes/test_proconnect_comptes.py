"""Single sign-on: strangers, linking and unlinking, signing out, and settings."""

from urllib.parse import parse_qsl, urlsplit

import html5lib
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.core import mail
from django.test import Client

from pacte.comptes.proconnect import FIN_DE_SESSION
from pacte.socle.models import Utilisateur
from tests.comptes.parcours import (
    DEPART,
    MOT_DE_PASSE,
    RETOUR,
    connecter_par_mot_de_passe,
    entrer,
    est_entre,
    partir,
    passer,
    verifier_le_refus,
)
from tests.conftest import creer_agent, donner_un_second_facteur
from tests.test_en_tetes import CHARGER, PRODUCTION, lancer


def test_un_inconnu_ne_prend_pas_le_compte_de_son_adresse(client, fournisseur, agent_departement):
    EmailAddress.objects.create(
        user=agent_departement, email=agent_departement.email, verified=True, primary=True
    )
    fournisseur.sub, fournisseur.email = "un-inconnu", agent_departement.email

    reponse = entrer(client)

    verifier_le_refus(client, reponse, "reliée à aucun compte")
    assert Utilisateur.objects.count() == 1
    assert not SocialAccount.objects.exists()
    assert client.get("/connexion/proconnect/inscription/").status_code == 302


def test_un_agent_qui_ne_l_est_plus_n_entre_pas(client, fournisseur, agent_relie):
    Utilisateur.objects.update(is_staff=False)

    verifier_le_refus(client, entrer(client), "réservé ici aux agents")


def test_un_compte_ferme_n_entre_pas(client, fournisseur, agent_relie):
    Utilisateur.objects.update(is_active=False, cle_des_sessions="")

    assert entrer(client).url == "/compte/inactif/"
    assert not est_entre(client)


def test_relier_puis_entrer(client, fournisseur, agent_departement):
    connecter_par_mot_de_passe(client, agent_departement)
    assert "Relier ProConnect" in client.get("/compte/").content.decode()
    assert "Relier ProConnect" in client.get("/compte/proconnect/").content.decode()

    reponse = entrer(client, process="connect")

    assert reponse.url == "/compte/"
    lien = SocialAccount.objects.get()
    assert (lien.user, lien.provider, lien.uid) == (agent_departement, "proconnect", "agent-42")
    assert lien.extra_data == {}
    assert not SocialToken.objects.exists()
    assert "est reliée" in client.get("/compte/").content.decode()
    assert entrer(Client()).url == "/admin/"
    assert [message.to for message in mail.outbox] == [[agent_departement.email]]


def test_relier_demande_une_preuve_recente(client, fournisseur, agent_departement):
    client.force_login(agent_departement)

    reponse = client.post(DEPART, {"process": "connect"})
    assert reponse.url.startswith("/compte/confirmer/")

    reponse = client.post(reponse.url, {"password": MOT_DE_PASSE})
    assert reponse.url.startswith(fournisseur.adresse)
    assert client.get(passer(reponse.url)).url == "/compte/"
    assert SocialAccount.objects.get().user == agent_departement


def test_retirer_le_lien(client, agent_relie):
    connecter_par_mot_de_passe(client, agent_relie)
    lien = SocialAccount.objects.get()
    assert "Retirer ce lien" in client.get("/compte/proconnect/").content.decode()

    client.post("/compte/proconnect/", {"account": lien.pk})

    assert not SocialAccount.objects.exists()
    verifier_le_refus(Client(), entrer(Client()), "reliée à aucun compte")


def test_on_ne_retire_pas_le_lien_d_un_autre(client, agent_relie, agent_etat):
    connecter_par_mot_de_passe(client, agent_etat)

    client.post("/compte/proconnect/", {"account": SocialAccount.objects.get().pk})

    assert SocialAccount.objects.get().user == agent_relie


def test_une_identite_ne_sert_qu_a_un_compte(client, agent_relie, agent_etat):
    connecter_par_mot_de_passe(client, agent_etat)

    entrer(client, process="connect")

    assert SocialAccount.objects.get().user == agent_relie
    assert "déjà reliée à un autre compte" in client.get("/compte/").content.decode()


def test_seul_un_agent_avec_second_facteur_relie(client, fournisseur, db):
    membre = Utilisateur.objects.create_user("membre@partenaire.exemple", MOT_DE_PASSE)
    donner_un_second_facteur(membre)
    nu = creer_agent("Agents de l’État", "nu@etat.exemple")
    nu.authenticator_set.all().delete()
    for refuse in (membre, nu):
        connecter_par_mot_de_passe(client, refuse)

        reponse = client.post(DEPART, {"process": "connect"})

        assert reponse.status_code == 403
        assert "réservé ici aux agents" in reponse.content.decode()
    client.force_login(membre)
    assert "ProConnect" not in client.get("/compte/").content.decode()


def test_le_droit_de_relier_est_revu_au_retour(client, fournisseur, agent_departement):
    connecter_par_mot_de_passe(client, agent_departement)
    retour = passer(partir(client, process="connect"))
    Utilisateur.objects.update(is_staff=False)

    assert client.get(retour).status_code == 403
    assert not SocialAccount.objects.exists()


def test_relier_ne_se_fait_pas_avec_un_seul_facteur(client, fournisseur, agent_departement):
    connecter_par_mot_de_passe(client, agent_departement)
    fournisseur.acr = "eidas1"

    assert entrer(client, process="connect").status_code == 403
    assert not SocialAccount.objects.exists()


def test_sans_session_on_ne_relie_pas(client, fournisseur):
    reponse = client.post(DEPART, {"process": "connect"})

    assert reponse.url.startswith("/connexion/?next=")


def test_se_deconnecter_ferme_les_deux_sessions(client, fournisseur, agent_relie):
    entrer(client)

    depart = client.post("/deconnexion/")

    assert not est_entre(client)
    assert FIN_DE_SESSION not in client.session
    assert depart.url.startswith(f"{fournisseur.adresse}/session/end?")
    lus = dict(parse_qsl(urlsplit(depart.url).query))
    assert lus["post_logout_redirect_uri"] == "http://testserver/"
    assert len(lus["state"]) >= 32
    retour = passer(depart.url)
    assert urlsplit(retour).path == "/"
    assert client.get("/admin/").status_code == 302


def test_une_session_du_mot_de_passe_se_ferme_ici(client, fournisseur, agent_departement):
    client.force_login(agent_departement)

    assert client.post("/deconnexion/").url == "/"


def test_le_bouton_et_son_explication(client, fournisseur):
    page = client.get("/connexion/").content.decode()

    assert "S’identifier avec ProConnect" in page
    assert '<a href="https://www.proconnect.gouv.fr/">Qu’est-ce que ProConnect\u00a0?</a>' in page
    assert page.index("ProConnect") < page.index('name="password"')


@pytest.mark.parametrize(
    "adresse",
    [
        DEPART,
        RETOUR,
        "/compte/proconnect/",
        "/connexion/proconnect/renoncement/",
        "/connexion/proconnect/echec/",
        "/connexion/proconnect/inscription/",
    ],
)
def test_sans_reglage_rien_n_existe(client, agent_departement, adresse):
    assert client.get(adresse).status_code == 404
    client.force_login(agent_departement)
    assert client.get(adresse).status_code == 404
    assert client.post(adresse).status_code in (404, 405)


def test_sans_reglage_aucune_page_ne_le_montre(client, agent_departement):
    SocialApp.objects.create(
        provider="openid_connect", provider_id="proconnect", name="ProConnect", client_id="x"
    )
    assert "ProConnect" not in client.get("/connexion/").content.decode()
    client.force_login(agent_departement)
    assert "ProConnect" not in client.get("/compte/").content.decode()


def test_une_ligne_de_la_base_ne_change_pas_le_fournisseur(client, fournisseur, agent_relie):
    SocialApp.objects.create(
        provider="openid_connect", provider_id="proconnect", name="Autre", client_id="x"
    )

    assert "Autre" not in client.get("/connexion/").content.decode()
    assert entrer(client).url == "/admin/"


def test_chaque_page_est_valide(client, fournisseur, agent_relie):
    adresses = [DEPART, RETOUR, "/connexion/proconnect/renoncement/", "/connexion/"]
    adresses += ["/connexion/proconnect/echec/"]
    sources = [client.get(adresse).content.decode() for adresse in adresses]
    client.force_login(agent_relie)
    sources += [client.get(a).content.decode() for a in ("/compte/", "/compte/proconnect/")]

    for source in sources:
        analyseur = html5lib.HTMLParser(strict=False)
        analyseur.parse(source)
        assert analyseur.errors == []
        assert source.count("<h1") == 1


COMPLET = {
    **PRODUCTION,
    "PROCONNECT_URL": "https://auth.exemple.fr/api/v2/",
    "PROCONNECT_ID": "pacte",
    "PROCONNECT_SECRET": "secret",
}


@pytest.mark.parametrize(
    ("change", "mots"),
    [
        ({"PROCONNECT_ID": ""}, "les trois, ou aucun"),
        ({"PROCONNECT_SECRET": ""}, "les trois, ou aucun"),
        ({"PROCONNECT_URL": "http://auth.exemple.fr/api/v2"}, "doit commencer par https://"),
    ],
)
def test_un_reglage_incomplet_ou_en_clair_est_refuse(change, mots):
    resultat = lancer(CHARGER, **{**COMPLET, **change})

    assert resultat.returncode != 0
    assert mots in resultat.stderr


def test_le_fournisseur_recoit_les_formulaires_quand_il_est_regle():
    programme = (
        f"{CHARGER}\nfrom django.conf import settings as s; print(s.SECURE_CSP['form-action'])"
    )

    assert lancer(programme, **PRODUCTION).stdout.strip() == "[\"'self'\"]"
    regle = lancer(programme, **COMPLET).stdout.strip()
    assert regle == "[\"'self'\", 'https://auth.exemple.fr']"
