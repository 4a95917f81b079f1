"""The people of a partner: who manages them, who leaves, and where one acts."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Invitation, Membre
from tests.comptes.gestes import est_connecte, lire, ouvrir_une_session
from tests.fabriques import (
    creer_contribution,
    creer_invitation,
    creer_membre,
    creer_partenaire,
    creer_personne,
    creer_reformulation,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def referent():
    return creer_membre(creer_partenaire("Mobilité 05"))


@pytest.fixture
def contributeur(referent):
    return creer_membre(referent.partenaire, "contributeur")


def page(membre, nom="membres", *arguments) -> str:
    return reverse(f"espace_partenaires:{nom}", args=[membre.partenaire.slug, *arguments])


def test_une_referente_invite_un_collegue(referent, django_capture_on_commit_callbacks):
    navigateur = ouvrir_une_session(referent.utilisateur)
    envoi = {"courriel": "nadia@exemple.fr", "role": "contributeur"}

    with django_capture_on_commit_callbacks(execute=True):
        reponse = navigateur.post(page(referent, "inviter"), envoi, follow=True)

    assert [message.to for message in mail.outbox] == [["nadia@exemple.fr"]]
    assert "Une invitation est partie à nadia@exemple.fr." in lire(reponse)


def test_une_adresse_fausse_est_dite_et_reste_ecrite(referent):
    navigateur = ouvrir_une_session(referent.utilisateur)

    reponse = navigateur.post(page(referent, "inviter"), {"courriel": "nadia", "role": "referent"})

    assert "courriel" in reponse.context["form"].errors
    assert 'value="nadia"' in lire(reponse)


def test_inviter_un_membre_est_refuse_avec_sa_raison(referent, contributeur):
    envoi = {"courriel": contributeur.utilisateur.email, "role": "referent"}

    reponse = ouvrir_une_session(referent.utilisateur).post(page(referent, "inviter"), envoi)

    assert "Cette personne agit déjà pour ce partenaire." in lire(reponse)
    assert not Invitation.objects.exists()


def test_l_espace_d_un_partenaire_demande_de_se_connecter(client, referent):
    adresse = page(referent)

    assert client.get(adresse).url == f"/connexion/?next={adresse}"


def test_inviter_se_fait_par_un_envoi(referent):
    navigateur = ouvrir_une_session(referent.utilisateur)

    reponse = navigateur.get(page(referent, "inviter"), {"courriel": "a@exemple.fr"})

    assert reponse.url == page(referent)
    assert not Invitation.objects.exists()


def test_un_contributeur_n_invite_pas(contributeur):
    navigateur = ouvrir_une_session(contributeur.utilisateur)
    envoi = {"courriel": "nadia@exemple.fr", "role": "referent"}

    assert navigateur.post(page(contributeur, "inviter"), envoi).status_code == 403
    assert not Invitation.objects.exists()


def test_le_modele_refuse_l_invitation_d_un_contributeur(contributeur):
    with pytest.raises(PermissionDenied):
        Invitation.envoyer_a(
            "nadia@exemple.fr",
            partenaire=contributeur.partenaire,
            role="referent",
            par=contributeur.utilisateur,
        )


def test_un_contributeur_voit_les_membres_sans_boutons(contributeur, referent):
    contenu = lire(ouvrir_une_session(contributeur.utilisateur).get(page(contributeur)))

    assert str(referent.utilisateur) in contenu
    assert "Inviter un collègue" not in contenu
    assert "Retirer<" not in contenu


def test_un_contributeur_ne_retire_personne(contributeur, referent):
    navigateur = ouvrir_une_session(contributeur.utilisateur)

    reponse = navigateur.post(page(contributeur, "sortir", referent.pk))

    assert reponse.status_code == 403
    assert Membre.objects.filter(pk=referent.pk).exists()


@pytest.mark.parametrize("nom", ["membres", "inviter"])
def test_l_espace_d_un_autre_partenaire_est_introuvable(referent, nom):
    navigateur = ouvrir_une_session(creer_membre().utilisateur)

    assert navigateur.get(page(referent, nom)).status_code == 404


def test_on_ne_retire_pas_le_membre_d_un_autre_partenaire(referent):
    ailleurs = creer_membre(role="contributeur")
    navigateur = ouvrir_une_session(referent.utilisateur)

    assert navigateur.post(page(referent, "sortir", ailleurs.pk)).status_code == 404
    assert Membre.objects.filter(pk=ailleurs.pk).exists()


def test_on_n_annule_pas_l_invitation_d_un_autre_partenaire(referent):
    ailleurs = creer_invitation()
    navigateur = ouvrir_une_session(referent.utilisateur)

    assert navigateur.post(page(referent, "revoquer", ailleurs.pk)).status_code == 404


def test_une_referente_annule_une_invitation(referent):
    invitation = creer_invitation(partenaire=referent.partenaire)
    navigateur = ouvrir_une_session(referent.utilisateur)

    reponse = navigateur.post(page(referent, "revoquer", invitation.pk), follow=True)

    assert "Invitation annulée : son lien ne sert plus." in lire(reponse)
    assert invitation.courriel not in lire(reponse)


@pytest.mark.parametrize("geste", ["sortir", "revoquer"])
def test_retirer_et_annuler_demandent_un_post(referent, contributeur, geste):
    navigateur = ouvrir_une_session(referent.utilisateur)

    assert navigateur.get(page(referent, geste, contributeur.pk)).status_code == 405


def test_retirer_un_membre_coupe_son_acces_aussitot(referent, contributeur):
    sien = ouvrir_une_session(contributeur.utilisateur)
    avant = sien.get(page(contributeur)).status_code

    ouvrir_une_session(referent.utilisateur).post(page(referent, "sortir", contributeur.pk))

    assert (avant, sien.get(page(contributeur)).status_code) == (200, 302)
    assert not est_connecte(sien)


def test_qui_agit_ailleurs_garde_sa_session(referent, contributeur):
    creer_membre(creer_partenaire("Secours"), utilisateur=contributeur.utilisateur)
    sien = ouvrir_une_session(contributeur.utilisateur)

    contributeur.sortir(par=referent.utilisateur)

    assert sien.get(page(contributeur)).status_code == 404
    assert est_connecte(sien)


def test_un_agent_qui_n_agit_plus_pour_un_partenaire_garde_sa_session(referent, agent_departement):
    membre = creer_membre(referent.partenaire, "contributeur", utilisateur=agent_departement)
    cle = agent_departement.cle_des_sessions

    membre.sortir(par=referent.utilisateur)

    agent_departement.refresh_from_db()
    assert agent_departement.cle_des_sessions == cle


def test_retirer_un_membre_est_au_journal(referent, contributeur):
    contributeur.sortir(par=referent.utilisateur)

    entree = EntreeJournal.objects.get()
    assert (entree.fait, entree.par) == ("membre.sorti", referent.utilisateur)
    assert entree.apres == {"membre": contributeur.utilisateur_id}


def test_la_derniere_personne_referente_ne_part_pas(referent, contributeur):
    navigateur = ouvrir_une_session(referent.utilisateur)

    reponse = navigateur.post(page(referent, "sortir", referent.pk), follow=True)

    assert "C’est la seule personne référente : en nommer une autre." in lire(reponse)
    assert Membre.objects.filter(pk=referent.pk).exists()


def test_une_referente_au_compte_ferme_ne_compte_pas(referent):
    creer_membre(referent.partenaire, utilisateur=creer_personne(is_active=False))
    creer_membre()
    creer_membre(referent.partenaire, "contributeur")

    assert list(referent.partenaire.membres.referents()) == [referent]
    with pytest.raises(TransitionInterdite, match="seule personne référente"):
        referent.sortir(par=referent.utilisateur)


def test_qui_vient_d_etre_nommee_seule_referente_ne_part_pas_d_une_liste_perimee(
    referent, contributeur, agent_departement
):
    lue_avant = Membre.objects.get(pk=contributeur.pk)
    contributeur.nommer_referent(par=agent_departement)
    referent.sortir(par=agent_departement)

    with pytest.raises(TransitionInterdite, match="seule personne référente"):
        lue_avant.sortir(par=agent_departement)


def test_un_contributeur_part_meme_s_il_ne_reste_qu_une_referente(referent, contributeur):
    contributeur.sortir(par=referent.utilisateur)

    assert list(referent.partenaire.membres.all()) == [referent]


def test_un_contributeur_part_meme_sans_aucune_referente(agent_departement):
    seul = creer_membre(role="contributeur")

    seul.sortir(par=agent_departement)

    assert not seul.partenaire.membres.exists()


def test_qui_part_n_invite_plus_personne_ici(referent):
    partant = creer_membre(referent.partenaire)
    siennes = {"par": partant.utilisateur}
    ouverte = creer_invitation(partenaire=referent.partenaire, **siennes)
    ailleurs = creer_invitation(**siennes)
    d_une_autre = creer_invitation(partenaire=referent.partenaire, par=referent.utilisateur)
    hier = timezone.now() - timedelta(days=1)
    servie = creer_invitation(partenaire=referent.partenaire, utilisee_le=hier, **siennes)

    partant.sortir(par=referent.utilisateur)

    ouvertes = Invitation.objects.filter(revoquee_le=None)
    assert set(ouvertes) == {ailleurs, d_une_autre, servie}
    assert Invitation.objects.get(revoquee_le__isnull=False) == ouverte


@pytest.mark.parametrize("geste", ["sortir", "passer_la_main"])
def test_un_depart_que_le_journal_refuse_ne_touche_a_aucune_invitation(
    referent, monkeypatch, geste
):
    partant, enregistrer = creer_membre(referent.partenaire), EntreeJournal.save
    creer_invitation(partenaire=referent.partenaire, par=partant.utilisateur)

    def refuser_le_depart(entree, *args, **kwargs):
        if entree.fait == "membre.sorti":
            raise ZeroDivisionError
        enregistrer(entree, *args, **kwargs)

    monkeypatch.setattr(EntreeJournal, "save", refuser_le_depart)
    a_qui = [referent] if geste == "passer_la_main" else []

    with pytest.raises(ZeroDivisionError):
        getattr(partant, geste)(*a_qui, par=referent.utilisateur)

    assert Invitation.objects.en_cours().get().par == partant.utilisateur


@pytest.mark.parametrize(
    ("role", "role_de_l_autre", "ensuite"),
    [
        ("referent", "contributeur", "referent"),
        ("contributeur", "contributeur", "contributeur"),
        ("referent", "referent", "referent"),
    ],
)
def test_passer_la_main_donne_le_role_que_l_on_avait(referent, role, role_de_l_autre, ensuite):
    partant = creer_membre(referent.partenaire, role)
    suivant = creer_membre(referent.partenaire, role_de_l_autre)

    partant.passer_la_main(suivant, par=referent.utilisateur)

    suivant.refresh_from_db()
    assert suivant.role == ensuite
    nommees = EntreeJournal.objects.filter(fait="membre.nomme").count()
    assert nommees == (1 if ensuite != role_de_l_autre else 0)


def test_passer_la_main_confie_les_invitations_ouvertes_de_qui_part(referent):
    partant, suivant = creer_membre(referent.partenaire), creer_membre(referent.partenaire)
    hier, siennes = timezone.now() - timedelta(days=1), {"par": partant.utilisateur}
    ouverte = creer_invitation(partenaire=referent.partenaire, **siennes)
    gardees = [
        creer_invitation(partenaire=referent.partenaire, utilisee_le=hier, **siennes),
        creer_invitation(
            partenaire=referent.partenaire,
            creee_le=hier - timedelta(days=7),
            expire_le=hier,
            **siennes,
        ),
        creer_invitation(partenaire=referent.partenaire, par=referent.utilisateur),
    ]
    auteurs = [invitation.par for invitation in gardees]

    partant.passer_la_main(suivant, par=referent.utilisateur)

    ouverte.refresh_from_db()
    assert ouverte.par == suivant.utilisateur
    assert [Invitation.objects.get(pk=i.pk).par for i in gardees] == auteurs


@pytest.mark.parametrize("qui", ["lui-même", "compte fermé", "autre partenaire"])
def test_on_ne_passe_la_main_qu_a_quelqu_un_d_autre_qui_agit_ici(referent, qui):
    partant = creer_membre(referent.partenaire)
    autres = {
        "lui-même": partant,
        "compte fermé": creer_membre(
            referent.partenaire, utilisateur=creer_personne(is_active=False)
        ),
        "autre partenaire": creer_membre(),
    }

    with pytest.raises(TransitionInterdite, match="n’agit pas pour"):
        partant.passer_la_main(autres[qui], par=referent.utilisateur)

    assert Membre.objects.filter(pk=partant.pk).exists()


def test_une_referente_en_nomme_une_autre_une_fois(referent, contributeur):
    contributeur.nommer_referent(par=referent.utilisateur)

    contributeur.refresh_from_db()
    assert contributeur.est_referent
    entree = EntreeJournal.objects.get()
    assert (entree.fait, entree.objet) == ("membre.nomme", referent.partenaire)
    with pytest.raises(TransitionInterdite, match="déjà référente"):
        contributeur.nommer_referent(par=referent.utilisateur)


def test_un_contributeur_ne_nomme_personne(contributeur):
    with pytest.raises(PermissionDenied):
        contributeur.nommer_referent(par=contributeur.utilisateur)


def test_une_referente_part_quand_il_en_reste_une(referent):
    creer_membre(referent.partenaire)

    referent.sortir(par=referent.utilisateur)

    assert referent.partenaire.membres.count() == 1


def test_un_contributeur_ne_se_retire_pas_lui_meme(contributeur):
    with pytest.raises(PermissionDenied):
        contributeur.sortir(par=contributeur.utilisateur)


def test_un_agent_retire_un_acces_depuis_la_liste(client, agent_departement, contributeur):
    client.force_login(agent_departement)
    envoi = {"action": "sortir_la_selection", "_selected_action": [contributeur.pk]}

    client.post("/admin/partenaires/membre/", envoi)

    assert not Membre.objects.filter(pk=contributeur.pk).exists()


def test_un_agent_ne_retire_pas_la_derniere_referente(client, agent_departement, referent):
    client.force_login(agent_departement)
    envoi = {"action": "sortir_la_selection", "_selected_action": [referent.pk]}

    reponse = client.post("/admin/partenaires/membre/", envoi, follow=True)

    assert "C’est la seule personne référente" in lire(reponse)


def test_un_agent_de_l_etat_ne_retire_personne(client, agent_etat, contributeur):
    client.force_login(agent_etat)
    envoi = {"action": "sortir_la_selection", "_selected_action": [contributeur.pk]}

    client.post("/admin/partenaires/membre/", envoi)

    assert Membre.objects.filter(pk=contributeur.pk).exists()


def test_qui_agit_pour_un_partenaire_y_arrive_tout_droit(referent):
    reponse = ouvrir_une_session(referent.utilisateur).get("/espace/")

    assert reponse.url == f"/espace/{referent.partenaire.slug}/"


def test_qui_agit_pour_deux_partenaires_choisit(referent):
    autre = creer_membre(creer_partenaire("Secours"), utilisateur=referent.utilisateur)

    contenu = lire(ouvrir_une_session(referent.utilisateur).get("/espace/"))

    for membre in (referent, autre):
        assert f'href="/espace/{membre.partenaire.slug}/"' in contenu


def test_qui_agit_pour_deux_partenaires_passe_de_l_un_a_l_autre(referent):
    autre = creer_membre(
        creer_partenaire("Secours"), "contributeur", utilisateur=referent.utilisateur
    )
    navigateur = ouvrir_une_session(referent.utilisateur)

    assert navigateur.get(f"/espace/{referent.partenaire.slug}/").status_code == 200
    assert navigateur.get(f"/espace/{autre.partenaire.slug}/").status_code == 200
    assert navigateur.post(page(autre, "inviter"), {}).status_code == 403


def test_qui_n_agit_pour_personne_lit_quoi_faire():
    contenu = lire(ouvrir_une_session(creer_personne()).get("/espace/"))

    assert "Votre compte n’est rattaché à aucun partenaire." in contenu


def test_un_membre_au_compte_ferme_n_est_plus_montre(referent, contributeur):
    compte = contributeur.utilisateur
    compte.fermer()

    contenu = lire(ouvrir_une_session(referent.utilisateur).get(page(referent)))

    assert compte.email not in contenu


def test_la_page_dit_ce_qui_attend_au_nom_de_chacun(referent, contributeur):
    partenaire, compte = referent.partenaire, contributeur.utilisateur
    creer_invitation(partenaire=partenaire, par=compte)
    for _ in range(2):
        contribution = creer_contribution(partenaire=partenaire)
        creer_reformulation(contribution=contribution, envoyee_par=compte)
    creer_reformulation(envoyee_par=compte)

    contenu = lire(ouvrir_une_session(referent.utilisateur).get(page(referent)))

    assert contenu.replace("\u00a0", " ").count("2 propositions en attente et 1 invitation") == 1
    assert contenu.count("en attente") == 2  # and the sentence on leaving


def test_les_propositions_de_qui_part_restent_au_nom_du_partenaire(referent, contributeur):
    """One waits; another was withdrawn, a third is of somebody who stays."""
    proposition, retiree, _autre = (
        creer_reformulation(
            contribution=creer_contribution(partenaire=referent.partenaire),
            envoyee_par=auteur.utilisateur,
        )
        for auteur in (contributeur, contributeur, referent)
    )
    retiree.retirer(par=contributeur.utilisateur)
    navigateur = ouvrir_une_session(referent.utilisateur)

    reponse = navigateur.post(page(referent, "sortir", contributeur.pk), follow=True)

    dit = lire(reponse).replace("\u00a0", " ")
    assert "Au nom de l’organisation : 1 proposition en attente." in dit
    assert navigateur.get(proposition.get_absolute_url()).status_code == 200
    proposition.refresh_from_db()
    assert proposition.est_en_attente
