"""Sessions ended for good: the cookie of before opens nothing, whatever was done to the account."""

from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pacte.comptes.adaptateurs import AdaptateurComptes
from pacte.comptes.changements import ChangementDeCompte, NatureChangement, changer_les_groupes
from pacte.socle.models import Utilisateur
from tests.comptes.gestes import (
    chemin,
    code_de,
    est_connecte,
    figer_les_codes,
    identifier,
    liens,
    ouvrir_une_session,
    secret_de,
)
from tests.comptes.parcours import connecter_par_mot_de_passe, entrer
from tests.conftest import creer_agent, donner_un_second_facteur
from tests.fabriques import MOT_DE_PASSE, creer_membre, creer_partenaire, creer_personne
from tests.formulaires import enregistrer

pytestmark = pytest.mark.django_db

LISTE = "/admin/socle/utilisateur/"
OUBLI = "/compte/mot-de-passe/oublie/"
RETIRER = "/compte/second-facteur/retirer/"
NEUF = "quatre chevaux dorment debout"


@pytest.fixture
def gerante(client):
    """Who administers the portal, signed in as `client`."""
    gerante = creer_agent("Administration du portail", "gerante@pacte.exemple")
    client.force_login(gerante)
    return gerante


@pytest.fixture
def personne():
    return creer_personne()


def fiche(compte) -> str:
    return f"{LISTE}{compte.pk}/change/"


def rouvrir(compte) -> None:
    """Open the account again as a careless command would: nothing but what the base demands."""
    compte.refresh_from_db()
    compte.is_active = True
    compte.changer_la_cle()
    compte.save()


class Survivante:
    """A session whose rows are put back, as a backup or a race would, once they were deleted."""

    def __init__(self, compte, navigateur=None):
        self.navigateur = navigateur or ouvrir_une_session(compte)
        self.cle = self.navigateur.session.session_key
        self.ligne = Session.objects.get(pk=self.cle)

    @property
    def est_effacee(self) -> bool:
        lignes = (
            Session.objects.filter(pk=self.cle),
            UserSession.objects.filter(session_key=self.cle),
        )
        return not any(ligne.exists() for ligne in lignes)

    @property
    def vit(self) -> bool:
        """Tell whether the old cookie opens something, its row put back."""
        Session.objects.update_or_create(
            pk=self.cle,
            defaults={
                "session_data": self.ligne.session_data,
                "expire_date": self.ligne.expire_date,
            },
        )
        self.navigateur.cookies["sessionid"] = self.cle
        return est_connecte(self.navigateur)


def test_une_session_dont_la_ligne_revient_vit_encore(personne):
    """What the other tests rely on: alone, a row put back is enough."""
    session = Survivante(personne)
    Session.objects.all().delete()

    assert session.vit


def par_la_fiche(client, personne):
    enregistrer(client, fiche(personne), is_active=None)


def par_la_methode(client, personne):
    personne.fermer()


def par_une_requete(client, personne):
    Utilisateur.objects.filter(pk=personne.pk).update(is_active=False, cle_des_sessions="")


def par_la_purge(client, personne):
    il_y_a_longtemps = timezone.now() - timedelta(days=400)
    Utilisateur.objects.filter(pk=personne.pk).update(
        last_login=il_y_a_longtemps, date_joined=il_y_a_longtemps
    )
    call_command("purger", stdout=StringIO())
    personne.refresh_from_db()
    assert not personne.is_active


@pytest.mark.parametrize("fermer", [par_la_fiche, par_la_methode, par_une_requete, par_la_purge])
def test_un_compte_ferme_puis_rouvert_ne_rend_aucune_session(client, gerante, personne, fermer):
    session = Survivante(personne)

    fermer(client, personne)
    rouvrir(personne)

    assert not session.vit
    assert est_connecte(ouvrir_une_session(personne))


def test_un_compte_rouvert_par_sa_fiche_ne_rend_aucune_session(client, gerante, personne):
    session = Survivante(personne)

    enregistrer(client, fiche(personne), is_active=None)
    enregistrer(client, fiche(personne), is_active="on")

    assert session.est_effacee
    assert not session.vit
    assert est_connecte(ouvrir_une_session(personne))


@pytest.mark.parametrize(
    "champs",
    [{"is_active": False}, {"is_active": True, "cle_des_sessions": ""}, {"cle_des_sessions": ""}],
)
def test_la_base_refuse_un_compte_ferme_qui_garderait_sa_cle(personne, champs):
    with pytest.raises(IntegrityError, match="utilisateur_ferme_sans_cle"), transaction.atomic():
        Utilisateur.objects.filter(pk=personne.pk).update(**champs)


def test_la_base_refuse_de_rouvrir_sans_nouvelle_cle(personne):
    personne.fermer()

    with pytest.raises(IntegrityError, match="utilisateur_ferme_sans_cle"), transaction.atomic():
        Utilisateur.objects.filter(pk=personne.pk).update(is_active=True)


def test_chaque_compte_a_sa_cle_et_chaque_ouverture_une_nouvelle(personne):
    cles = {personne.cle_des_sessions, creer_personne().cle_des_sessions}
    personne.fermer()
    rouvrir(personne)

    assert len(cles | {personne.cle_des_sessions}) == 3


def test_fermer_les_sessions_n_ouvre_pas_un_compte_ferme_entre_temps(personne):
    perime = Utilisateur.objects.get(pk=personne.pk)
    personne.fermer()

    perime.fermer_les_sessions()

    perime.refresh_from_db()
    assert (perime.is_active, perime.cle_des_sessions) == (False, "")


def test_choisir_un_mot_de_passe_n_ouvre_pas_un_compte_ferme_entre_temps(personne):
    navigateur = ouvrir_une_session(personne)
    envoi = {"oldpassword": MOT_DE_PASSE, "password1": NEUF, "password2": NEUF}
    perime = Utilisateur.objects.get(pk=personne.pk)
    personne.fermer()

    AdaptateurComptes().set_password(perime, NEUF)

    personne.refresh_from_db()
    assert not personne.is_active
    assert navigateur.post("/compte/mot-de-passe/", envoi).status_code == 302


def retirer_le_facteur(client, compte, gerante):
    client.post(LISTE, {"action": "retirer_le_second_facteur", "_selected_action": [compte.pk]})


def fermer_les_sessions(client, compte, gerante):
    client.post(LISTE, {"action": "fermer_les_sessions", "_selected_action": [compte.pk]})


def changer_l_adresse(client, compte, gerante):
    enregistrer(client, fiche(compte), email="autre@exemple.fr")
    enregistrer(client, fiche(compte), email=compte.email)


def quitter_son_dernier_groupe(client, compte, gerante):
    enregistrer(client, fiche(compte), groups=[])


def choisir_par_un_lien(client, compte, gerante):
    Client().post(OUBLI, {"email": compte.email})
    navigateur = Client()
    page = navigateur.get(chemin(liens(mail.outbox[-1])[0]), follow=True)
    navigateur.post(page.request["PATH_INFO"], {"password1": NEUF, "password2": NEUF})


@pytest.mark.parametrize(
    "geste",
    [
        retirer_le_facteur,
        fermer_les_sessions,
        changer_l_adresse,
        quitter_son_dernier_groupe,
        choisir_par_un_lien,
    ],
)
def test_ce_qui_change_l_acces_d_un_agent_ferme_ses_sessions(client, gerante, geste):
    compte = creer_agent("Administration du portail", "collegue@pacte.exemple")
    Authenticator.objects.filter(user=compte).delete()
    session = Survivante(compte)

    geste(client, compte, gerante)

    assert session.est_effacee
    assert not session.vit


@pytest.mark.parametrize("nature", [NatureChangement.SECOND_FACTEUR, NatureChangement.ADRESSE])
def test_un_changement_fait_par_les_siens_ferme_les_sessions(agent_etat, nature):
    collegue = creer_agent("Agents de l’État", "collegue@etat.exemple")
    Authenticator.objects.filter(user=agent_etat).delete()
    session = Survivante(agent_etat)

    ChangementDeCompte.demander(agent_etat, nature, par=collegue, adresse="neuve@etat.exemple")

    assert not session.vit


def test_gagner_une_partie_ferme_les_sessions():
    compte = creer_personne(is_staff=True)
    session = Survivante(compte, ouvrir_une_session(compte, mot_de_passe=MOT_DE_PASSE))

    changer_les_groupes(compte, Group.objects.filter(name="Agents de l’État"))

    assert not session.vit


def test_quitter_son_dernier_partenaire_ferme_les_sessions():
    referente = creer_membre(creer_partenaire())
    membre = creer_membre(referente.partenaire, "contributeur")
    session = Survivante(membre.utilisateur)

    membre.sortir(par=referente.utilisateur)

    assert session.est_effacee
    assert not session.vit


def test_la_commande_qui_change_un_mot_de_passe_ferme_les_sessions(personne, monkeypatch):
    session = Survivante(personne)
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEUF)

    call_command("changepassword", personne.email, stdout=StringIO())

    assert not session.vit
    assert est_connecte(ouvrir_une_session(personne, mot_de_passe=NEUF))


def test_changer_son_mot_de_passe_ferme_les_autres_sessions(personne):
    ici, ailleurs = ouvrir_une_session(personne), Survivante(personne)

    ici.post(
        "/compte/mot-de-passe/",
        {"oldpassword": MOT_DE_PASSE, "password1": NEUF, "password2": NEUF},
    )

    assert est_connecte(ici)
    assert not ailleurs.vit


def test_retirer_son_second_facteur_ferme_les_autres_sessions(personne):
    ailleurs = Survivante(personne)
    donner_un_second_facteur(personne)
    ici = Client()
    connecter_par_mot_de_passe(ici, personne, MOT_DE_PASSE)

    ici.post(RETIRER)

    assert not Authenticator.objects.filter(user=personne).exists()
    assert est_connecte(ici)
    assert UserSession.objects.get(user=personne).session_key == ici.session.session_key
    assert not ailleurs.vit


@pytest.fixture
def a_l_etape_du_code(personne, monkeypatch):
    """A browser that gave the password of `personne` and is asked a code."""
    figer_les_codes(monkeypatch)
    donner_un_second_facteur(personne)
    navigateur = Client()
    assert identifier(navigateur, personne).url == "/connexion/code/"
    return navigateur


def test_une_connexion_entamee_aboutit(personne, a_l_etape_du_code):
    a_l_etape_du_code.post("/connexion/code/", {"code": code_de(secret_de(personne))})

    assert est_connecte(a_l_etape_du_code)


def test_une_connexion_entamee_avant_la_fermeture_n_aboutit_pas(personne, a_l_etape_du_code):
    personne.fermer()
    rouvrir(personne)

    code = code_de(secret_de(personne))
    reponse = a_l_etape_du_code.post("/connexion/code/", {"code": code})

    assert reponse.url == "/connexion/"
    assert not est_connecte(a_l_etape_du_code)


def test_un_lien_demande_avant_la_fermeture_ne_sert_plus(personne):
    Client().post(OUBLI, {"email": personne.email})
    navigateur, lien = Client(), chemin(liens(mail.outbox[-1])[0])
    personne.fermer()
    rouvrir(personne)

    page = navigateur.get(lien, follow=True)
    navigateur.post(page.request["PATH_INFO"], {"password1": NEUF, "password2": NEUF})

    personne.refresh_from_db()
    assert personne.check_password(MOT_DE_PASSE)


def test_entrer_par_proconnect_ne_survit_pas_a_la_fermeture(client, agent_relie):
    entrer(client)
    session = Survivante(agent_relie, client)
    assert session.vit

    agent_relie.fermer()
    rouvrir(agent_relie)

    assert not session.vit
