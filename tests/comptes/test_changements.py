"""Nobody alone takes over an account that decides for a party."""

from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import Mock

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from pacte.comptes.changements import (
    ChangementDeCompte,
    changer_les_groupes,
    parties_protegees,
    peut_demander,
    peut_seul,
    recommencer,
)
from pacte.comptes.changements import NatureChangement as Nature
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.transitions import TransitionInterdite
from tests.comptes.gestes import est_connecte, lire
from tests.conftest import creer_agent
from tests.fabriques import MOT_DE_PASSE, creer_personne
from tests.formulaires import enregistrer

pytestmark = pytest.mark.django_db

LISTE = "/admin/socle/utilisateur/"


def vieillir(*comptes) -> None:
    il_y_a_un_mois = timezone.now() - timedelta(days=30)
    Utilisateur.objects.filter(pk__in=[c.pk for c in comptes]).update(date_joined=il_y_a_un_mois)
    for compte in comptes:
        compte.refresh_from_db()


@pytest.fixture
def gerante():
    return creer_agent("Administration du portail", "gerante@pacte.exemple")


@pytest.fixture
def collegue():
    """Another officer of the State."""
    return creer_agent("Agents de l’État", "collegue@etat.exemple")


@pytest.fixture(autouse=True)
def anciens(gerante, agent_etat, agent_departement, collegue):
    vieillir(gerante, agent_etat, agent_departement, collegue)


@pytest.fixture
def envoyes(django_capture_on_commit_callbacks):
    def envoyes(geste):
        with django_capture_on_commit_callbacks(execute=True):
            geste()
        return sorted(adresse for message in mail.outbox for adresse in message.to)

    return envoyes


def fiche(compte) -> str:
    return f"{LISTE}{compte.pk}/change/"


def facteur_de(compte) -> bool:
    return Authenticator.objects.filter(user=compte).exists()


def faits(compte) -> list[tuple]:
    entrees = EntreeJournal.objects.filter(id_objet=compte.pk, fait__startswith="compte.changement")
    return list(entrees.order_by("pk").values_list("fait", "par__email"))


def demander(par, compte, nature=Nature.SECOND_FACTEUR, **details) -> ChangementDeCompte:
    return ChangementDeCompte.demander(compte, nature, par=par, **details)


def test_l_administration_seule_ne_retire_pas_le_second_facteur_d_un_decideur(
    client, gerante, agent_etat
):
    client.force_login(gerante)

    envoi = {"action": "retirer_le_second_facteur", "_selected_action": [agent_etat.pk]}
    page = lire(client.post(LISTE, envoi, follow=True))

    assert facteur_de(agent_etat)
    assert "Une seconde personne le confirmera" in page
    assert faits(agent_etat) == [("compte.changement_demande", gerante.email)]


def test_l_administration_seule_ne_change_pas_l_adresse_d_un_decideur(client, gerante, agent_etat):
    client.force_login(gerante)

    enregistrer(client, fiche(agent_etat), email="prise@exemple.fr", first_name="Anne")

    agent_etat.refresh_from_db()
    assert (agent_etat.email, agent_etat.first_name) == ("agent@etat.exemple", "Anne")
    assert ChangementDeCompte.objects.get().adresse == "prise@exemple.fr"


@pytest.mark.parametrize("qui", ["gerante", "super"])
def test_l_administration_seule_ne_nomme_pas_un_decideur(client, gerante, administrateur, qui):
    complice = creer_personne("complice@exemple.fr", is_staff=True)
    client.force_login({"gerante": gerante, "super": administrateur}[qui])
    groupe = Group.objects.get(name="Agents de l’État")

    enregistrer(client, fiche(complice), groups=[str(groupe.pk)])

    assert not complice.groups.exists()
    assert list(ChangementDeCompte.objects.get().groupes.all()) == [groupe]


def test_ni_un_superutilisateur_pour_lui_meme(client, administrateur):
    client.force_login(administrateur)
    groupe = Group.objects.get(name="Agents de l’État")

    reponse = enregistrer(client, fiche(administrateur), groups=[str(groupe.pk)])

    assert "Votre compte ne permet pas" in lire(client.get(reponse.url))
    assert not administrateur.groups.exists()
    assert not ChangementDeCompte.objects.exists()


def test_ni_en_ouvrant_un_compte(client, gerante):
    client.force_login(gerante)
    groupe = Group.objects.get(name="Agents de l’État")

    enregistrer(
        client,
        f"{LISTE}add/",
        email="neuf@etat.exemple",
        is_staff="on",
        groups=[str(groupe.pk)],
    )

    neuf = Utilisateur.objects.get(email="neuf@etat.exemple")
    assert not neuf.groups.exists()
    assert ChangementDeCompte.objects.get().compte == neuf


def test_ni_en_retirant_d_abord_le_groupe(client, gerante, agent_etat):
    client.force_login(gerante)

    enregistrer(client, fiche(agent_etat), groups=None)

    assert agent_etat.groups.exists()


def test_la_premiere_personne_d_une_partie_est_nommee_a_l_ouverture(client, gerante):
    Utilisateur.objects.filter(email__endswith="@etat.exemple").delete()
    groupe = Group.objects.get(name="Agents de l’État")
    client.force_login(gerante)

    enregistrer(
        client, f"{LISTE}add/", email="neuf@etat.exemple", is_staff="on", groups=[str(groupe.pk)]
    )

    assert Utilisateur.objects.get(email="neuf@etat.exemple").groups.get() == groupe


def test_un_collegue_de_la_meme_partie_le_fait_et_le_titulaire_le_sait(
    client, agent_etat, collegue, envoyes
):
    navigateur = Client()
    navigateur.force_login(agent_etat)
    client.force_login(collegue)
    EmailAddress.objects.create(user=agent_etat, email=agent_etat.email, verified=True)

    avertis = envoyes(lambda: enregistrer(client, fiche(agent_etat), email="nouvelle@etat.exemple"))

    agent_etat.refresh_from_db()
    assert agent_etat.email == "nouvelle@etat.exemple"
    assert not EmailAddress.objects.exists()
    assert avertis == ["agent@etat.exemple", "collegue@etat.exemple", "nouvelle@etat.exemple"]
    assert faits(agent_etat) == [
        ("compte.changement_demande", collegue.email),
        ("compte.changement_fait", collegue.email),
    ]


def test_les_gens_d_une_partie_ne_voient_ni_ne_touchent_les_autres_comptes(
    client, agent_departement, agent_etat, collegue
):
    client.force_login(agent_departement)

    assert "etat.exemple" not in lire(client.get(LISTE))
    with pytest.raises(PermissionDenied):
        demander(agent_departement, agent_etat)
    envoi = {"action": "retirer_le_second_facteur", "_selected_action": [agent_etat.pk]}
    client.post(LISTE, envoi)
    assert facteur_de(agent_etat)
    assert client.post(fiche(agent_etat), {"email": "x@exemple.fr"}).status_code in (302, 404)
    agent_etat.refresh_from_db()
    assert agent_etat.email == "agent@etat.exemple"


def test_a_deux_personnes_le_changement_se_fait(
    gerante, agent_etat, agent_departement, collegue, envoyes
):
    changement = demander(gerante, agent_etat)

    avertis = envoyes(lambda: changement.confirmer(par=agent_departement))

    assert not facteur_de(agent_etat)
    assert facteur_de(collegue)
    assert avertis == ["agent@etat.exemple", "collegue@etat.exemple"]
    assert faits(agent_etat)[-1] == ("compte.changement_fait", agent_departement.email)


def test_qui_demande_ne_confirme_pas_ni_le_titulaire_ni_un_compte_ouvert_expres(
    gerante, agent_etat
):
    changement = demander(gerante, agent_etat)
    expres = creer_agent("Administration du portail", "expres@pacte.exemple")

    for qui in (gerante, agent_etat, expres, creer_personne()):
        with pytest.raises(PermissionDenied):
            changement.confirmer(par=qui)

    assert facteur_de(agent_etat)


def test_pouvoir_confirmer_un_changement_n_en_confirme_pas_un_autre(
    gerante, agent_etat, agent_departement, collegue
):
    sien = demander(gerante, agent_etat)
    autre_gerante = creer_agent("Administration du portail", "autre@pacte.exemple")
    autre = demander(autre_gerante, collegue)
    assert list(ChangementDeCompte.objects.a_confirmer_par(gerante)) == [autre]

    with pytest.raises(PermissionDenied):
        sien.confirmer(par=gerante)

    assert facteur_de(agent_etat)


def test_un_refus_que_personne_n_apprendrait_n_est_pas_ecrit(gerante, agent_etat, monkeypatch):
    changement = demander(gerante, agent_etat)
    monkeypatch.setattr("pacte.comptes.changements.envoyer", Mock(side_effect=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        changement.refuser(par=agent_etat)

    changement.refresh_from_db()
    assert changement.est_en_attente
    assert faits(agent_etat) == [("compte.changement_demande", gerante.email)]


def test_le_titulaire_refuse(client, gerante, agent_etat):
    changement = demander(gerante, agent_etat)
    client.force_login(agent_etat)

    client.post(f"/admin/pacte/changementdecompte/{changement.pk}/refuser/")

    changement.refresh_from_db()
    assert (changement.statut, changement.decide_par) == ("refuse", agent_etat)
    with pytest.raises(TransitionInterdite):
        changement.confirmer(par=creer_agent("Agents du Département", "x@departement.exemple"))


def test_la_seconde_personne_le_trouve_dans_a_traiter(client, gerante, agent_etat, collegue):
    changement = demander(gerante, agent_etat)
    client.force_login(collegue)
    assert "Changements de compte à confirmer" in lire(client.get("/admin/"))

    reponse = client.post(
        f"/admin/pacte/changementdecompte/{changement.pk}/confirmer/", follow=True
    )

    assert "Le changement est fait." in lire(reponse)
    assert not facteur_de(agent_etat)


def test_une_demande_a_la_fois(gerante, agent_etat):
    demander(gerante, agent_etat)

    with pytest.raises(ValidationError, match="attend déjà"):
        demander(gerante, agent_etat)


@pytest.mark.parametrize(("minutes", "confirme"), [(1, True), (0, True), (-1, False)])
@pytest.mark.parametrize("champ", ["date_joined", "remanie_le"])
def test_un_compte_confirme_sept_jours_apres_avoir_ete_ouvert_ou_change(
    gerante, agent_etat, agent_departement, champ, minutes, confirme
):
    changement = demander(gerante, agent_etat)
    depuis = changement.demande_le - timedelta(days=7, minutes=minutes)
    Utilisateur.objects.filter(pk=agent_departement.pk).update(**{champ: depuis})
    agent_departement.refresh_from_db()

    trouves = ChangementDeCompte.objects.a_confirmer_par(agent_departement)

    assert list(trouves) == ([changement] if confirme else [])


def test_ce_qui_est_a_confirmer_va_du_plus_ancien_au_plus_recent(
    gerante, agent_etat, agent_departement, collegue
):
    recent, ancien = (demander(gerante, compte) for compte in (agent_etat, collegue))
    hier = timezone.now() - timedelta(days=1)
    ChangementDeCompte.objects.filter(pk=ancien.pk).update(demande_le=hier)
    decide = demander(gerante, agent_etat, Nature.ADRESSE, adresse="neuve@etat.exemple")
    decide.refuser(par=gerante)

    a_confirmer = ChangementDeCompte.objects.a_confirmer_par

    assert list(a_confirmer(agent_departement)) == [ancien, recent]
    assert list(a_confirmer(agent_etat)) == [ancien]
    assert list(a_confirmer(gerante)) == []
    personne = creer_personne()
    vieillir(personne)
    assert list(a_confirmer(personne)) == []


def test_un_changement_deja_decide_ne_se_decide_plus(gerante, agent_etat, agent_departement):
    changement = demander(gerante, agent_etat)
    changement.confirmer(par=agent_departement)

    with pytest.raises(TransitionInterdite, match="déjà fait"):
        changement.confirmer(par=agent_departement)
    with pytest.raises(TransitionInterdite, match="déjà fait"):
        changement.refuser(par=gerante)


def test_une_copie_perimee_apprend_que_le_changement_est_decide(
    gerante, agent_etat, agent_departement
):
    changement = demander(gerante, agent_etat)
    copie = ChangementDeCompte.objects.get(pk=changement.pk)
    changement.refuser(par=gerante)

    with pytest.raises(TransitionInterdite, match="déjà refusé"):
        copie.confirmer(par=agent_departement)


def test_qui_a_demande_renonce_sans_compter_comme_une_seconde_personne(gerante, agent_etat):
    changement = demander(gerante, agent_etat)

    changement.refuser(par=gerante)

    changement.refresh_from_db()
    assert (changement.statut, changement.decide_par) == ("refuse", None)
    assert changement.decide_le is not None


def test_seuls_les_interesses_refusent(gerante, agent_etat, agent_departement, collegue):
    changement = demander(gerante, agent_etat)

    for qui in (agent_departement, creer_personne()):
        with pytest.raises(PermissionDenied):
            changement.refuser(par=qui)
    changement.refuser(par=collegue)

    assert ChangementDeCompte.objects.get().decide_par == collegue


@pytest.mark.parametrize("qui", ["autre", "titulaire"])
def test_l_administration_et_le_titulaire_d_aucune_partie_refusent(gerante, qui):
    compte = creer_personne("promise@etat.exemple", is_staff=True)
    autre = creer_agent("Administration du portail", "autre@pacte.exemple")
    groupe = Group.objects.get(name="Agents de l’État")
    changement = demander(gerante, compte, Nature.GROUPES, groupes=[groupe])

    changement.refuser(par={"autre": autre, "titulaire": compte}[qui])

    assert ChangementDeCompte.objects.get().statut == "refuse"


def test_l_administration_confirme_ce_qu_elle_n_a_pas_demande(gerante, agent_etat):
    autre = creer_agent("Administration du portail", "autre@pacte.exemple")
    vieillir(autre)
    changement = demander(gerante, agent_etat)

    assert list(ChangementDeCompte.objects.a_confirmer_par(autre)) == [changement]


def test_la_partie_qu_un_groupe_donnerait_peut_le_refuser(gerante, collegue, agent_departement):
    compte = creer_personne("promise@etat.exemple", is_staff=True)
    groupe = Group.objects.get(name="Agents de l’État")
    changement = demander(gerante, compte, Nature.GROUPES, groupes=[groupe])

    with pytest.raises(PermissionDenied):
        changement.refuser(par=agent_departement)
    changement.refuser(par=collegue)

    assert not compte.groups.exists()


def test_un_changement_s_ecrit_aux_deux_adresses_et_aux_gens_de_la_partie(
    gerante, agent_etat, agent_departement, envoyes
):
    changement = demander(gerante, agent_etat, Nature.ADRESSE, adresse="Neuve@etat.exemple")
    assert changement.adresse == "neuve@etat.exemple"

    avertis = envoyes(lambda: changement.confirmer(par=agent_departement))

    assert avertis == ["agent@etat.exemple", "collegue@etat.exemple", "neuve@etat.exemple"]


def test_une_demande_et_un_refus_s_ecrivent_aussi(gerante, agent_etat, envoyes):
    attendus = ["agent@etat.exemple", "collegue@etat.exemple"]

    assert envoyes(lambda: demander(gerante, agent_etat)) == attendus
    mail.outbox.clear()
    assert envoyes(lambda: ChangementDeCompte.objects.get().refuser(par=gerante)) == attendus


@pytest.mark.parametrize("prise", ["PRISE@exemple.fr", "agent@etat.exemple"])
def test_l_adresse_d_un_autre_compte_ne_se_prend_pas(gerante, agent_etat, agent_departement, prise):
    creer_personne("prise@exemple.fr")
    changement = demander(gerante, agent_etat, Nature.ADRESSE, adresse=prise)
    est_la_sienne = prise == agent_etat.email
    refus = pytest.raises(ValidationError, match="existe déjà")

    with nullcontext() if est_la_sienne else refus:
        changement.confirmer(par=agent_departement)

    changement.refresh_from_db()
    assert changement.statut == ("fait" if est_la_sienne else "demande")


def test_une_demande_lit_le_compte_tel_qu_il_est(gerante, agent_etat):
    copie = Utilisateur.objects.get(pk=agent_etat.pk)
    Utilisateur.objects.filter(pk=agent_etat.pk).update(email="neuve@etat.exemple")

    assert demander(gerante, copie).ancienne_adresse == "neuve@etat.exemple"


def test_un_changement_ferme_les_sessions_et_note_le_remaniement(
    gerante, agent_etat, agent_departement
):
    navigateur = Client()
    navigateur.force_login(agent_etat)
    session, autre = (
        UserSession.objects.create(user=qui, session_key=cle, ip="::1", user_agent="")
        for qui, cle in ((agent_etat, navigateur.session.session_key), (gerante, "autre"))
    )
    avant = timezone.now()
    changement = demander(gerante, agent_etat, Nature.ADRESSE, adresse="neuve@etat.exemple")

    changement.confirmer(par=agent_departement)

    agent_etat.refresh_from_db()
    assert agent_etat.remanie_le >= avant
    assert not UserSession.objects.filter(pk=session.pk).exists()
    assert UserSession.objects.filter(pk=autre.pk).exists()
    assert not est_connecte(navigateur)
    assert facteur_de(agent_etat)


def test_qui_gagne_une_partie_ne_garde_pas_sa_session(gerante, agent_departement):
    compte = creer_personne("promise@etat.exemple", is_staff=True)
    navigateur = Client()
    navigateur.post("/connexion/", {"login": compte.email, "password": MOT_DE_PASSE})

    recommencer(compte)

    assert not UserSession.objects.filter(user=compte).exists()


@pytest.mark.parametrize("nom", ["Agents de l’État", "Administration du portail"])
def test_qui_garde_sa_partie_garde_son_mot_de_passe_mais_pas_ses_sessions(agent_etat, nom):
    UserSession.objects.create(user=agent_etat, session_key="une", ip="::1", user_agent="")

    changer_les_groupes(
        agent_etat, Group.objects.filter(name__in=[nom, "Administration du portail"])
    )

    agent_etat.refresh_from_db()
    assert agent_etat.has_usable_password()
    assert facteur_de(agent_etat)
    assert not UserSession.objects.filter(user=agent_etat).exists()
    assert agent_etat.groups.filter(name="Administration du portail").exists()
    assert agent_etat.groups.filter(name="Agents de l’État").exists() is (
        nom != "Administration du portail"
    )


def test_qui_peut_changer_seul_un_compte(gerante, agent_etat, agent_departement):
    etat, departement = Partie.ETAT, Partie.DEPARTEMENT

    assert peut_seul(agent_etat, {etat})
    assert not peut_seul(agent_etat, {departement})
    assert not peut_seul(agent_etat, {etat, departement})
    assert not peut_seul(gerante, {etat})
    assert peut_seul(gerante, set())
    Utilisateur.objects.filter(email__endswith="@etat.exemple").delete()
    assert peut_seul(gerante, {etat})
    assert not peut_seul(agent_departement, {etat})


def test_un_compte_ferme_pourvoit_encore_sa_partie(gerante, agent_etat, collegue):
    Utilisateur.objects.filter(email__endswith="@etat.exemple").update(
        is_active=False, cle_des_sessions=""
    )

    assert not peut_seul(gerante, {Partie.ETAT})


def test_qui_peut_demander_un_changement(gerante, agent_etat, agent_departement, collegue):
    ordinaire = creer_personne()

    assert peut_demander(gerante, agent_etat)
    assert peut_demander(gerante, ordinaire)
    assert not peut_demander(gerante, gerante)
    assert peut_demander(collegue, agent_etat)
    assert not peut_demander(agent_etat, agent_etat)
    assert not peut_demander(agent_departement, agent_etat)
    assert not peut_demander(agent_departement, ordinaire)
    agent_etat.groups.add(*agent_departement.groups.all())
    assert not peut_demander(collegue, agent_etat)


def test_un_groupe_promis_protege_tant_que_la_demande_attend(gerante, agent_etat):
    compte, groupe = creer_personne(), Group.objects.get(name="Agents de l’État")
    assert parties_protegees(compte) == set()
    assert parties_protegees(compte, [groupe]) == {Partie.ETAT}
    assert parties_protegees(Utilisateur(), [groupe]) == {Partie.ETAT}
    assert parties_protegees(agent_etat) == {Partie.ETAT}

    changement = demander(gerante, compte, Nature.GROUPES, groupes=[groupe])
    assert parties_protegees(compte) == {Partie.ETAT}
    assert parties_protegees(creer_personne()) == set()
    changement.refuser(par=gerante)
    assert parties_protegees(compte) == set()


def test_un_groupe_sans_statut_equipe_se_dit(client, gerante):
    personne = creer_personne()
    client.force_login(gerante)
    groupe = Group.objects.get(name="Administration du portail")

    page = client.post(fiche(personne), {"email": personne.email, "groups": [groupe.pk]})

    assert "« statut équipe » : le cocher" in lire(page)


def test_un_compte_rouvert_ne_retrouve_pas_sa_session(client, gerante):
    personne = creer_personne()
    navigateur = Client()
    navigateur.post("/connexion/", {"login": personne.email, "password": MOT_DE_PASSE})
    assert est_connecte(navigateur)
    client.force_login(gerante)

    enregistrer(client, fiche(personne), is_active=None)
    enregistrer(client, fiche(personne), is_active="on")

    assert not est_connecte(navigateur)


def test_un_compte_qui_attend_un_groupe_est_deja_protege(client, gerante, agent_departement):
    compte = creer_personne("promise@etat.exemple", is_staff=True)
    groupe = Group.objects.get(name="Agents de l’État")
    changement = demander(gerante, compte, Nature.GROUPES, groupes=[groupe])
    client.force_login(gerante)

    enregistrer(client, fiche(compte), email="prise@exemple.fr")

    compte.refresh_from_db()
    assert compte.email == "promise@etat.exemple"
    Utilisateur.objects.filter(pk=compte.pk).update(email="autre@exemple.fr")
    changement = ChangementDeCompte.objects.get(pk=changement.pk)
    with pytest.raises(TransitionInterdite, match="L’adresse de ce compte a changé"):
        changement.confirmer(par=agent_departement)


def test_qui_gagne_une_partie_choisit_a_neuf_ce_qui_ouvre_son_compte(
    gerante, agent_departement, envoyes
):
    compte = creer_personne("promise@etat.exemple", is_staff=True)
    Authenticator.objects.create(user=compte, type=Authenticator.Type.TOTP, data={"secret": "x"})
    groupe = Group.objects.get(name="Agents de l’État")
    changement = demander(gerante, compte, Nature.GROUPES, groupes=[groupe])

    envoyes(lambda: changement.confirmer(par=agent_departement))

    compte.refresh_from_db()
    assert compte.groups.get() == groupe
    assert not compte.has_usable_password()
    assert not facteur_de(compte)
    objets = [m.subject for m in mail.outbox if m.to == [compte.email]]
    assert any("compte" in o and "ouvert" in o for o in objets)


@pytest.mark.parametrize("retouche", [{"groups": True}, {"email": "prise@exemple.fr"}])
def test_un_vieux_compte_repris_ne_confirme_rien(client, gerante, agent_etat, retouche):
    administration = Group.objects.get(name="Administration du portail")
    if retouche.pop("groups", False):
        complice = creer_personne("complice@exemple.fr", is_staff=True)
        retouche = {"groups": [str(administration.pk)]}
    else:
        complice = creer_agent("Administration du portail", "complice@exemple.fr")
    vieillir(complice)
    client.force_login(gerante)
    enregistrer(client, fiche(complice), **retouche)
    complice = Utilisateur.objects.get(pk=complice.pk)
    assert complice.has_perm("socle.change_utilisateur")

    changement = demander(gerante, agent_etat)

    with pytest.raises(PermissionDenied):
        changement.confirmer(par=complice)


def test_l_ancienne_adresse_corrigee_n_ouvre_plus_le_compte(client, gerante):
    compte = creer_personne("ancienne@asso.exemple")
    EmailAddress.objects.create(user=compte, email=compte.email, verified=True, primary=True)
    client.force_login(gerante)

    enregistrer(client, fiche(compte), email="nouvelle@asso.exemple")

    assert not EmailAddress.objects.filter(email="ancienne@asso.exemple").exists()
    assert list(filter_users_by_email("ancienne@asso.exemple")) == []
