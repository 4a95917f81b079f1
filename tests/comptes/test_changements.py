"""Nobody alone takes over an account that decides for a party."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from pacte.comptes.changements import ChangementDeCompte
from pacte.comptes.changements import NatureChangement as Nature
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


def test_a_deux_personnes_le_changement_se_fait(gerante, agent_etat, agent_departement, envoyes):
    changement = demander(gerante, agent_etat)

    avertis = envoyes(lambda: changement.confirmer(par=agent_departement))

    assert not facteur_de(agent_etat)
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
