"""What somebody carries is handed over in one screen, to whoever has the same right."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contrats.models import Adhesion
from pacte.administration.a_traiter import a_traiter
from pacte.comptes.changements import ChangementDeCompte, NatureChangement
from pacte.comptes.passation import Passation, portent_encore
from pacte.echanges.models import Importation
from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Invitation, Membre
from tests.comptes.gestes import est_connecte, lire, ouvrir_une_session
from tests.conftest import creer_agent
from tests.fabriques import (
    creer_adhesion,
    creer_changement,
    creer_contribution,
    creer_importation,
    creer_invitation,
    creer_membre,
    creer_partenaire,
    creer_personne,
    creer_preparation,
    creer_preparation_de_fiche,
    creer_reformulation,
)

pytestmark = pytest.mark.django_db

TITRE_DE_LA_FILE = "Comptes fermés qui portent encore quelque chose"


@pytest.fixture
def gerante():
    return creer_agent("Administration du portail", "gerante@pacte.exemple")


@pytest.fixture
def collegue():
    return creer_agent("Agents du Département", "collegue@departement.exemple")


@pytest.fixture
def referent():
    return creer_membre(creer_partenaire("Mobilité 05"))


@pytest.fixture
def contributeur(referent):
    return creer_membre(referent.partenaire, "contributeur")


def test_une_modification_preparee_se_confie_a_qui_peut_la_publier(gerante, collegue):
    partante = creer_agent("Agents du Département", "partante@departement.exemple")
    preparee = creer_preparation(preparee_par=partante)
    proposee = creer_preparation_de_fiche(preparee_par=creer_personne())
    (lot,) = Passation(partante).lots

    assert list(lot.successeurs()) == [collegue]
    Passation(partante).faire(par=gerante, successeurs={lot.cle: collegue}, fermer=True)

    preparee.refresh_from_db()
    assert preparee.confiee_a == collegue
    assert not portent_encore(Utilisateur.objects.all()).exists()
    # What a member of a partner proposed waits for any officer: nobody carries it.
    assert Passation(proposee.preparee_par).lots == []
    preparee.confiee_a.fermer()
    assert list(portent_encore(Utilisateur.objects.all())) == [collegue]


def page(compte) -> str:
    return reverse("admin:socle_utilisateur_passation", args=[compte.pk])


def cle(membre) -> str:
    return f"partenaire-{membre.partenaire_id}"


def lots(compte) -> dict:
    return {lot.cle: lot for lot in Passation(compte).lots}


def textes(compte) -> list[str]:
    return [ligne.texte for lot in Passation(compte).lots for ligne in lot.lignes]


def passer(compte, par, fermer=False, **successeurs):
    Passation(compte).faire(par=par, successeurs=successeurs, fermer=fermer)


def faits() -> set[str]:
    return set(EntreeJournal.objects.values_list("fait", flat=True))


def test_qui_ne_porte_rien_le_lit(client, gerante):
    client.force_login(gerante)

    contenu = lire(client.get(page(creer_personne())))

    assert "Ce compte ne porte rien qui attende quelqu’un." in contenu
    assert "Fermer le compte" in contenu


def test_ce_que_porte_un_membre(referent, contributeur):
    compte, partenaire = referent.utilisateur, referent.partenaire
    creer_invitation(partenaire=partenaire, par=compte, courriel="nadia@exemple.fr")
    creer_invitation(partenaire=partenaire, par=contributeur.utilisateur)
    creer_invitation(partenaire=partenaire, par=compte, revoquee_le=timezone.now())
    demande = creer_adhesion(partenaire=partenaire, contact_courriel=compte.email.upper())
    creer_adhesion(partenaire=partenaire)
    contribution = creer_contribution(partenaire=partenaire)
    proposition = creer_reformulation(contribution=contribution, envoyee_par=compte)

    assert textes(compte) == [
        "Personne référente",
        "Invitation de nadia@exemple.fr",
        f"Demande d’adhésion {demande.reference}",
        f"Proposition\u00a0: {proposition.sujet}",
    ]
    assert list(lots(compte)[cle(referent)].successeurs()) == [contributeur.utilisateur]


def test_passer_la_main_d_un_partenaire(gerante, referent, contributeur):
    compte, autre = referent.utilisateur, contributeur.utilisateur
    invitation = creer_invitation(partenaire=referent.partenaire, par=compte)
    demande = creer_adhesion(partenaire=referent.partenaire, contact_courriel=compte.email)
    contribution = creer_contribution(partenaire=referent.partenaire)
    proposition = creer_reformulation(contribution=contribution, envoyee_par=compte)

    passer(compte, gerante, **{cle(referent): autre})

    for objet in (contributeur, invitation, demande, proposition, compte):
        objet.refresh_from_db()
    assert contributeur.est_referent
    assert (invitation.par, invitation.revoquee_le) == (autre, None)
    assert (demande.contact_courriel, demande.contact_nom) == (autre.email, str(autre))
    assert (proposition.envoyee_par, proposition.partenaire) == (compte, referent.partenaire)
    assert not compte.appartenances.exists()
    assert compte.is_active
    assert faits() >= {
        "compte.passation",
        "membre.nomme",
        "membre.sorti",
        "membre.invitation_confiee",
        "adhesion.contact",
    }
    passation = EntreeJournal.objects.get(fait="compte.passation")
    assert (passation.par, passation.objet) == (gerante, compte)
    assert passation.apres == {"a": {cle(referent): autre.pk}}
    assert not Passation(compte).lots


def test_la_reponse_a_une_proposition_va_a_la_personne_referente_qui_reste(
    gerante,
    referent,
    contributeur,
    agent_departement,
    mailoutbox,
    django_capture_on_commit_callbacks,
):
    contribution = creer_contribution(partenaire=referent.partenaire)
    proposition = creer_reformulation(contribution=contribution, envoyee_par=referent.utilisateur)
    passer(referent.utilisateur, gerante, **{cle(referent): contributeur.utilisateur})

    with django_capture_on_commit_callbacks(execute=True):
        proposition.refuser(par=agent_departement, motif="Déjà dit.")

    assert [message.to for message in mailoutbox] == [[contributeur.utilisateur.email]]


def test_ce_que_porte_un_agent(agent_departement, agent_etat, collegue, gerante):
    creer_importation(par=agent_departement, nom="ouvert.csv")
    creer_importation(par=agent_departement, nom="vide.csv", contenu=b"")
    hier = timezone.now() - timedelta(days=2)
    creer_importation(par=agent_departement, nom="clos.csv", applique_le=hier)
    creer_importation(par=agent_departement, nom="frais.csv", applique_le=timezone.now())
    creer_invitation(par=agent_departement, courriel="nadia@exemple.fr")
    deux = creer_agent("Agents du Département", "deux@exemple.fr")
    deux.groups.add(*agent_etat.groups.all())

    assert sorted(textes(agent_departement)) == [
        "Invitation de nadia@exemple.fr",
        "frais.csv",
        "ouvert.csv",
    ]
    for lot in Passation(agent_departement).lots:
        # Neither the other party, nor whoever decides for both, nor the administration.
        assert list(lot.successeurs()) == [collegue]


def test_passer_la_main_d_un_agent(agent_departement, collegue, gerante):
    fichier = creer_importation(par=agent_departement)
    invitation = creer_invitation(par=agent_departement)

    passer(agent_departement, gerante, fichiers=collegue, invitations=collegue)

    fichier.refresh_from_db()
    invitation.refresh_from_db()
    assert (fichier.par, invitation.par) == (collegue, collegue)
    assert {"import.confie", "membre.invitation_confiee"} <= faits()


def test_rien_ne_passe_a_l_autre_partie(agent_departement, agent_etat, gerante):
    fichier = creer_importation(par=agent_departement)

    with pytest.raises(TransitionInterdite, match="ne peut pas reprendre .*Fichiers apportés"):
        passer(agent_departement, gerante, fichiers=agent_etat)

    fichier.refresh_from_db()
    assert fichier.par == agent_departement
    assert not faits()


def test_un_successeur_refuse_ne_laisse_rien_de_fait(
    agent_departement, agent_etat, collegue, gerante
):
    """All of it or nothing: the first lot is put back with the second."""
    fichier = creer_importation(par=agent_departement)
    creer_invitation(par=agent_departement)

    with pytest.raises(TransitionInterdite):
        passer(agent_departement, gerante, True, fichiers=collegue, invitations=agent_etat)

    fichier.refresh_from_db()
    agent_departement.refresh_from_db()
    assert fichier.par == agent_departement
    assert agent_departement.is_active


@pytest.mark.parametrize("successeur", ["ferme", "ailleurs", "soi"])
def test_qui_n_agit_pas_pour_le_partenaire_ne_reprend_rien(
    gerante, referent, contributeur, successeur
):
    if successeur == "ferme":
        contributeur.utilisateur.fermer()
    qui = {
        "ferme": contributeur.utilisateur,
        "ailleurs": creer_membre().utilisateur,
        "soi": referent.utilisateur,
    }[successeur]

    with pytest.raises(TransitionInterdite, match="ne peut pas reprendre"):
        passer(referent.utilisateur, gerante, **{cle(referent): qui})

    assert referent.partenaire.membres.count() == 2


def test_ce_qui_n_est_plus_porte_ne_se_passe_plus(gerante, referent, contributeur):
    successeurs = {cle(referent): contributeur.utilisateur}
    passer(referent.utilisateur, gerante, **successeurs)

    with pytest.raises(TransitionInterdite, match="ne porte plus"):
        passer(referent.utilisateur, gerante, **successeurs)


def test_fermer_au_depart(gerante, referent, contributeur):
    compte = contributeur.utilisateur
    navigateur = ouvrir_une_session(compte)
    invitation = creer_invitation(par=compte)

    passer(compte, gerante, fermer=True)

    compte.refresh_from_db()
    invitation.refresh_from_db()
    assert (compte.is_active, compte.cle_des_sessions) == (False, "")
    assert compte.remanie_le
    assert not est_connecte(navigateur)
    assert invitation.revoquee_le
    assert not compte.appartenances.exists()
    assert "compte.ferme_au_depart" in faits()
    assert not portent_encore(Utilisateur.objects.all()).exists()


def test_fermer_deux_fois_est_refuse(gerante):
    compte = creer_personne()
    passer(compte, gerante, fermer=True)

    with pytest.raises(TransitionInterdite, match="déjà fermé"):
        passer(compte, gerante, fermer=True)


def test_fermer_refuse_les_changements_qui_attendent(gerante, agent_departement, agent_etat):
    siens = ChangementDeCompte.demander(agent_etat, NatureChangement.SECOND_FACTEUR, par=gerante)
    autre_gerante = creer_agent("Administration du portail", "autre@pacte.exemple")
    contenu = lire(_connecter(autre_gerante).get(page(gerante)))

    passer(gerante, autre_gerante, fermer=True)

    siens.refresh_from_db()
    assert str(siens) in contenu
    assert siens.get_statut_display() == "refusé"
    assert siens.decide_par == autre_gerante


def _connecter(compte) -> Client:
    client = Client()
    client.force_login(compte)
    return client


def test_la_derniere_personne_referente_reste_inscrite_et_se_voit(gerante, referent):
    compte = referent.utilisateur

    passer(compte, gerante, fermer=True)

    assert list(portent_encore(Utilisateur.objects.all())) == [compte]
    (file,) = [s for s in a_traiter(gerante) if s.titre == TITRE_DE_LA_FILE]
    assert file.lignes == [(str(compte), "à confier à quelqu’un d’autre", page(compte))]
    assert _connecter(gerante).get(file.tout_voir).status_code == 200
    suivante = creer_membre(referent.partenaire, "contributeur").utilisateur
    passer(compte, gerante, **{cle(referent): suivante})
    assert not portent_encore(Utilisateur.objects.all()).exists()


@pytest.mark.parametrize("quoi", ["invitation", "fichier", "demande"])
def test_un_compte_ferme_par_sa_fiche_porte_encore(gerante, referent, quoi):
    membre = creer_membre(referent.partenaire, "contributeur")
    compte = membre.utilisateur
    if quoi == "invitation":
        creer_invitation(par=compte)
    elif quoi == "fichier":
        creer_importation(par=compte)
    else:
        creer_adhesion(partenaire=membre.partenaire, contact_courriel=compte.email.title())
    assert not portent_encore(Utilisateur.objects.all()).exists()

    compte.fermer()

    assert list(portent_encore(Utilisateur.objects.all())) == [compte]


def test_la_file_est_celle_des_comptes_que_l_on_voit(agent_departement, agent_etat, collegue):
    creer_importation(par=collegue)
    collegue.fermer()

    titres = {a: [s.titre for s in a_traiter(a)] for a in (agent_departement, agent_etat)}

    assert TITRE_DE_LA_FILE in titres[agent_departement]
    assert TITRE_DE_LA_FILE not in titres[agent_etat]


def test_qui_peut_passer_la_main(
    client, gerante, administrateur, agent_departement, agent_etat, collegue, referent
):
    autre_administrateur = Utilisateur.objects.create_superuser("second@pacte.exemple")
    attendus = {
        (gerante, agent_departement): 200,
        (gerante, referent.utilisateur): 200,
        (gerante, gerante): 403,
        (gerante, administrateur): 403,
        (administrateur, agent_departement): 200,
        (administrateur, autre_administrateur): 200,
        (collegue, agent_departement): 200,
        (agent_departement, agent_departement): 403,
        (agent_etat, agent_departement): 404,
        (agent_departement, referent.utilisateur): 404,
    }

    vus = {(par, sur): _connecter(par).get(page(sur)).status_code for par, sur in attendus}

    assert vus == attendus
    for (par, sur), statut in attendus.items():
        fiche = _connecter(par).get(reverse("admin:socle_utilisateur_change", args=[sur.pk]))
        assert (f'href="{page(sur)}"' in lire(fiche)) is (statut == 200)
        if statut != 200:
            assert _connecter(par).post(page(sur), {"fermer": "on"}).status_code == statut
            with pytest.raises(PermissionDenied):
                passer(sur, par, fermer=True)
    assert not Utilisateur.objects.filter(is_active=False).exists()


def test_un_membre_n_ouvre_pas_la_page(referent, contributeur):
    reponse = ouvrir_une_session(referent.utilisateur).get(page(contributeur.utilisateur))

    assert reponse.url.startswith("/admin/login/")


def test_la_page_passe_la_main(client, gerante, referent, contributeur):
    client.force_login(gerante)
    compte, autre = referent.utilisateur, contributeur.utilisateur
    contenu = lire(client.get(page(compte)))
    assert "la seule de l’organisation" in contenu
    assert "Un agent du Département peut inviter" in " ".join(contenu.split())

    envoi = {cle(referent): autre.pk, "fermer": "on"}
    reponse = client.post(page(compte), envoi, follow=True)

    assert f"C’est fait\u00a0: {compte}." in lire(reponse)
    assert "Ce compte ne porte rien" in lire(reponse)
    assert not Utilisateur.objects.get(pk=compte.pk).is_active
    assert Membre.objects.get(utilisateur=autre).est_referent


def test_ne_rien_choisir_se_dit(client, gerante, referent, contributeur):
    client.force_login(gerante)

    reponse = client.post(page(referent.utilisateur), {})

    assert reponse.status_code == 200
    assert "Choisir à qui confier quelque chose, ou fermer le compte." in lire(reponse)


def test_un_choix_inconnu_se_dit_a_cote_de_son_champ(client, gerante, referent, contributeur):
    client.force_login(gerante)

    contenu = lire(client.post(page(referent.utilisateur), {cle(referent): gerante.pk}))

    assert f'href="#id_{cle(referent)}"' in contenu
    assert f'id="id_{cle(referent)}_error"' in contenu


def test_un_super_utilisateur_invite_d_un_clic(client, administrateur, referent):
    client.force_login(administrateur)

    contenu = lire(client.get(page(referent.utilisateur)))
    lien = contenu.partition('href="/admin/partenaires/invitation/add/?')[2].partition('"')[0]
    formulaire = client.get(f"/admin/partenaires/invitation/add/?{lien}").context["adminform"].form

    assert formulaire["partenaire"].value() == str(referent.partenaire_id)
    assert formulaire["role"].value() == "referent"
    assert "Personne n’a le même droit" in contenu


def test_la_page_dit_qui_decide_encore(client, gerante, agent_etat):
    client.force_login(gerante)

    seul = lire(client.get(page(agent_etat)))
    creer_agent("Agents de l’État", "second@etat.exemple")
    a_deux = lire(client.get(page(agent_etat)))

    assert "Personne d’autre ne décide pour l’État" in seul
    assert "1 collègue les voit déjà" in a_deux.replace("\u00a0", " ")


def test_la_page_dit_qui_repond_aux_messages(client, gerante, agent_departement):
    client.force_login(gerante)

    contenu = lire(client.get(page(agent_departement)))

    assert "Personne d’autre ne répond aux messages du formulaire de contact." in contenu


def test_un_fichier_clos_ne_se_confie_pas(agent_departement, collegue):
    fichier = creer_importation(par=agent_departement, contenu=b"")

    with pytest.raises(TransitionInterdite, match="plus rien à faire"):
        fichier.confier(collegue, par=agent_departement)

    assert Importation.objects.get().par == agent_departement


def test_une_demande_ne_se_confie_pas_a_un_nom_plus_long_que_sa_case(agent_departement):
    demande, long = creer_adhesion(), creer_personne(first_name="A" * 70, last_name="B" * 70)

    with pytest.raises(ValidationError) as refus:
        demande.confier(long, par=agent_departement)

    assert set(refus.value.message_dict) == {"contact_nom"}
    assert Adhesion.objects.get().contact_nom == "Camille Essai"


def test_une_invitation_close_ne_se_confie_pas(agent_departement, collegue):
    invitation = creer_invitation(par=agent_departement, revoquee_le=timezone.now())

    with pytest.raises(TransitionInterdite, match="plus en cours"):
        invitation.confier(collegue, par=agent_departement)

    assert Invitation.objects.get().par == agent_departement


def test_ce_que_porte_un_membre_n_est_que_de_lui(referent, contributeur, agent_departement):
    partenaire, compte = referent.partenaire, contributeur.utilisateur
    sienne, _autre, repondue = (
        creer_reformulation(contribution=creer_contribution(partenaire=partenaire), envoyee_par=qui)
        for qui in (compte, referent.utilisateur, compte)
    )
    repondue.refuser(par=agent_departement, motif="Déjà dit.")

    assert textes(compte) == [f"Proposition\u00a0: {sienne.sujet}"]


def test_ce_que_porte_un_agent_n_est_que_de_lui_et_dit_ou_il_en_est(agent_departement, collegue):
    creer_importation(par=collegue, nom="autre.csv")
    creer_importation(par=agent_departement, nom="neuf.csv")
    creer_importation(par=agent_departement, nom="fait.csv", applique_le=timezone.now())
    creer_invitation(par=agent_departement, revoquee_le=timezone.now())

    (fichiers,) = Passation(agent_departement).lots

    assert {ligne.texte: ligne.detail for ligne in fichiers.lignes} == {
        "neuf.csv": "pas encore appliqué",
        "fait.csv": "encore annulable",
    }
    assert not fichiers.est_seul


def test_chaque_sorte_de_modification_preparee_a_son_lot(agent_departement):
    creer_preparation(preparee_par=agent_departement)
    creer_preparation_de_fiche(preparee_par=agent_departement)

    assert {cle: lot.titre for cle, lot in lots(agent_departement).items()} == {
        "preparationaction": "Modifications préparées",
        "preparationpartenaire": "Modifications préparées des partenaires",
    }


def test_qui_n_entre_pas_dans_l_administration_ne_reprend_rien(agent_departement, collegue):
    creer_importation(par=agent_departement)
    Utilisateur.objects.filter(pk=collegue.pk).update(is_staff=False)

    assert not lots(agent_departement)["fichiers"].successeurs().exists()


def test_les_changements_montres_attendent_et_concernent_ce_compte(gerante, agent_departement):
    creer_changement(compte=agent_departement).refuser(par=gerante)
    sien = creer_changement(compte=agent_departement)
    demande = creer_changement(demande_par=agent_departement)
    creer_changement()

    assert set(Passation(agent_departement).changements) == {sien, demande}


def test_on_ne_lit_que_ce_qui_regarde_ses_groupes(agent_departement, gerante):
    autre = creer_agent("Administration du portail", "autre@pacte.exemple")

    du_departement = Passation(agent_departement).constats

    assert [texte for texte, _ in du_departement if "l’État" in texte] == []
    # Nobody else decides for the Department, nor answers messages.
    assert [inquiete for _, inquiete in du_departement] == [True, True]
    assert Passation(autre).constats == []


def test_qui_ne_repond_pas_aux_messages_n_en_laisse_aucun(gerante):
    """Nobody else answers them either."""
    assert Passation(gerante).constats == []


def test_une_decision_que_des_collegues_voient_n_inquiete_pas(agent_departement, collegue):
    assert [inquiete for _, inquiete in Passation(agent_departement).constats] == [False]


def test_un_compte_ferme_qui_ne_porte_rien_n_est_pas_de_la_file(referent, contributeur):
    """Although what others carry is there, of the same partner or of none."""
    partenaire, autre = referent.partenaire, creer_membre(referent.partenaire)
    etranger = creer_personne()
    creer_invitation(partenaire=partenaire, par=referent.utilisateur)
    creer_importation(par=referent.utilisateur)
    creer_adhesion(partenaire=partenaire, contact_courriel=referent.utilisateur.email)
    creer_adhesion(partenaire=partenaire, contact_courriel=etranger.email)

    for compte in (contributeur.utilisateur, autre.utilisateur, etranger):
        compte.fermer()

    assert not portent_encore(Utilisateur.objects.all()).exists()


def test_la_seule_personne_referente_l_est_de_son_partenaire(referent):
    creer_membre(creer_partenaire("Un autre partenaire"))
    for autre in (creer_membre(referent.partenaire, "contributeur").utilisateur, creer_personne()):
        autre.fermer()
    referent.utilisateur.fermer()

    assert list(portent_encore(Utilisateur.objects.all())) == [referent.utilisateur]


def test_passer_la_main_ne_ferme_rien_et_fermer_n_annule_que_ses_invitations(gerante, referent):
    compte = creer_membre(referent.partenaire, "contributeur").utilisateur
    sienne = creer_invitation(partenaire=referent.partenaire, par=compte)
    close = creer_invitation(par=compte, revoquee_le=timezone.now() - timedelta(days=1))
    celle_d_un_autre = creer_invitation(partenaire=referent.partenaire, par=referent.utilisateur)

    Passation(compte).faire(par=gerante, successeurs={})
    assert Utilisateur.objects.get(pk=compte.pk).is_active
    passer(compte, gerante, fermer=True)

    ouvertes = set(Invitation.objects.en_cours())
    assert sienne not in ouvertes
    assert celle_d_un_autre in ouvertes
    assert Invitation.objects.get(pk=close.pk).revoquee_le == close.revoquee_le
