"""What a partner proposes: sent, read again, answered; nothing public before the answer."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.timezone import localdate

from actions.models import (
    Action,
    Contribution,
    Indicateur,
    PointEtape,
    PropositionContribution,
    Releve,
)
from actions.models.moderation import CibleChangee
from contrats.models import Adhesion, Annee
from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.transitions import TransitionInterdite
from tests.conftest import creer_agent
from tests.fabriques import (
    creer_action,
    creer_contribution,
    creer_indicateur,
    creer_membre,
    creer_note,
    creer_partenaire,
    creer_personne,
    creer_point,
    creer_reformulation,
    creer_valeur,
)

pytestmark = pytest.mark.django_db
NOUVEAU = "Accueille et oriente, chaque mardi."


@pytest.fixture
def membre(client):
    """A référent of a partner with one contribution, signed in."""
    membre = creer_membre()
    creer_contribution(
        partenaire=membre.partenaire,
        action=creer_action("Essai", statut="en_cours"),
        texte="Ancien texte.",
    )
    client.force_login(membre.utilisateur)
    return membre


@pytest.fixture
def contribution(membre):
    return membre.partenaire.contributions.get()


def adresse(membre, suite: str) -> str:
    return f"/espace/{membre.partenaire.slug}/{suite}"


def proposer(client, membre, contribution, **champs):
    page = adresse(membre, f"contributions/{contribution.pk}/proposer/")
    defauts = {"texte": NOUVEAU, "lu": contribution.texte, "envoyer": "oui"}
    return client.post(page, {**defauts, **champs})


def test_on_verifie_avant_d_envoyer(client, membre, contribution):
    page = adresse(membre, f"contributions/{contribution.pk}/proposer/")

    formulaire = client.get(page).content.decode()
    relecture = client.post(page, {"texte": NOUVEAU, "lu": "Ancien texte."}).content.decode()
    corrige = client.post(page, {"texte": NOUVEAU, "lu": "Ancien texte.", "corriger": "oui"})

    assert "Ancien texte." in formulaire
    assert "Vérifier avant d’envoyer" in relecture and NOUVEAU in relecture
    assert NOUVEAU in corrige.content.decode()
    assert not PropositionContribution.objects.exists()


def test_une_proposition_envoyee_attend_sans_rien_changer(
    client, membre, contribution, agent_departement, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        reponse = proposer(client, membre, contribution)

    proposition = PropositionContribution.objects.get()
    assert reponse.url == proposition.get_absolute_url()
    assert (proposition.avant, proposition.statut) == ("Ancien texte.", "envoyee")
    publique = client.get(contribution.action.get_absolute_url()).content.decode()
    assert "Ancien texte." in publique and NOUVEAU not in publique
    assert [m.to for m in mail.outbox] == [[agent_departement.email]]
    assert EntreeJournal.objects.get(fait="proposition.envoyee").par == membre.utilisateur


def test_seul_qui_peut_y_repondre_est_averti_d_une_proposition(
    agent_departement, django_capture_on_commit_callbacks
):
    """Neither a closed account, nor who answers another kind, nor a right of the same name."""
    creer_agent("Agents du Département", "parti@departement.exemple")
    Utilisateur.objects.filter(email="parti@departement.exemple").update(
        is_active=False, cle_des_sessions=""
    )
    droits = {
        "autre genre": Permission.objects.get(codename="moderer_propositionnote"),
        "homonyme": Permission.objects.create(
            codename="moderer_propositioncontribution",
            name="Homonyme",
            content_type=ContentType.objects.get_for_model(Adhesion),
        ),
    }
    for nom, droit in droits.items():
        groupe = Group.objects.create(name=nom)
        groupe.permissions.add(droit)
        creer_personne().groups.add(groupe)

    with django_capture_on_commit_callbacks(execute=True):
        creer_reformulation().annoncer()

    assert [message.to for message in mail.outbox] == [[agent_departement.email]]


def test_une_proposition_vide_ne_s_envoie_pas():
    proposition = creer_reformulation()
    proposition.retirer(par=proposition.envoyee_par)
    vide = PropositionContribution(
        contribution=proposition.contribution, partenaire=proposition.partenaire, texte=""
    )

    with pytest.raises(ValidationError) as refus:
        vide.envoyer(par=proposition.envoyee_par)

    assert set(refus.value.message_dict) == {"texte"}


def test_un_double_clic_n_en_fait_qu_une(client, membre, contribution):
    proposer(client, membre, contribution)
    seconde = proposer(client, membre, contribution)

    assert PropositionContribution.objects.count() == 1
    assert seconde.url == PropositionContribution.objects.get().get_absolute_url()


def test_proposer_le_texte_deja_publie_est_refuse_a_cote_du_champ(client, membre, contribution):
    reponse = proposer(client, membre, contribution, texte="Ancien texte.")

    assert "rien à proposer" in reponse.content.decode()
    assert not PropositionContribution.objects.exists()


def test_ce_qui_a_change_pendant_la_saisie_est_montre_et_rien_n_est_perdu(
    client, membre, contribution
):
    contribution.texte = "Texte corrigé par le Département."
    contribution.save()

    reponse = proposer(client, membre, contribution, lu="Ancien texte.").content.decode()

    assert "a changé pendant que vous écriviez" in reponse
    assert "Texte corrigé par le Département." in reponse and NOUVEAU in reponse
    assert not PropositionContribution.objects.exists()
    proposer(client, membre, contribution, lu="Texte corrigé par le Département.")
    assert PropositionContribution.objects.count() == 1


def test_ce_qui_est_accepte_parait_aussitot_avec_sa_date(
    client, membre, contribution, agent_departement, django_capture_on_commit_callbacks
):
    proposer(client, membre, contribution)
    proposition = PropositionContribution.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        proposition.accepter(par=agent_departement, lu="Ancien texte.", reponse="Merci.")

    page = client.get(contribution.action.get_absolute_url()).content.decode()
    assert NOUVEAU in page and "confirmé le" in page
    assert "est reformulée" in page
    contribution.refresh_from_db()
    assert contribution.confirmee_par == membre.utilisateur
    (message,) = mail.outbox
    assert message.to == [membre.utilisateur.email]
    assert "acceptée" in message.subject and "Merci." in message.body


def test_accepter_avec_des_changements_le_dit(agent_departement):
    proposition = creer_reformulation()

    proposition.accepter(par=agent_departement, lu=proposition.actuel, texte="Accueille.")

    assert (proposition.statut, proposition.retenu) == ("amendee", "Accueille.")
    assert proposition.est_amendee
    assert proposition.contribution.historique.first().texte == "Accueille."


def test_un_refus_demande_un_motif_que_l_auteur_lit(
    client, membre, contribution, agent_departement
):
    proposer(client, membre, contribution)
    proposition = PropositionContribution.objects.get()

    with pytest.raises(ValidationError, match="motivé"):
        proposition.refuser(par=agent_departement, motif=" ")
    proposition.refuser(par=agent_departement, motif="Le poste a été supprimé.")

    page = client.get(proposition.get_absolute_url()).content.decode()
    assert "Le poste a été supprimé." in page and "Refusée" in page
    contribution.refresh_from_db()
    assert contribution.texte == "Ancien texte."


def test_une_reponse_ne_se_donne_qu_une_fois(agent_departement):
    proposition = creer_reformulation()
    proposition.refuser(par=agent_departement, motif="Non.")

    with pytest.raises(TransitionInterdite, match="déjà refusée"):
        proposition.accepter(par=agent_departement, lu=proposition.actuel)


def test_accepter_sur_une_version_depassee_est_refuse(agent_departement):
    proposition = creer_reformulation()
    lu = proposition.actuel
    proposition.contribution.texte = "Entre-temps."
    proposition.contribution.save()

    with pytest.raises(CibleChangee):
        proposition.accepter(par=agent_departement, lu=lu)

    assert proposition.cible_a_change
    proposition.accepter(par=agent_departement, lu="Entre-temps.")
    assert proposition.statut == "acceptee"


def test_les_sauts_de_ligne_d_un_navigateur_ne_sont_pas_un_changement(agent_departement):
    contribution = creer_contribution(texte="Une ligne.\nUne autre.")
    proposition = creer_reformulation(contribution=contribution)

    proposition.accepter(
        par=agent_departement, lu="Une ligne.\r\nUne autre.", texte=proposition.texte
    )

    assert proposition.statut == "acceptee"
    assert not proposition.est_amendee
    assert not creer_reformulation(contribution=contribution).cible_a_change


def test_les_memes_mots_renvoyes_par_un_navigateur_ne_sont_pas_une_correction(agent_departement):
    proposition = creer_reformulation()
    proposition.texte = "Oriente.\nAccueille."
    proposition.save()

    proposition.accepter(
        par=agent_departement, lu=proposition.actuel, texte="Oriente.\r\nAccueille."
    )

    assert proposition.statut == "acceptee"


def test_un_texte_publie_par_un_navigateur_se_lit_pareil(agent_departement):
    contribution = creer_contribution(texte="Une ligne.\r\nUne autre.")
    proposition = creer_reformulation(contribution=contribution)

    proposition.accepter(par=agent_departement, lu="Une ligne.\nUne autre.")

    assert proposition.statut == "acceptee"


@pytest.mark.parametrize("creer", [creer_reformulation, creer_valeur, creer_note])
def test_la_file_donne_ce_qui_attend_le_plus_ancien_d_abord(agent_departement, creer):
    recente, ancienne, traitee = (
        creer(envoyee_le=timezone.now() - timedelta(days=jours)) for jours in (1, 5, 9)
    )
    traitee.refuser(par=agent_departement, motif="Non.")

    assert list(type(recente).objects.en_attente()) == [ancienne, recente]
    assert list(type(recente).objects.de(ancienne.partenaire)) == [ancienne]


def test_un_partenaire_lit_ses_propositions_de_la_plus_recente_a_la_plus_ancienne():
    partenaire = creer_partenaire()
    ancienne, recente = (
        creer_reformulation(
            contribution=creer_contribution(partenaire=partenaire),
            envoyee_le=timezone.now() - timedelta(days=jours),
        )
        for jours in (5, 1)
    )

    assert list(PropositionContribution.objects.de(partenaire)) == [recente, ancienne]


@pytest.mark.parametrize("jours", [0, 1])
def test_une_confirmation_du_jour_meme_ou_d_apres_reste(agent_departement, jours):
    confirmation = {"confirmee_le": localdate(), "confirmee_par": creer_personne()}
    contribution = creer_contribution(**confirmation)
    envoyee_le = timezone.now() - timedelta(days=jours)
    proposition = creer_reformulation(contribution=contribution, envoyee_le=envoyee_le)

    proposition.accepter(par=agent_departement, lu=proposition.actuel)

    contribution.refresh_from_db()
    assert contribution.confirmee_par == confirmation["confirmee_par"]
    assert contribution.confirmee_le == localdate()


def test_une_reformulation_confirme_le_jour_de_son_envoi(agent_departement):
    avant = {"confirmee_le": localdate() - timedelta(days=3), "confirmee_par": creer_personne()}
    contribution = creer_contribution(**avant)
    la_veille = timezone.now() - timedelta(days=1)
    proposition = creer_reformulation(contribution=contribution, envoyee_le=la_veille)

    proposition.accepter(par=agent_departement, lu=proposition.actuel)

    contribution.refresh_from_db()
    assert contribution.confirmee_le == localdate() - timedelta(days=1)
    assert contribution.confirmee_par == proposition.envoyee_par


@pytest.mark.parametrize(
    ("creer", "raison"),
    [
        (creer_reformulation, "celle d’un autre partenaire"),
        (creer_valeur, "Un autre partenaire est responsable"),
        (creer_note, "ne contribue pas à cette action"),
    ],
)
def test_on_ne_propose_rien_au_nom_d_un_autre_partenaire(creer, raison):
    proposition = creer(partenaire=creer_partenaire())

    with pytest.raises(ValidationError, match=raison):
        proposition.full_clean()


@pytest.mark.parametrize("creer", [creer_reformulation, creer_valeur, creer_note])
def test_une_proposition_se_refuse_encore_quand_son_partenaire_ne_participe_plus(
    agent_departement, creer
):
    proposition = creer(partenaire=creer_partenaire())

    proposition.refuser(par=agent_departement, motif="Vous ne participez plus.")

    assert proposition.statut == "refusee"


@pytest.mark.parametrize("est_actif", [True, False])
def test_la_reponse_n_est_ecrite_qu_a_un_compte_ouvert(
    agent_departement, django_capture_on_commit_callbacks, est_actif
):
    auteur = creer_personne(is_active=est_actif)
    proposition = creer_reformulation(envoyee_par=auteur)
    creer_membre(proposition.partenaire, "contributeur", utilisateur=auteur)

    with django_capture_on_commit_callbacks(execute=True):
        proposition.refuser(par=agent_departement, motif="Non.")

    assert [m.to for m in mail.outbox] == ([[auteur.email]] if est_actif else [])


@pytest.mark.parametrize("est_la", [True, False])
def test_la_reponse_va_a_l_auteur_et_a_la_referente_s_il_est_parti(
    agent_departement, django_capture_on_commit_callbacks, est_la
):
    proposition = creer_reformulation()
    auteur, partenaire = proposition.envoyee_par, proposition.partenaire
    referente = creer_membre(partenaire)
    creer_membre(partenaire, "contributeur")
    if est_la:
        creer_membre(partenaire, "contributeur", utilisateur=auteur)

    with django_capture_on_commit_callbacks(execute=True):
        proposition.refuser(par=agent_departement, motif="Non.")

    lecteur = auteur if est_la else referente.utilisateur
    assert [m.to for m in mail.outbox] == [[lecteur.email]]


def test_une_proposition_traitee_ne_se_retire_plus(agent_departement):
    proposition = creer_reformulation()
    copie = PropositionContribution.objects.get(pk=proposition.pk)
    proposition.refuser(par=agent_departement, motif="Non.")

    for perimee in (proposition, copie):
        with pytest.raises(TransitionInterdite, match="déjà refusée"):
            perimee.retirer(par=perimee.envoyee_par)

    proposition.refresh_from_db()
    assert (proposition.statut, proposition.motif) == ("refusee", "Non.")


def test_retirer_sa_proposition_n_ecrit_a_personne(
    agent_departement, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        proposition = creer_reformulation()
        proposition.retirer(par=proposition.envoyee_par)

    assert mail.outbox == []


def test_l_etat_et_l_auteur_ne_repondent_pas(agent_etat, agent_departement):
    proposition = creer_reformulation(envoyee_par=agent_departement)

    with pytest.raises(PermissionDenied):
        proposition.refuser(par=agent_etat, motif="Non.")
    with pytest.raises(ValidationError, match="sa propre proposition"):
        proposition.accepter(par=agent_departement, lu=proposition.actuel)


def test_retirer_puis_proposer_de_nouveau(client, membre, contribution):
    proposer(client, membre, contribution)
    proposition = PropositionContribution.objects.get()

    client.post(adresse(membre, f"propositions/contribution/{proposition.pk}/retirer/"))
    proposer(client, membre, contribution)

    statuts = PropositionContribution.objects.order_by("pk").values_list("statut", flat=True)
    assert list(statuts) == ["retiree", "envoyee"]


@pytest.mark.parametrize(
    ("saisie", "valeur"), [("52", 52), ("12,5", Decimal("12.5")), ("1 234,5", Decimal("1234.5"))]
)
def test_une_valeur_se_tape_en_francais(client, membre, agent_departement, saisie, valeur, annee):
    indicateur = creer_indicateur(responsable=membre.partenaire, action=creer_action())
    page = adresse(membre, f"indicateurs/{indicateur.pk}/2025/")

    client.post(page, {"valeur": saisie, "lu": "non communiqué", "envoyer": "oui"})
    proposition = indicateur.propositions.get()
    proposition.accepter(par=agent_departement, lu="non communiqué")

    releve = Releve.objects.get(indicateur=indicateur, annee=annee)
    assert (releve.valeur, releve.definitif) == (valeur, False)


@pytest.fixture
def annee(db):
    return Annee.objects.get_or_create(pk=2025)[0]


@pytest.mark.parametrize("saisie", ["", "beaucoup", "NaN", "1e999", "-3", "2,5"])
def test_une_valeur_impossible_est_dite_a_cote_du_champ(client, membre, annee, saisie):
    indicateur = creer_indicateur(
        responsable=membre.partenaire, action=creer_action(), compte_personnes=True
    )
    page = adresse(membre, f"indicateurs/{indicateur.pk}/2025/")

    reponse = client.post(page, {"valeur": saisie, "lu": "non communiqué", "envoyer": "oui"})

    assert reponse.status_code == 200
    assert "invalid-feedback" in reponse.content.decode()
    assert not indicateur.propositions.exists()


def test_une_valeur_est_celle_de_son_indicateur_et_de_son_annee(annee):
    proposition = creer_valeur()
    d_avant = Annee.objects.get_or_create(pk=2024)[0]
    Releve.objects.create(indicateur=creer_indicateur(), annee=annee, valeur=1)
    Releve.objects.create(indicateur=proposition.indicateur, annee=d_avant, valeur=2)
    assert proposition.actuel == "non communiqué"

    Releve.objects.create(indicateur=proposition.indicateur, annee=annee, valeur=3)
    assert proposition.actuel == "3 (provisoire)"


@pytest.mark.parametrize(("definitif", "propose"), [(False, "52 (provisoire)"), (True, "52")])
def test_une_valeur_proposee_se_dit_provisoire_tant_qu_elle_l_est(definitif, propose):
    assert creer_valeur(definitif=definitif).propose == propose


def test_une_valeur_acceptee_est_au_journal(agent_departement):
    proposition = creer_valeur()

    proposition.accepter(par=agent_departement, lu=proposition.actuel)

    entree = EntreeJournal.objects.get(fait="actions.valeur_publiee")
    assert (entree.objet, entree.par) == (proposition.indicateur, agent_departement)
    assert entree.apres == {"action": proposition.action.pk, "annee": 2025}


# What somebody wrote past the forms, and that an answer must not publish again.
DEJA_FAUX = {
    creer_reformulation: lambda _: Contribution.objects.update(nature="inconnue"),
    creer_valeur: lambda valeur: Releve.objects.create(
        indicateur=valeur.indicateur, annee=valeur.annee, cible=Decimal("2.5")
    ),
    creer_note: lambda _: Action.objects.update(statut="inconnu", statut_le=localdate()),
}


@pytest.mark.parametrize("creer", DEJA_FAUX, ids=lambda creer: creer.__name__)
def test_accepter_ne_publie_rien_a_cote_d_une_ligne_fausse(agent_departement, creer):
    proposition = creer()
    Indicateur.objects.update(compte_personnes=True)
    DEJA_FAUX[creer](proposition)

    with pytest.raises(ValidationError):
        proposition.accepter(par=agent_departement, lu=proposition.actuel)

    proposition.refresh_from_db()
    assert proposition.est_en_attente
    assert not PointEtape.objects.exists()


def test_ce_qu_une_note_remplace_est_le_dernier_point_public_de_son_action():
    note, autre = creer_note(), creer_action()
    creer_point(autre, localdate(), fait="Ailleurs.")
    assert note.actuel == ""

    creer_point(note.action, localdate() - timedelta(days=1), fait="Hier.")
    assert note.actuel == "En cours. Hier."
    creer_point(note.action, localdate(), "realisee")
    assert note.actuel == "Réalisée."
    Action.objects.update(publication="brouillon")
    assert note.actuel == ""


def test_on_n_ecrit_pas_sur_une_action_pour_avoir_contribue_a_une_autre():
    partenaire = creer_contribution().partenaire

    with pytest.raises(ValidationError, match="ne contribue pas à cette action"):
        creer_note(partenaire=partenaire).full_clean()


def test_une_note_acceptee_date_le_statut_de_son_action(agent_departement):
    note = creer_note()

    note.accepter(par=agent_departement, lu="")

    note.action.refresh_from_db()
    assert (note.action.statut, note.action.statut_le) == ("en_cours", localdate())


def test_une_note_acceptee_est_un_point_signe_du_partenaire(client, agent_departement):
    note = creer_note()

    note.accepter(par=agent_departement, lu="")

    point = PointEtape.objects.get()
    assert (point.partenaire, point.fait, point.le) == (
        note.partenaire,
        "Dix ateliers.",
        localdate(),
    )
    page = client.get(note.action.get_absolute_url()).content.decode()
    assert f">{note.partenaire.nom_court}</a>" in page and "publie un point d’étape sur" in page


def test_une_note_sur_une_action_sans_statut_attend_un_point_d_etape(agent_departement):
    note = creer_note(action=creer_action())

    with pytest.raises(ValidationError, match="Personne n’a dit où en est"):
        note.accepter(par=agent_departement, lu="")

    note.refresh_from_db()
    assert note.est_en_attente


def test_ce_qui_est_a_un_autre_n_existe_pas(client, membre, annee):
    autre = creer_partenaire()
    contribution = creer_contribution(partenaire=autre)
    indicateur = creer_indicateur(responsable=autre)
    proposition = creer_valeur(indicateur=indicateur)
    suites = [
        f"contributions/{contribution.pk}/proposer/",
        f"contributions/{contribution.pk}/confirmer/",
        f"indicateurs/{indicateur.pk}/2025/",
        f"actions/{contribution.action.slug}/note/",
        f"propositions/valeur/{proposition.pk}/",
        "propositions/inconnu/1/",
    ]

    assert {client.get(adresse(membre, suite)).status_code for suite in suites} == {404}
    assert client.get(f"/espace/{autre.slug}/").status_code == 404


def test_confirmer_sa_contribution_une_fois_l_an(client, membre, contribution):
    page = adresse(membre, f"contributions/{contribution.pk}/confirmer/")

    assert "C’est toujours vrai" in client.get(page).content.decode()
    client.post(page)
    client.post(page)

    contribution.refresh_from_db()
    assert (contribution.confirmee_le, contribution.confirmee_par) == (
        localdate(),
        membre.utilisateur,
    )
    assert EntreeJournal.objects.filter(fait="actions.contribution_confirmee").count() == 1


@pytest.mark.parametrize(
    ("confirmee_le", "reste"), [(date(2026, 1, 1), True), (date(2025, 12, 31), False)]
)
def test_une_confirmation_vaut_pour_toute_l_annee(
    membre, contribution, monkeypatch, confirmee_le, reste
):
    monkeypatch.setattr("actions.models.contribution.localdate", lambda: date(2026, 12, 30))
    autre = creer_membre(membre.partenaire).utilisateur
    contribution.confirmee_le, contribution.confirmee_par = confirmee_le, autre
    contribution.save()

    contribution.confirmer(par=membre.utilisateur)

    contribution.refresh_from_db()
    assert contribution.confirmee_le == (confirmee_le if reste else date(2026, 12, 30))
    assert contribution.confirmee_par == (autre if reste else membre.utilisateur)


@pytest.mark.parametrize(
    ("champs", "attendue"),
    [
        ({}, True),
        ({"annee_debut": 2026, "annee_fin": 2026}, True),
        ({"annee_debut": 2025, "annee_fin": 2027}, True),
        ({"annee_debut": 2027}, False),
        ({"annee_fin": 2025}, False),
        ({"confirmee_le": date(2026, 1, 1)}, False),
        ({"confirmee_le": date(2025, 12, 31)}, True),
    ],
)
def test_ce_qui_est_a_confirmer_dans_l_annee(champs, attendue):
    if "confirmee_le" in champs:
        champs = {**champs, "confirmee_par": creer_personne()}
    contribution = creer_contribution(**champs)

    a_confirmer = Contribution.objects.a_confirmer_en(2026)

    assert list(a_confirmer) == ([contribution] if attendue else [])


def test_une_contribution_est_publique_quand_son_action_et_son_partenaire_le_sont():
    brouillon = {"publication": "brouillon", "visible_depuis": None}
    seconde = creer_contribution(action=creer_action(code="CLS-1-02"))
    premiere = creer_contribution(action=creer_action(code="CLS-1-01"))
    creer_contribution(action=creer_action(**brouillon))
    creer_contribution(partenaire=creer_partenaire(**brouillon))

    assert list(Contribution.objects.publiques()) == [premiere, seconde]


def test_une_confirmation_se_date_d_aujourd_hui_et_pas_de_demain():
    contribution = creer_contribution(confirmee_le=localdate(), confirmee_par=creer_personne())

    contribution.full_clean()

    contribution.confirmee_le += timedelta(days=1)
    with pytest.raises(ValidationError, match="aujourd’hui au plus tard"):
        contribution.full_clean()


def test_ce_qui_n_est_pas_confirme_n_a_pas_de_date():
    creer_contribution().full_clean()


@pytest.mark.parametrize(
    ("role", "est_un_pilotage"), [("pilote", True), ("copilote", True), ("associe", False)]
)
def test_piloter_se_fait_seul_ou_a_deux(role, est_un_pilotage):
    assert creer_contribution(role=role).est_un_pilotage is est_un_pilotage


def test_une_contribution_sans_texte_ne_se_confirme_pas(membre, contribution):
    Contribution.objects.update(texte="")

    with pytest.raises(ValidationError) as refus:
        contribution.confirmer(par=membre.utilisateur)

    assert set(refus.value.message_dict) == {"texte"}
    assert Contribution.objects.get().confirmee_le is None


def test_seul_un_membre_confirme(contribution):
    with pytest.raises(PermissionDenied):
        contribution.confirmer(par=creer_personne())


class TestFile:
    """The queue, in the admin."""

    def test_elle_montre_l_ancien_et_le_nouveau_cote_a_cote(self, client, agent_departement):
        proposition = creer_reformulation()
        client.force_login(agent_departement)

        file = client.get("/admin/propositions/").content.decode()
        page = client.get(
            f"/admin/actions/propositioncontribution/{proposition.pk}/change/"
        ).content.decode()

        assert str(proposition.partenaire) in file
        assert "Oriente les personnes." in page and "Oriente et accueille." in page

    def repondre(self, client, proposition, **champs):
        modele = type(proposition)._meta.model_name
        page = f"/admin/actions/{modele}/{proposition.pk}/change/"
        return client.post(page, {"lu": proposition.actuel, "reponse": "", **champs})

    def test_accepter_publie(self, client, agent_departement):
        proposition = creer_reformulation()
        client.force_login(agent_departement)

        self.repondre(client, proposition, texte="Oriente et accueille.", accepter="oui")

        proposition.refresh_from_db()
        assert proposition.statut == "acceptee"
        assert proposition.actuel == "Oriente et accueille."

    def test_refuser_sans_motif_garde_ce_qui_est_tape(self, client, agent_departement):
        proposition = creer_reformulation()
        client.force_login(agent_departement)

        reponse = self.repondre(client, proposition, texte="Ma version.", refuser="oui")

        assert "Un refus est motivé" in reponse.content.decode()
        assert "Ma version." in reponse.content.decode()
        proposition.refresh_from_db()
        assert proposition.est_en_attente

    def test_une_version_depassee_montre_les_deux(self, client, agent_departement):
        proposition = creer_note()
        client.force_login(agent_departement)
        creer_point(proposition.action, localdate(), fait="Un point d’étape plus récent.")

        reponse = self.repondre(
            client, proposition, lu="", texte="Ma version.", accepter="oui"
        ).content.decode()

        assert "a changé" in reponse
        assert "Un point d’étape plus récent." in reponse and "Ma version." in reponse

    def test_l_etat_lit_sans_repondre(self, client, agent_etat):
        proposition = creer_reformulation()
        client.force_login(agent_etat)

        page = client.get(f"/admin/actions/propositioncontribution/{proposition.pk}/change/")
        reponse = self.repondre(client, proposition, texte="Non.", accepter="oui")

        assert "Accepter et publier" not in page.content.decode()
        assert reponse.status_code == 403
