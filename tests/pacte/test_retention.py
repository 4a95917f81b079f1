"""The table of retention: what the page says, the command does."""

import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contrats.models import Adhesion
from pacte.portail.listes import lire
from pacte.portail.models import Message
from pacte.portail.retention import REGLES
from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.typographie import typographier
from partenaires.models import Invitation
from tests.fabriques import (
    creer_adhesion,
    creer_contribution,
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
    # `find -mtime +29` deletes what is thirty days old.
    assert re.findall(r"-mtime \+(\d+) -delete", guide) == [str(gardes["sauvegardes"]["garde"] - 1)]
    assert len(re.findall(r"^ +access_log (?:off|/var/log/pacte/acces\.log)", guide, re.M)) == 3


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
