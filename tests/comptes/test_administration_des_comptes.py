"""What the administration may do to somebody else's account."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from pacte.socle.models import EntreeJournal, Utilisateur
from tests.comptes.gestes import chemin, est_connecte, liens, lire, ouvrir_une_session
from tests.conftest import creer_agent
from tests.fabriques import creer_personne
from tests.formulaires import champs_du_formulaire
from tests.lecture import contenu

pytestmark = pytest.mark.django_db

ACTIVER = "/compte/second-facteur/activer/"
LISTE = "/admin/socle/utilisateur/"


@pytest.fixture
def gerante():
    return creer_agent("Administration du portail", "gerante@pacte.exemple")


def agir(client, geste, *comptes):
    envoi = {"action": geste, "_selected_action": [compte.pk for compte in comptes]}
    return client.post(LISTE, envoi, follow=True)


def faits() -> list[tuple]:
    return list(EntreeJournal.objects.values_list("fait", "par__email", "libelle"))


@pytest.fixture
def collegue():
    """An officer who decides for no party: see `test_changements.py` for those who do."""
    return creer_agent("Administration du portail", "collegue@pacte.exemple")


def test_un_telephone_perdu_se_remplace(client, gerante, collegue):
    client.force_login(gerante)

    page = lire(agir(client, "retirer_le_second_facteur", collegue))

    assert f"Second facteur retiré : {collegue}" in page
    assert not Authenticator.objects.filter(user=collegue).exists()
    assert faits() == [("compte.second_facteur_retire", gerante.email, collegue.nom_au_journal)]


def test_le_journal_nomme_un_compte_comme_il_se_nomme_aujourd_hui(client, gerante, collegue):
    client.force_login(gerante)
    agir(client, "retirer_le_second_facteur", collegue)
    collegue.first_name, collegue.last_name = "Nina", "Martin"
    collegue.save()

    (entree,) = EntreeJournal.objects.all()
    assert (entree.libelle, entree.sujet) == (f"Compte n°\u00a0{collegue.pk}", "Nina Martin")
    assert "Nina Martin" in lire(client.get("/admin/socle/entreejournal/"))


def test_sans_son_telephone_l_agent_en_relie_un_autre(client, gerante, collegue):
    client.force_login(gerante)
    agir(client, "retirer_le_second_facteur", collegue)

    assert ouvrir_une_session(collegue).get("/admin/").url == ACTIVER


def test_l_administration_ferme_toutes_les_sessions(client, gerante):
    personne = creer_personne()
    navigateurs = [ouvrir_une_session(personne), ouvrir_une_session(personne)]
    client.force_login(gerante)

    agir(client, "fermer_les_sessions", personne)

    assert not any(est_connecte(navigateur) for navigateur in navigateurs)
    assert faits() == [("compte.sessions_fermees", gerante.email, personne.nom_au_journal)]


@pytest.mark.parametrize("geste", ["retirer_le_second_facteur", "fermer_les_sessions"])
def test_un_agent_ordinaire_ne_touche_pas_aux_comptes(client, agent_departement, agent_etat, geste):
    client.force_login(agent_departement)

    agir(client, geste, agent_etat)

    assert Authenticator.objects.filter(user=agent_etat).exists()
    assert faits() == []


def test_on_ne_touche_pas_au_super_utilisateur_sans_l_etre(client, gerante, administrateur):
    client.force_login(gerante)

    agir(client, "retirer_le_second_facteur", administrateur)

    assert Authenticator.objects.filter(user=administrateur).exists()


def test_nul_ne_choisit_le_mot_de_passe_d_un_autre(client, administrateur, agent_etat):
    client.force_login(administrateur)
    adresses = [f"{agent_etat.pk}/change/", f"{agent_etat.pk}/password/", "add/"]

    for page in [client.get(f"{LISTE}{adresse}", follow=True) for adresse in adresses]:
        assert page.status_code == 200
        assert 'type="password"' not in page.content.decode()


def test_un_mot_de_passe_glisse_dans_la_fiche_ne_sert_pas(client, administrateur, agent_etat):
    client.force_login(administrateur)
    avant = agent_etat.password
    envoi = {"email": agent_etat.email, "is_active": "on", "is_staff": "on", "password": "glissé"}

    reponse = client.post(f"{LISTE}{agent_etat.pk}/change/", envoi)

    agent_etat.refresh_from_db()
    assert reponse.status_code == 302
    assert agent_etat.password == avant


def ouvrir_un_compte(client, rappels, email="neuf@etat.exemple"):
    with rappels(execute=True):
        return client.post(f"{LISTE}add/", {"email": email, "is_staff": "on"})


def test_ouvrir_un_compte_previent_son_titulaire(
    client, gerante, django_capture_on_commit_callbacks
):
    client.force_login(gerante)

    ouvrir_un_compte(client, django_capture_on_commit_callbacks)

    (message,) = mail.outbox
    assert (message.to, message.subject) == (
        ["neuf@etat.exemple"],
        "Votre compte sur le portail du Pacte est ouvert",
    )
    assert [chemin(lien) for lien in liens(message)] == ["/compte/mot-de-passe/oublie/"]


def test_un_compte_ouvert_n_a_pas_encore_de_mot_de_passe(
    client, gerante, django_capture_on_commit_callbacks
):
    client.force_login(gerante)

    ouvrir_un_compte(client, django_capture_on_commit_callbacks)

    assert not Utilisateur.objects.get(email="neuf@etat.exemple").has_usable_password()


def test_le_titulaire_choisit_son_mot_de_passe(client, gerante, django_capture_on_commit_callbacks):
    client.force_login(gerante)
    ouvrir_un_compte(client, django_capture_on_commit_callbacks)
    titulaire, neuf = Client(), "quatre chevaux dorment debout"
    titulaire.post("/compte/mot-de-passe/oublie/", {"email": "neuf@etat.exemple"})
    page = titulaire.get(chemin(liens(mail.outbox[-1])[0]), follow=True)

    titulaire.post(page.request["PATH_INFO"], {"password1": neuf, "password2": neuf})

    nouveau = Utilisateur.objects.get(email="neuf@etat.exemple")
    assert est_connecte(ouvrir_une_session(nouveau, mot_de_passe=neuf))


def test_la_casse_ne_fait_pas_deux_comptes(client, gerante, django_capture_on_commit_callbacks):
    creer_personne("neuf@etat.exemple")
    client.force_login(gerante)

    page = ouvrir_un_compte(client, django_capture_on_commit_callbacks, "Neuf@etat.exemple")

    assert "Un compte existe déjà pour cette adresse" in lire(page)
    assert mail.outbox == []


def test_une_fiche_perimee_ne_rouvre_pas_un_compte_ferme(client, gerante):
    compte = creer_personne(first_name="Léa")
    adresse = f"{LISTE}{compte.pk}/change/"
    client.force_login(gerante)
    champs = champs_du_formulaire(client.get(adresse), "first_name")
    compte.fermer()

    refus = client.post(adresse, {**champs, "first_name": "Léo"})

    assert "rouvrir sa fiche" in contenu(refus)
    assert not Utilisateur.objects.get(pk=compte.pk).is_active
    champs = champs_du_formulaire(client.get(adresse), "first_name")
    assert client.post(adresse, {**champs, "first_name": "Léo"}).status_code == 302
    compte.refresh_from_db()
    assert (compte.first_name, compte.is_active) == ("Léo", False)
