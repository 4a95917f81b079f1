"""The code asked after the password: of every officer, and of a partner who wants one."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import reverse

from pacte.comptes.adaptateurs import AdaptateurSecondFacteur
from tests.comptes.gestes import (
    chemin,
    code_de,
    est_connecte,
    figer_les_codes,
    identifier,
    liens,
    lire,
    ouvrir_une_session,
)
from tests.conftest import creer_agent, donner_un_second_facteur
from tests.fabriques import creer_personne

pytestmark = pytest.mark.django_db

ACTIVER = "/compte/second-facteur/activer/"
CODES = "/compte/codes-de-secours/"


@pytest.fixture(autouse=True)
def tranche(monkeypatch):
    return figer_les_codes(monkeypatch)


@pytest.fixture
def agent_nu():
    """An officer who has no second factor yet."""
    agent = creer_agent("Agents du Département", "nouvelle@departement.exemple")
    Authenticator.objects.all().delete()
    return agent


def envoyer_un_code(navigateur, code):
    return navigateur.post("/connexion/code/", {"code": code})


def entrer(agent, secret) -> Client:
    navigateur = Client()
    identifier(navigateur, agent)
    assert envoyer_un_code(navigateur, code_de(secret)).status_code == 302
    return navigateur


def relier(navigateur):
    """Set an application up as a person does; return its secret and the answer."""
    page = lire(navigateur.get(ACTIVER))
    secret = re.search(r'<code class="cle">(\w+)</code>', page)[1]
    return secret, navigateur.post(ACTIVER, {"code": code_de(secret)}, follow=True)


def codes_de_secours(page) -> list[str]:
    return re.findall(r"<li><code>(\d+)</code></li>", lire(page))


def test_un_agent_sans_second_facteur_est_conduit_a_l_activation(agent_nu):
    navigateur = ouvrir_une_session(agent_nu)

    reponse = navigateur.get("/admin/", follow=True)

    assert reponse.redirect_chain == [(ACTIVER, 302)]
    assert "Les agents se connectent avec un second facteur" in lire(reponse)


@pytest.mark.parametrize("modele", admin.site._registry, ids=lambda m: m._meta.label_lower)
def test_aucune_liste_ne_s_ouvre_sans_second_facteur(client, administrateur, modele):
    Authenticator.objects.all().delete()
    client.force_login(administrateur)
    adresse = reverse(f"admin:{modele._meta.app_label}_{modele._meta.model_name}_changelist")

    assert client.get(adresse).url == ACTIVER
    assert client.post(adresse, {"action": "fermer_les_sessions"}).url == ACTIVER


@pytest.mark.parametrize(
    "adresse", ["/admin/ce-qui-manque/", "/admin/propositions/", "/admin/jsi18n/", "/admin/nul/"]
)
def test_aucune_page_de_l_administration_ne_s_ouvre_sans_second_facteur(agent_nu, adresse):
    assert ouvrir_une_session(agent_nu).get(adresse).url == ACTIVER


def test_un_agent_sans_second_facteur_lit_le_site(referentiel, agent_nu):
    assert ouvrir_une_session(agent_nu).get("/partenaires/").status_code == 200


def test_un_essai_local_peut_s_en_passer(agent_nu, settings):
    settings.SECOND_FACTEUR_DES_AGENTS = False

    assert ouvrir_une_session(agent_nu).get("/admin/").status_code == 200


def test_un_code_juste_relie_l_application(agent_nu):
    navigateur = ouvrir_une_session(agent_nu)

    relier(navigateur)

    assert navigateur.get("/admin/").status_code == 200


def test_un_code_faux_ne_relie_rien(agent_nu):
    navigateur = ouvrir_une_session(agent_nu)
    navigateur.get(ACTIVER)

    reponse = navigateur.post(ACTIVER, {"code": "000000"})

    assert "Code incorrect" in lire(reponse)
    assert not Authenticator.objects.exists()


def test_dix_codes_de_secours_sont_montres(agent_nu):
    _, page = relier(ouvrir_une_session(agent_nu))

    assert page.redirect_chain == [(CODES, 302)]
    assert len(set(codes_de_secours(page))) == 10


def test_un_code_de_secours_remplace_le_telephone_une_fois(agent_nu):
    _, page = relier(ouvrir_une_session(agent_nu))
    code = codes_de_secours(page)[0]
    premiere, seconde = Client(), Client()
    identifier(premiere, agent_nu)
    identifier(seconde, agent_nu)

    envoyer_un_code(premiere, code)
    envoyer_un_code(seconde, code)

    assert est_connecte(premiere)
    assert not est_connecte(seconde)


def test_un_code_de_secours_servi_n_est_plus_montre(agent_nu):
    navigateur = ouvrir_une_session(agent_nu)
    _, page = relier(navigateur)
    code = codes_de_secours(page)[0]
    autre = Client()
    identifier(autre, agent_nu)
    envoyer_un_code(autre, code)

    assert len(codes_de_secours(navigateur.get(CODES))) == 9


def test_de_nouveaux_codes_annulent_les_anciens(agent_nu):
    navigateur = ouvrir_une_session(agent_nu)
    _, page = relier(navigateur)

    neufs = codes_de_secours(navigateur.post(f"{CODES}nouveaux/", follow=True))

    assert len(neufs) == 10
    assert not set(neufs) & set(codes_de_secours(page))


def test_la_connexion_demande_ensuite_le_code(client, agent_departement):
    reponse = identifier(client, agent_departement)

    assert reponse.url == "/connexion/code/"
    assert not est_connecte(client)
    assert "code à six chiffres" in lire(client.get("/connexion/code/"))


def test_le_code_mene_l_agent_a_l_administration(client, agent_nu):
    secret = donner_un_second_facteur(agent_nu)
    identifier(client, agent_nu)

    assert envoyer_un_code(client, code_de(secret)).url == "/admin/"


def test_le_code_mene_a_la_page_demandee(client, agent_nu):
    secret = donner_un_second_facteur(agent_nu)
    identifier(client, agent_nu, next="/admin/propositions/")

    assert envoyer_un_code(client, code_de(secret)).url == "/admin/propositions/"


def test_un_code_faux_est_refuse(client, agent_departement):
    identifier(client, agent_departement)

    page = lire(envoyer_un_code(client, "000000"))

    assert "Code incorrect" in page
    assert not est_connecte(client)


def test_un_code_ne_sert_pas_deux_fois(client, agent_nu):
    secret = donner_un_second_facteur(agent_nu)
    entrer(agent_nu, secret)
    identifier(client, agent_nu)

    assert "Code incorrect" in lire(envoyer_un_code(client, code_de(secret)))


def test_un_code_d_hier_est_refuse(client, agent_nu, tranche):
    secret = donner_un_second_facteur(agent_nu)
    identifier(client, agent_nu)
    tranche[0] += 1

    assert "Code incorrect" in lire(envoyer_un_code(client, code_de(secret)))


def test_les_codes_essayes_sont_comptes(client, agent_nu):
    secret = donner_un_second_facteur(agent_nu)
    identifier(client, agent_nu)
    for _ in range(5):
        envoyer_un_code(client, "000000")

    page = lire(envoyer_un_code(client, code_de(secret)))

    assert "Trop de tentatives de connexion échouées" in page


def test_la_page_du_code_ne_s_ouvre_pas_sans_mot_de_passe(client):
    assert client.get("/connexion/code/").url == "/connexion/"


def test_un_partenaire_n_est_pas_oblige_au_second_facteur(referentiel):
    navigateur = ouvrir_une_session(creer_personne())

    assert navigateur.get("/espace/").status_code == 200


def test_un_partenaire_peut_en_choisir_un(client):
    personne = creer_personne()

    relier(ouvrir_une_session(personne))

    assert identifier(client, personne).url == "/connexion/code/"


def test_un_partenaire_peut_le_retirer(client):
    personne = creer_personne()
    navigateur = ouvrir_une_session(personne)
    relier(navigateur)

    navigateur.post("/compte/second-facteur/retirer/")

    assert not Authenticator.objects.exists()
    assert identifier(client, personne).url == "/espace/"


def test_les_graines_sont_chiffrees_dans_la_base(agent_nu):
    secret, page = relier(ouvrir_une_session(agent_nu))

    gardes = [str(donnees) for donnees in Authenticator.objects.values_list("data", flat=True)]

    assert len(gardes) == 2
    assert not any(
        clair in garde for garde in gardes for clair in (secret, *codes_de_secours(page))
    )


def test_la_page_d_activation_n_appelle_aucune_image_d_ailleurs(agent_nu):
    page = lire(ouvrir_une_session(agent_nu).get(ACTIVER))

    assert "<svg" in page
    assert "data:image" not in page


def test_apres_un_changement_de_cle_un_ancien_code_est_refuse_sans_panne(settings):
    coffre = AdaptateurSecondFacteur()
    chiffre = coffre.encrypt("GRAINE")

    settings.SECRET_KEY = "une autre clé"

    assert coffre.decrypt(chiffre) not in ("", "GRAINE")


def choisir_un_mot_de_passe(agent) -> Client:
    """Ask for the link, follow it, choose a password, sign in: the README's path of an officer."""
    Client().post("/compte/mot-de-passe/oublie/", {"email": agent.email})
    navigateur, neuf = Client(), "quatre chevaux dorment debout"
    page = navigateur.get(chemin(liens(mail.outbox[-1])[0]), follow=True)
    navigateur.post(page.request["PATH_INFO"], {"password1": neuf, "password2": neuf})
    identifier(navigateur, agent, neuf)
    return navigateur


def test_le_lien_recu_par_courriel_mene_au_second_facteur(agent_nu):
    agent_nu.set_unusable_password()
    agent_nu.save()

    navigateur = choisir_un_mot_de_passe(agent_nu)
    relier(navigateur)

    assert navigateur.get("/admin/").status_code == 200
    prouvees = EmailAddress.objects.filter(user=agent_nu, verified=True, primary=True)
    assert [adresse.email for adresse in prouvees] == [agent_nu.email]


def test_la_demande_d_un_inconnu_n_enferme_pas_un_agent_dehors(agent_nu):
    Client().post("/compte/mot-de-passe/oublie/", {"email": agent_nu.email})

    navigateur = ouvrir_une_session(agent_nu)
    relier(navigateur)

    assert navigateur.get("/admin/").status_code == 200


def test_un_agent_entre_apres_la_correction_de_son_adresse(agent_nu):
    choisir_un_mot_de_passe(agent_nu)
    ancienne = agent_nu.email
    agent_nu.email = "autre@departement.exemple"
    agent_nu.save()

    navigateur = choisir_un_mot_de_passe(agent_nu)
    relier(navigateur)

    assert navigateur.get("/admin/").status_code == 200
    assert not EmailAddress.objects.filter(email=ancienne).exists()


def test_perdu_avant_d_etre_relie_le_second_facteur_se_recommence(agent_nu):
    navigateur = ouvrir_une_session(agent_nu)
    navigateur.get(ACTIVER)

    ailleurs = ouvrir_une_session(agent_nu)
    relier(ailleurs)

    assert ailleurs.get("/admin/").status_code == 200
