"""The table of retention: what the page says, the command does."""

import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contrats.models import Adhesion
from pacte.portail.listes import lire
from pacte.portail.models import Message
from pacte.portail.retention import REGLES, appliquer
from pacte.socle.models import Courrier, EntreeJournal, Utilisateur
from pacte.socle.typographie import typographier
from partenaires.models import Invitation, Membre
from tests.conftest import donner_un_second_facteur
from tests.fabriques import (
    creer_adhesion,
    creer_contribution,
    creer_courrier,
    creer_courrier_echoue,
    creer_importation,
    creer_invitation,
    creer_membre,
    creer_message,
    creer_personne,
)

pytestmark = pytest.mark.django_db


def il_y_a(jours: int):
    return timezone.now() - timedelta(days=jours)


def test_chaque_duree_ecrite_a_sa_regle_et_chaque_regle_sa_ligne(client):
    ecrites = {t["code"] for t in lire("traitements") if t["jours"] is not None}

    assert ecrites == set(REGLES)
    page = client.get("/donnees-personnelles/").content.decode()
    assert all(typographier(t["duree"]) in page for t in lire("traitements"))


def test_chaque_traitement_dit_sa_base_et_ses_destinataires():
    for traitement in lire("traitements"):
        assert traitement["base"].startswith("mission d’intérêt public"), traitement["code"]
        assert traitement["destinataires"] and traitement["finalite"], traitement["code"]


def test_la_duree_dite_des_journaux_et_des_sauvegardes_est_celle_du_guide():
    guide = (Path(__file__).parents[2] / "docs" / "exploitation.md").read_text(encoding="utf-8")
    gardes = {t["code"]: t for t in lire("traitements") if "garde" in t}

    assert set(gardes) == {"serveur", "sauvegardes"}
    assert all(t["duree"].startswith(f"{t['garde']} jours") for t in gardes.values())
    jours = str(gardes["serveur"]["garde"])
    assert re.findall(r"^ +(?:rotate|maxage) (\d+)$", guide, re.MULTILINE) == [jours, jours]
    assert re.findall(r"^ +MaxRetentionSec=(\d+)day$", guide, re.MULTILINE) == [jours]
    # One a night: the thirtieth is thirty days old, and the next night removes it.
    gardees = re.findall(r"ExecStart=.*--garder (\d+)$", guide, re.MULTILINE)
    assert gardees == [str(gardes["sauvegardes"]["garde"])]
    assert len(re.findall(r"^ +access_log (?:off|/var/log/pacte/acces\.log)", guide, re.M)) == 3


def test_un_courriel_fini_s_oublie_apres_trente_jours_et_son_lien_perime_aussitot():
    """One that still has to leave is kept, however old; a link that is dead is of no use."""
    attend = creer_courrier(ecrit_le=il_y_a(40))
    recent = creer_courrier_echoue(fini_le=il_y_a(29))
    perime = creer_courrier_echoue(expire_le=il_y_a(1))
    ancien = creer_courrier_echoue(fini_le=il_y_a(31))
    traitement = next(t for t in lire("traitements") if t["code"] == "courriels")

    assert appliquer(traitement, simuler=True) == 1
    assert appliquer(traitement, simuler=False) == 1

    gardes = {c.pk: c.corps for c in Courrier.objects.all()}
    assert ancien.pk not in gardes
    assert (gardes[attend.pk], gardes[recent.pk], gardes[perime.pk]) == (*[attend.corps] * 2, "")


def test_le_texte_d_un_courriel_part_a_l_instant_ou_son_lien_se_perime(monkeypatch):
    """Not that of one that still has to leave: the round that hands it over says so first."""
    instant = timezone.now()
    monkeypatch.setattr("pacte.portail.retention.timezone.now", lambda: instant)
    attend = creer_courrier(expire_le=instant)
    perime = creer_courrier_echoue(expire_le=instant)
    bon = creer_courrier_echoue(expire_le=instant + timedelta(seconds=1))

    appliquer({"code": "courriels", "jours": 30}, simuler=False)

    gardes = {c.pk: bool(c.corps) for c in Courrier.objects.all()}
    assert gardes == {attend.pk: True, perime.pk: False, bon.pk: True}


def test_le_contenu_d_un_fichier_rapporte_part_apres_un_jour():
    neuf, ancien = creer_importation(), creer_importation(depose_le=il_y_a(2))
    annulable = creer_importation(
        depose_le=il_y_a(2), applique_le=timezone.now() - timedelta(hours=23), retour=[1]
    )
    traitement = next(t for t in lire("traitements") if t["code"] == "imports")

    assert appliquer(traitement, simuler=True) == 1
    assert appliquer(traitement, simuler=False) == 1

    for importation, reste in ((neuf, True), (ancien, False), (annulable, True)):
        importation.refresh_from_db()
        assert bool(bytes(importation.contenu)) == reste
    assert annulable.retour == [1]
    assert appliquer(traitement, simuler=False) == 0


@pytest.mark.parametrize(
    ("adresse", "code", "libre"),
    [("/contact/", "messages", True), ("/adhesion/", "demandes", True)],
)
def test_chaque_formulaire_dit_ce_que_deviennent_les_donnees(client, adresse, code, libre):
    page = client.get(adresse).content.decode().replace("\u00a0", " ")

    duree = next(t["duree"] for t in lire("traitements") if t["code"] == code).split(" ;")[0]
    assert f"Durée : {duree[0].lower()}{duree[1:]}." in page
    assert '<a href="/donnees-personnelles/">Vos données et vos droits</a>' in page
    assert ("N’écrivez pas de nom de bénéficiaire" in page) == libre


def test_l_invitation_et_la_proposition_le_disent_aussi(client):
    contribution = creer_contribution()
    membre = creer_membre(partenaire=contribution.partenaire, role="referent")
    creer_invitation(partenaire=contribution.partenaire, empreinte=sha256(b"jeton").hexdigest())
    slug, espace = contribution.partenaire.slug, Client()
    espace.force_login(membre.utilisateur)

    ouvrir = client.get("/compte/invitation/jeton/")
    membres = espace.get(reverse("espace_partenaires:membres", args=[slug]))
    proposer = espace.get(reverse("espace_actions:reformuler", args=[slug, contribution.pk]))

    for page in (ouvrir, membres, proposer):
        assert '<a href="/donnees-personnelles/">Vos données et vos droits</a>' in page.text
    assert "N’écrivez pas de nom de bénéficiaire" in proposer.text


@pytest.mark.parametrize(("jours", "restent"), [(364, 1), (366, 0)])
def test_un_message_s_efface_un_an_apres_la_reponse(jours, restent):
    message = creer_message()
    Message.objects.filter(pk=message.pk).update(recu_le=il_y_a(900), repondu_le=il_y_a(jours))
    sans_reponse = creer_message()
    Message.objects.filter(pk=sans_reponse.pk).update(recu_le=il_y_a(900))

    call_command("purger")

    assert Message.objects.count() == restent + 1


def test_la_simulation_compte_et_n_efface_rien(capsys):
    invitation = creer_invitation()
    Invitation.objects.filter(pk=invitation.pk).update(creee_le=il_y_a(50), expire_le=il_y_a(40))

    call_command("purger", "--simuler")
    assert "Invitations sans suite : 1 à purger" in capsys.readouterr().out
    assert Invitation.objects.exists()

    call_command("purger")
    assert not Invitation.objects.exists()


def test_une_demande_refusee_perd_son_contact_jusque_dans_son_historique(agent_etat):
    adhesion = creer_adhesion()
    adhesion.refuser("etat", par=agent_etat, motif="Non.")
    Adhesion.objects.filter(pk=adhesion.pk).update(refus_le=il_y_a(366))
    en_cours = creer_adhesion()

    call_command("purger")

    adhesion.refresh_from_db()
    en_cours.refresh_from_db()
    assert (adhesion.contact_nom, adhesion.motif_refus) == ("anonymisé", "Non.")
    assert set(adhesion.historique.values_list("contact_nom", flat=True)) == {"anonymisé"}
    assert en_cours.contact_nom == "Camille Essai"


def simuler(code: str, jours: int = 365) -> int:
    return appliquer({"code": code, "jours": jours}, simuler=True)


@pytest.mark.parametrize(("secondes", "nombre"), [(0, 0), (1, 1)])
def test_une_duree_se_compte_a_l_instant_pres(monkeypatch, secondes, nombre):
    """What is exactly as old as the limit is still kept."""
    instant = timezone.now()
    monkeypatch.setattr("pacte.portail.retention.timezone.now", lambda: instant)
    limite = instant - timedelta(days=365, seconds=secondes)
    Message.objects.filter(pk=creer_message().pk).update(recu_le=limite, repondu_le=limite)
    Adhesion.objects.filter(pk=creer_adhesion().pk).update(statut="retiree", deposee_le=limite)
    refus = {"refus_partie": "etat", "refus_par": creer_personne(), "motif_refus": "Non."}
    Adhesion.objects.filter(pk=creer_adhesion().pk).update(
        statut="refusee", refus_le=limite, **refus
    )
    creer_invitation(creee_le=limite - timedelta(days=7), expire_le=limite)
    creer_personne(date_joined=limite)
    creer_personne(date_joined=limite, is_active=False)
    creer_importation(depose_le=limite)
    creer_courrier_echoue(fini_le=limite)
    Session.objects.create(
        session_key="x", session_data="", expire_date=instant - timedelta(seconds=secondes)
    )

    lignes = {code: simuler(code) for code in REGLES}

    assert lignes == {**dict.fromkeys(REGLES, nombre), "demandes": 2 * nombre}


def test_ce_qui_n_est_pas_clos_ou_a_servi_ne_se_purge_pas(agent_etat, agent_departement):
    Message.objects.filter(pk=creer_message().pk).update(recu_le=il_y_a(900))
    servie = creer_invitation()
    Invitation.objects.filter(pk=servie.pk).update(
        creee_le=il_y_a(900), expire_le=il_y_a(890), utilisee_le=il_y_a(895)
    )
    creer_adhesion(deposee_le=il_y_a(900))
    accordee = creer_adhesion(deposee_le=il_y_a(900))
    accordee.accorder("etat", par=agent_etat)
    accordee.accorder("departement", par=agent_departement)
    refusee = creer_adhesion(deposee_le=il_y_a(900))
    refusee.refuser("etat", par=agent_etat, motif="Non.")
    vu = creer_personne(date_joined=il_y_a(900), last_login=il_y_a(1))

    assert {code: simuler(code) for code in REGLES} == dict.fromkeys(REGLES, 0)
    assert vu.is_active


def test_ce_qui_est_anonymise_ne_l_est_qu_une_fois():
    retiree = creer_adhesion(contact_fonction="présidente")
    retiree.retirer()
    Adhesion.objects.filter(pk=retiree.pk).update(deposee_le=il_y_a(900))
    creer_personne(date_joined=il_y_a(900), is_active=False)
    assert (simuler("demandes"), simuler("comptes_fermes")) == (1, 1)

    call_command("purger")

    assert (simuler("demandes"), simuler("comptes_fermes")) == (0, 0)
    retiree.refresh_from_db()
    assert (retiree.contact_nom, retiree.contact_fonction) == ("anonymisé", "")
    assert retiree.contact_courriel == f"demande-{retiree.pk}@anonyme.invalid"


def test_un_compte_anonymise_ne_garde_rien_de_personne():
    membre = creer_membre(utilisateur=creer_personne("camille@exemple.fr", first_name="Camille"))
    compte, autre = membre.utilisateur, creer_membre()
    for qui in (compte, autre.utilisateur):
        donner_un_second_facteur(qui)
        EmailAddress.objects.create(user=qui, email=qui.email)
    Utilisateur.objects.filter(pk=compte.pk).update(
        is_active=False, cle_des_sessions="", last_login=il_y_a(900)
    )

    call_command("purger")

    compte.refresh_from_db()
    assert (compte.first_name, compte.last_name) == ("", "Compte anonymisé")
    assert compte.email == f"compte-{compte.pk}@anonyme.invalid"
    assert not compte.has_usable_password()
    assert [m.utilisateur for m in Membre.objects.all()] == [autre.utilisateur]
    assert [a.user for a in Authenticator.objects.all()] == [autre.utilisateur]
    assert [a.user for a in EmailAddress.objects.all()] == [autre.utilisateur]


def test_rien_dans_la_base_ne_dit_plus_qui_etait_un_compte_anonymise():
    """Invited, named référent, gone: its name is written nowhere, the journal included."""
    autre = creer_membre(role="referent")
    invitee = creer_invitation(courriel="quelqu-un@essai.fr")
    partenaire, compte = (
        autre.partenaire,
        creer_personne("kervoasdoue@essai.fr", last_name="Kervoasdoué"),
    )
    Invitation.envoyer_a(
        "kervoasdoue@essai.fr", partenaire=partenaire, role="contributeur", par=autre.utilisateur
    ).accepter(compte)
    membre = Membre.objects.get(utilisateur=compte)
    membre.nommer_referent(par=autre.utilisateur)
    creer_contribution(partenaire=partenaire).confirmer(par=compte)
    membre.sortir(par=autre.utilisateur)
    ancien = {"date_joined": il_y_a(800), "last_login": il_y_a(800)}
    Utilisateur.objects.filter(pk=compte.pk).update(**ancien)
    assert EntreeJournal.objects.count() == 5
    Courrier.objects.all().delete()  # gone thirty days after they left

    call_command("purger")
    call_command("purger")

    invitee.refresh_from_db()
    assert invitee.courriel == "quelqu-un@essai.fr"
    lignes = [str(v) for m in apps.get_models() for v in m._base_manager.values()]
    assert [ligne for ligne in lignes if "kervoasdou" in ligne.lower()] == []


def test_un_agent_parti_n_est_pas_anonymise(agent_departement):
    Utilisateur.objects.filter(pk=agent_departement.pk).update(
        date_joined=il_y_a(900), is_active=False, cle_des_sessions=""
    )

    assert simuler("comptes_fermes") == 0


def test_la_liste_des_sessions_des_comptes_s_oublie_aussi(monkeypatch):
    """To the instant too: what is exactly as old as the limit is still kept."""
    instant, compte = timezone.now(), creer_personne()
    monkeypatch.setattr("pacte.portail.retention.timezone.now", lambda: instant)
    for cle, secondes in (("vieille", 1), ("recente", 0)):
        limite = instant - timedelta(days=365, seconds=secondes)
        session = UserSession.objects.create(user=compte, session_key=cle, ip="::1", user_agent="")
        UserSession.objects.filter(pk=session.pk).update(created_at=limite)

    appliquer({"code": "sessions", "jours": 365}, simuler=False)

    assert [s.session_key for s in UserSession.objects.all()] == ["recente"]


def test_un_compte_inactif_se_ferme_puis_s_anonymise():
    membre = creer_membre(utilisateur=creer_personne("camille@exemple.fr", last_name="Essai"))
    compte = membre.utilisateur
    creer_contribution(partenaire=membre.partenaire).confirmer(par=compte)
    Utilisateur.objects.filter(pk=compte.pk).update(last_login=il_y_a(366))

    call_command("purger")
    compte.refresh_from_db()
    assert (compte.is_active, compte.email) == (False, "camille@exemple.fr")
    assert EntreeJournal.objects.filter(fait="compte.ferme").count() == 1

    Utilisateur.objects.filter(pk=compte.pk).update(last_login=il_y_a(731))
    call_command("purger")
    compte.refresh_from_db()
    assert str(compte) == "Compte anonymisé"
    assert compte.email.endswith("@anonyme.invalid")
    assert EntreeJournal.objects.get(fait="actions.contribution_confirmee").par == compte
    assert not compte.appartenances.exists()


def test_un_agent_et_un_compte_recent_ne_sont_pas_fermes(agent_departement):
    Utilisateur.objects.filter(pk=agent_departement.pk).update(date_joined=il_y_a(900))
    recent = creer_personne()

    call_command("purger")

    assert Utilisateur.objects.filter(is_active=True).count() == 2
    assert recent.is_active


def test_qui_administre_le_portail_n_est_pas_ferme_meme_sans_statut_equipe():
    """The account that opened the portal: nobody could open it again."""
    seul = creer_personne(is_superuser=True)
    Utilisateur.objects.filter(pk=seul.pk).update(date_joined=il_y_a(900))

    call_command("purger")

    assert Utilisateur.objects.filter(is_active=True).count() == 1


def test_une_session_finie_s_efface_meme_sans_compte():
    for cle, jours in (("finie", -1), ("ouverte", 1)):
        Session.objects.create(session_key=cle, session_data="", expire_date=il_y_a(-jours))

    call_command("purger")

    assert [s.session_key for s in Session.objects.all()] == ["ouverte"]
