"""The link that lets a person in: sent, accepted once, or no longer good."""

import hashlib
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Invitation, InvitationInutilisable, Membre
from tests.comptes.gestes import chemin, est_connecte, identifier, liens, lire, ouvrir_une_session
from tests.fabriques import (
    MOT_DE_PASSE,
    creer_invitation,
    creer_membre,
    creer_partenaire,
    creer_personne,
)

pytestmark = pytest.mark.django_db

NADIA = "nadia@exemple.fr"
IDENTITE = {"first_name": "Nadia", "last_name": "Roux"}
AJOUT = "/admin/partenaires/invitation/add/"


@pytest.fixture
def referent():
    return creer_membre(creer_partenaire("Mobilité 05"))


@pytest.fixture
def partenaire(referent):
    return referent.partenaire


@pytest.fixture
def inviter(referent, django_capture_on_commit_callbacks):
    """Send an invitation as the référent does; return its row and the path of its link."""

    def inviter(courriel=NADIA, role="contributeur", membre=referent):
        with django_capture_on_commit_callbacks(execute=True):
            invitation = Invitation.envoyer_a(
                courriel, partenaire=membre.partenaire, role=role, par=membre.utilisateur
            )
        return invitation, chemin(liens(mail.outbox[-1])[0])

    return inviter


def ouvrir(client, lien, **champs):
    return client.post(lien, {**IDENTITE, "mot_de_passe": MOT_DE_PASSE, **champs})


def faits() -> list[str]:
    return list(EntreeJournal.objects.order_by("pk").values_list("fait", flat=True))


def test_un_agent_invite_la_premiere_personne_referente(
    client, agent_departement, django_capture_on_commit_callbacks
):
    partenaire = creer_partenaire()
    client.force_login(agent_departement)
    envoi = {"partenaire": partenaire.pk, "courriel": NADIA, "role": "referent"}

    with django_capture_on_commit_callbacks(execute=True):
        client.post(AJOUT, envoi)

    assert [message.to for message in mail.outbox] == [[NADIA]]
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.par) == ("referent", agent_departement)


def test_un_agent_de_l_etat_n_invite_pas(client, agent_etat):
    client.force_login(agent_etat)

    assert client.get(AJOUT).status_code == 403


def test_un_agent_n_invite_pas_deux_fois_un_membre(client, agent_departement, referent):
    client.force_login(agent_departement)
    envoi = {"courriel": referent.utilisateur.email.upper(), "role": "referent"}

    page = lire(client.post(AJOUT, {**envoi, "partenaire": referent.partenaire.pk}))

    assert "Cette personne agit déjà pour ce partenaire." in page
    assert not Invitation.objects.exists()


def test_le_message_dit_qui_invite_et_a_quoi(inviter, referent, partenaire):
    inviter()

    (message,) = mail.outbox
    assert message.subject == "Invitation à l’espace de Mobilité 05"
    assert f"{referent.utilisateur} vous invite à agir pour Mobilité 05" in message.body
    assert "dans les 7 jours" in message.body
    assert message.content_subtype == "plain"
    assert len(liens(message)) == 1


def test_le_message_ecrit_un_nom_sans_le_deformer(inviter):
    membre = creer_membre(creer_partenaire("Ici & là d’<ailleurs>"))

    inviter(membre=membre)

    assert "Ici & là d’<ailleurs>" in mail.outbox[0].body


def test_la_base_ne_garde_que_l_empreinte_du_lien(inviter):
    _, lien = inviter()
    jeton = lien.rstrip("/").rpartition("/")[2]

    lignes = Invitation.objects.values()
    assert lignes[0]["empreinte"] == hashlib.sha256(jeton.encode()).hexdigest()
    assert jeton not in str(lignes) + str(EntreeJournal.objects.values())


def test_lire_l_invitation_ne_change_rien(client, inviter):
    invitation, lien = inviter()

    page = lire(client.get(lien))

    invitation.refresh_from_db()
    assert "vous invite à agir pour Mobilité 05" in page
    assert NADIA in page
    assert invitation.utilisee_le is None
    assert not Utilisateur.objects.filter(email=NADIA).exists()


def test_ouvrir_un_compte_mene_a_l_espace(client, inviter, partenaire):
    _, lien = inviter()

    reponse = ouvrir(client, lien)

    assert reponse.url == f"/espace/{partenaire.slug}/"
    assert est_connecte(client)
    membre = Membre.objects.get(utilisateur__email=NADIA)
    assert (membre.role, str(membre.utilisateur)) == ("contributeur", "Nadia Roux")


def test_le_compte_ouvert_se_rouvre_avec_son_mot_de_passe(client, inviter):
    ouvrir(client, inviter()[1])

    assert est_connecte(ouvrir_une_session(Utilisateur.objects.get(email=NADIA)))


def test_le_compte_ouvert_n_a_aucun_droit_d_agent(client, inviter):
    ouvrir(client, inviter()[1], is_staff="on", is_superuser="on", email="autre@exemple.fr")

    compte = Utilisateur.objects.get(email=NADIA)
    assert not compte.is_staff
    assert not compte.is_superuser
    assert not compte.groups.exists()


@pytest.mark.parametrize(
    ("faible", "raison"),
    [
        ("quinze lettres!", "16 caractères"),
        ("8402957163057284", "numérique"),
        ("pacte-solidarites-departement-2024", "mots du portail"),
    ],
)
def test_un_mot_de_passe_faible_est_dit_a_cote_de_son_champ(client, inviter, faible, raison):
    invitation, lien = inviter()

    reponse = ouvrir(client, lien, mot_de_passe=faible)

    invitation.refresh_from_db()
    assert raison in " ".join(reponse.context["form"].errors["mot_de_passe"])
    assert invitation.utilisee_le is None


def test_une_faute_ne_fait_rien_perdre_de_ce_qui_est_ecrit(client, inviter):
    page = lire(ouvrir(client, inviter()[1], mot_de_passe="court"))

    assert 'value="Nadia"' in page
    assert 'value="Roux"' in page
    assert 'value="court"' not in page


def test_toutes_les_fautes_sont_dites_d_un_coup(client, inviter):
    reponse = ouvrir(client, inviter()[1], first_name="", last_name="", mot_de_passe="")

    assert set(reponse.context["form"].errors) == {"first_name", "last_name", "mot_de_passe"}


def test_un_compte_existant_se_connecte_puis_rejoint(client, inviter, partenaire):
    nadia = creer_personne(NADIA)
    _, lien = inviter()
    connexion = client.get(lien).url

    retour = identifier(client, nadia, next=connexion.partition("next=")[2]).url
    page = lire(client.get(retour))
    reponse = client.post(retour)

    assert (connexion, retour) == (f"/connexion/?next={lien}", lien)
    assert "Rejoindre cet espace" in page
    assert reponse.url == f"/espace/{partenaire.slug}/"
    assert nadia.appartenances.get().partenaire == partenaire


def test_un_compte_existant_ne_change_pas_de_mot_de_passe(client, inviter):
    nadia = creer_personne(NADIA)

    ouvrir(client, inviter()[1], mot_de_passe="quatre chevaux dorment debout")

    assert not nadia.appartenances.exists()
    assert est_connecte(ouvrir_une_session(nadia))


@pytest.mark.parametrize("methode", ["get", "post"])
def test_avec_un_autre_compte_rien_ne_se_passe(inviter, methode):
    invitation, lien = inviter()
    autre = creer_personne("autre@exemple.fr")
    navigateur = ouvrir_une_session(autre)

    page = lire(getattr(navigateur, methode)(lien))

    invitation.refresh_from_db()
    assert f"adressée à {NADIA}, et vous êtes connecté avec autre@exemple.fr" in page
    assert invitation.utilisee_le is None
    assert not autre.appartenances.exists()


def test_le_modele_refuse_un_autre_compte(inviter):
    invitation, _ = inviter()

    with pytest.raises(PermissionDenied):
        invitation.accepter(creer_personne())


def test_se_deconnecter_ramene_a_l_invitation(inviter):
    _, lien = inviter()

    reponse = ouvrir_une_session(creer_personne()).post("/deconnexion/", {"next": lien})

    assert reponse.url == lien


def test_un_lien_qui_a_servi_le_dit(client, inviter):
    _, lien = inviter()
    ouvrir(client, lien)

    reponse = Client().get(lien)

    assert reponse.status_code == 410
    assert "Cette invitation a déjà servi." in lire(reponse)


def test_un_lien_de_plus_de_sept_jours_le_dit(client, inviter):
    invitation, lien = inviter()
    creee_le = timezone.now() - timedelta(days=7, minutes=1)
    Invitation.objects.update(creee_le=creee_le, expire_le=creee_le + timedelta(days=7))

    reponse = ouvrir(client, lien)

    assert reponse.status_code == 410
    assert "Cette invitation a expiré." in lire(reponse)
    assert not Utilisateur.objects.filter(email=NADIA).exists()


def test_un_lien_annule_le_dit(client, inviter, referent):
    invitation, lien = inviter()
    invitation.revoquer(par=referent.utilisateur)

    reponse = ouvrir(client, lien)

    assert reponse.status_code == 410
    assert "Cette invitation a été annulée." in lire(reponse)


def test_un_lien_inutilisable_dit_a_qui_en_demander_un_autre(client, inviter, referent):
    invitation, lien = inviter()
    invitation.revoquer(par=referent.utilisateur)

    assert f"Demandez-en une autre à {referent.utilisateur}" in lire(client.get(lien))


def test_un_lien_invente_est_introuvable(client):
    assert client.get("/compte/invitation/inventee/").status_code == 404


def test_les_liens_essayes_sont_comptes(client):
    reponses = [client.post("/compte/invitation/inventee/").status_code for _ in range(31)]

    assert reponses == [404] * 30 + [429]


def test_un_double_clic_ouvre_un_seul_compte(client, inviter):
    _, lien = inviter()

    premiere, seconde = ouvrir(client, lien), ouvrir(Client(), lien)

    assert (premiere.status_code, seconde.status_code) == (302, 410)
    assert Membre.objects.filter(utilisateur__email=NADIA).count() == 1


def test_accepter_deux_fois_ne_compte_qu_une(inviter):
    nadia = creer_personne(NADIA)
    invitation, _ = inviter()
    invitation.accepter(nadia)

    with pytest.raises(Exception, match="a déjà servi"):
        invitation.accepter(nadia)

    assert nadia.appartenances.count() == 1


@pytest.mark.parametrize("champ", ["utilisee_le", "revoquee_le", "expire_le"])
def test_seule_une_invitation_qui_peut_servir_est_en_cours(champ):
    maintenant = timezone.now()
    ouverte = creer_invitation(expire_le=maintenant + timedelta(minutes=1))
    passee = creer_invitation(creee_le=maintenant - timedelta(days=7))
    Invitation.objects.filter(pk=passee.pk).update(**{champ: maintenant - timedelta(seconds=1)})

    assert list(Invitation.objects.en_cours()) == [ouverte]


def test_une_invitation_expire_a_l_instant_dit(monkeypatch):
    invitation = creer_invitation()
    instant = invitation.expire_le
    monkeypatch.setattr("partenaires.models.membre.timezone.now", lambda: instant)

    assert not Invitation.objects.en_cours().exists()
    with pytest.raises(InvitationInutilisable, match="a expiré"):
        invitation.verifier()
    monkeypatch.setattr(
        "partenaires.models.membre.timezone.now", lambda: instant - timedelta(seconds=1)
    )
    invitation.verifier()


def test_inviter_n_annule_que_ce_qui_est_ouvert_a_la_meme_adresse_et_au_meme_partenaire(
    inviter, partenaire
):
    ailleurs = creer_invitation(courriel=NADIA)
    autre = creer_invitation(partenaire=partenaire, courriel="autre@exemple.fr")
    servie = creer_invitation(
        partenaire=partenaire, courriel=NADIA, utilisee_le=timezone.now() - timedelta(days=1)
    )
    annulee_le = timezone.now() - timedelta(days=2)
    annulee = creer_invitation(partenaire=partenaire, courriel=NADIA, revoquee_le=annulee_le)

    inviter()

    for invitation in (ailleurs, autre, servie, annulee):
        invitation.refresh_from_db()
    assert [i.revoquee_le for i in (ailleurs, autre, servie)] == [None] * 3
    assert annulee.revoquee_le == annulee_le


def test_une_adresse_s_ecrit_en_majuscules_ou_non(inviter):
    invitation, _ = inviter("NADIA@Exemple.fr")
    nadia = creer_personne("x@exemple.fr")
    Utilisateur.objects.filter(pk=nadia.pk).update(email="Nadia@exemple.FR")
    nadia.refresh_from_db()
    assert invitation.courriel == NADIA
    Invitation.objects.update(courriel="NaDia@exemple.fr")

    invitation.accepter(nadia)

    assert nadia.appartenances.count() == 1


def test_un_membre_invite_de_nouveau_garde_son_role(inviter, partenaire):
    invitation, _ = inviter(role="referent")
    membre = creer_membre(partenaire, "contributeur", utilisateur=creer_personne(NADIA))

    assert invitation.accepter(membre.utilisateur) == membre
    membre.refresh_from_db()
    assert membre.role == "contributeur"


def test_un_compte_ouvert_s_invite(inviter):
    creer_personne(NADIA)
    creer_personne("parti@exemple.fr", is_active=False)

    assert inviter()[0].courriel == NADIA


@pytest.mark.parametrize(
    ("courriel", "role", "champ"),
    [("nadia", "referent", "courriel"), (NADIA, "directrice", "role")],
)
def test_une_invitation_mal_remplie_ne_part_pas(inviter, courriel, role, champ):
    with pytest.raises(ValidationError) as refus:
        inviter(courriel, role)

    assert set(refus.value.message_dict) == {champ}
    assert mail.outbox == []


def test_une_invitation_annulee_ne_s_annule_plus(inviter, referent):
    invitation, _ = inviter()
    invitation.revoquer(par=referent.utilisateur)

    with pytest.raises(TransitionInterdite, match="n’est plus en cours"):
        invitation.revoquer(par=referent.utilisateur)


@pytest.mark.parametrize("qui", ["contributeur", "referent_ailleurs"])
def test_qui_n_est_pas_referent_ici_n_annule_rien(inviter, partenaire, qui):
    membre = creer_membre(partenaire, "contributeur") if qui == "contributeur" else creer_membre()
    invitation, _ = inviter()

    with pytest.raises(PermissionDenied):
        invitation.revoquer(par=membre.utilisateur)


def test_un_lien_se_retrouve_par_son_jeton_et_par_lui_seul(inviter):
    invitation, lien = inviter()
    creer_invitation()
    jeton = lien.rstrip("/").rpartition("/")[2]

    assert Invitation.objects.retrouver(jeton) == invitation
    assert Invitation.objects.retrouver("autre") is None


def test_une_seconde_invitation_annule_la_premiere(client, inviter):
    _, premier = inviter()
    Invitation.objects.update(creee_le=timezone.now() - timedelta(minutes=2))
    _, second = inviter("NADIA@exemple.fr")

    assert client.get(premier).status_code == 410
    assert client.get(second).status_code == 200


@pytest.mark.parametrize(
    ("secondes", "role", "est_autre", "repart"),
    [
        (59, "contributeur", False, False),
        (60, "contributeur", False, True),
        (1, "referent", False, True),
        (1, "contributeur", True, True),
    ],
)
def test_dans_la_minute_la_meme_invitation_de_la_meme_personne_ne_repart_pas(
    inviter, partenaire, monkeypatch, secondes, role, est_autre, repart
):
    premiere, _ = inviter()
    instant = premiere.creee_le + timedelta(seconds=secondes)
    monkeypatch.setattr("partenaires.models.membre.timezone.now", lambda: instant)
    auteur = {"membre": creer_membre(partenaire)} if est_autre else {}

    seconde, _ = inviter(role=role, **auteur)

    assert (seconde != premiere) is repart
    assert len(mail.outbox) == (2 if repart else 1)


def test_la_base_refuse_deux_invitations_ouvertes():
    premiere = creer_invitation()

    with pytest.raises(IntegrityError), transaction.atomic():
        creer_invitation(
            partenaire=premiere.partenaire, courriel=premiere.courriel.upper(), par=premiere.par
        )


def test_une_invitation_qui_a_servi_ne_s_annule_plus(inviter, referent):
    invitation, _ = inviter()
    invitation.accepter(creer_personne(NADIA))

    with pytest.raises(TransitionInterdite):
        invitation.revoquer(par=referent.utilisateur)


def test_inviter_et_entrer_sont_au_journal(client, inviter, partenaire):
    ouvrir(client, inviter()[1])

    assert faits() == ["membre.invite", "membre.entre"]
    assert EntreeJournal.objects.first().objet == partenaire
    invitation = Invitation.objects.get()
    attendu = {"invitation": invitation.pk, "role": "contributeur"}
    assert EntreeJournal.objects.last().apres == attendu


def test_annuler_est_au_journal(inviter, referent):
    invitation, _ = inviter()

    invitation.revoquer(par=referent.utilisateur)

    assert faits() == ["membre.invite", "membre.invitation_revoquee"]


def test_inviter_un_compte_ferme_est_dit_a_cote_du_champ(client, agent_departement):
    creer_personne("ferme@exemple.fr", is_active=False)
    client.force_login(agent_departement)
    envoi = {"partenaire": creer_partenaire().pk, "courriel": "ferme@exemple.fr"}

    page = client.post("/admin/partenaires/invitation/add/", {**envoi, "role": "referent"})

    assert "Ce compte a été fermé" in page.content.decode()
    assert not Invitation.objects.exists()


def test_suivre_le_lien_prouve_l_adresse(client, inviter):
    _, lien = inviter()

    ouvrir(client, lien)

    assert EmailAddress.objects.get().verified
    assert EmailAddress.objects.get().email == NADIA
