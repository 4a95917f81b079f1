"""What every transition guarantees: it reads its row again, and leaves nothing when it fails."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils.timezone import localdate, now

from actions.models import Inscription, PropositionContribution, Releve
from contrats.models import Adhesion, Annee, Reouverture
from pacte.comptes.changements import ChangementDeCompte, NatureChangement
from pacte.portail.retention import appliquer
from pacte.rapports.models import RapportAnnuel
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.transitions import TransitionInterdite, verrouiller
from partenaires.models import Invitation, InvitationInutilisable
from tests.conftest import creer_agent
from tests.documents import PDF
from tests.fabriques import (
    clore,
    creer_acte,
    creer_action,
    creer_action_libellee,
    creer_adhesion,
    creer_changement,
    creer_contrat,
    creer_contribution,
    creer_courrier,
    creer_decision,
    creer_exercice,
    creer_inscription,
    creer_invitation,
    creer_membre,
    creer_note,
    creer_partenaire,
    creer_personne,
    creer_point,
    creer_preparation,
    creer_preparation_de_fiche,
    creer_rapport,
    creer_reformulation,
    creer_reouverture,
    creer_valeur,
)

pytestmark = pytest.mark.django_db

BROUILLON = {"publication": "brouillon", "visible_depuis": None}
REFUS = (TransitionInterdite, InvitationInutilisable, PermissionDenied)


@pytest.fixture
def qui(agent_etat, agent_departement, administrateur):
    """Who acts: accounts of each party and of the portal, open for a month."""
    Utilisateur.objects.update(date_joined=now() - timedelta(days=30))
    personnes = {"etat": agent_etat, "departement": agent_departement, "portail": administrateur}
    for personne in personnes.values():
        personne.refresh_from_db()
    return SimpleNamespace(**personnes)


def _accordee(qui):
    adhesion = creer_adhesion(partenaire=creer_partenaire(est_candidat=True, **BROUILLON))
    adhesion.accorder(Partie.ETAT, par=qui.etat)
    adhesion.accorder(Partie.DEPARTEMENT, par=qui.departement)
    creer_acte(contrat=adhesion.contrat, signe_le=localdate())
    return adhesion


def _signer(adhesion, qui):
    acte = adhesion.contrat.actes.get()
    adhesion.signer(acte, qualite="", signe_le=localdate(), par=qui.departement)


def _membre_qui_a_invite(_qui):
    membre = creer_membre()
    creer_membre(membre.partenaire)
    creer_invitation(partenaire=membre.partenaire, par=membre.utilisateur)
    return membre


def _valeur_proposee(_):
    """A value proposed where one is published already, and another year's that nobody touches."""
    proposition = creer_valeur()
    autre, _ = Annee.objects.get_or_create(pk=proposition.annee_id + 1)
    for annee in (proposition.annee, autre):
        Releve.objects.create(indicateur=proposition.indicateur, annee=annee, valeur=1)
    return proposition


def _preparer_de_nouveau(preparation, qui):
    lu = preparation.depart
    preparation.prevoir({"titre": "Encore autrement"}).ecrire(par=qui.departement, lu=lu)


def _passer_la_main(membre, qui):
    suivant = membre.partenaire.membres.exclude(pk=membre.pk).get()
    membre.passer_la_main(suivant, par=qui.departement)


def _ecrire_l_accord(demande, qui):
    piece = SimpleUploadedFile("accord.pdf", PDF)
    demande.accorder_par_ecrit(Partie.ETAT, par=qui.portail, piece=piece)


def _changement_demande(qui):
    return creer_changement(
        compte=qui.etat, demande_par=qui.portail, ancienne_adresse=qui.etat.email
    )


# Transition → what it is done on, and how: once only.
UNE_FOIS = {
    "publier": (
        lambda _: creer_action_libellee(**BROUILLON),
        lambda action, qui: action.publier(par=qui.departement),
    ),
    "retirer du site": (
        lambda _: creer_action_libellee(),
        lambda action, qui: action.retirer(par=qui.departement, motif="Erreur"),
    ),
    "accorder": (
        lambda _: creer_adhesion(),
        lambda demande, qui: demande.accorder(Partie.ETAT, par=qui.etat),
    ),
    "accorder en second": (
        lambda qui: creer_inscription(accord_etat_le=now(), accord_etat_par=qui.etat),
        lambda demande, qui: demande.accorder(Partie.DEPARTEMENT, par=qui.departement),
    ),
    "accorder par écrit": (lambda _: creer_inscription(), _ecrire_l_accord),
    "refuser la demande": (
        lambda _: creer_adhesion(),
        lambda demande, qui: demande.refuser(Partie.ETAT, par=qui.etat, motif="Non."),
    ),
    "retirer la demande": (lambda _: creer_adhesion(), lambda demande, _: demande.retirer()),
    "signer": (_accordee, _signer),
    "accepter une proposition": (
        lambda _: creer_reformulation(),
        lambda p, qui: p.accepter(par=qui.departement, lu="Oriente les personnes."),
    ),
    "refuser une proposition": (
        lambda _: creer_reformulation(),
        lambda proposition, qui: proposition.refuser(par=qui.departement, motif="Non."),
    ),
    "retirer une proposition": (
        lambda _: creer_reformulation(),
        lambda proposition, _: proposition.retirer(par=proposition.envoyee_par),
    ),
    "clore un exercice": (
        lambda _: creer_exercice(),
        lambda exercice, qui: exercice.clore(par=qui.etat, rapport_remis_le=localdate()),
    ),
    "rouvrir un exercice": (
        lambda qui: creer_reouverture(accord_etat_le=now(), accord_etat_par=qui.etat),
        lambda demande, qui: demande.accorder(Partie.DEPARTEMENT, par=qui.departement),
    ),
    "faire paraître un rapport": (
        lambda qui: creer_rapport(accord_etat_le=now(), accord_etat_par=qui.etat),
        lambda rapport, qui: rapport.accorder(Partie.DEPARTEMENT, par=qui.departement),
    ),
    "abandonner un courriel": (
        lambda _: creer_courrier(),
        lambda courrier, qui: courrier.abandonner(par=qui.portail),
    ),
    "constater une décision faite": (
        lambda _: creer_decision(),
        lambda decision, qui: decision.constater_faite(par=qui.etat, le=localdate()),
    ),
    "reprendre une décision": (
        lambda _: creer_decision(faite_le=localdate()),
        lambda decision, qui: decision.reprendre(par=qui.departement, motif="Trop tôt."),
    ),
    "publier une modification": (
        lambda _: creer_preparation(),
        lambda preparation, qui: preparation.publier(par=qui.departement, lu=preparation.empreinte),
    ),
    "abandonner une modification": (
        lambda qui: creer_preparation(preparee_par=qui.departement),
        lambda preparation, qui: preparation.abandonner(par=qui.departement),
    ),
    "retirer un point d’étape": (
        lambda _: creer_point(creer_action(), localdate()),
        lambda point, qui: point.retirer(par=qui.departement, motif="Erreur."),
    ),
    "nommer une référente": (
        lambda _: creer_membre(role="contributeur"),
        lambda membre, qui: membre.nommer_referent(par=qui.departement),
    ),
    "retirer un membre": (
        _membre_qui_a_invite,
        lambda membre, qui: membre.sortir(par=qui.departement),
    ),
    "accepter une invitation": (
        lambda _: creer_invitation(courriel=creer_personne().email),
        lambda invitation, _: invitation.accepter(
            Utilisateur.objects.get(email=invitation.courriel)
        ),
    ),
    "annuler une invitation": (
        lambda _: creer_invitation(),
        lambda invitation, qui: invitation.revoquer(par=qui.departement),
    ),
    "confirmer un changement": (
        _changement_demande,
        lambda changement, qui: changement.confirmer(par=qui.departement),
    ),
    "refuser un changement": (
        _changement_demande,
        lambda changement, qui: changement.refuser(par=qui.portail),
    ),
}


def _nouvelle_adhesion(_qui):
    champs = {"apport": "Une permanence.", "contact_nom": "Camille"}
    return Adhesion(
        partenaire=creer_partenaire(),
        contrat=creer_contrat(),
        contact_courriel="camille@exemple.fr",
        **champs,
    )


def _nouvelle_reformulation(_qui):
    contribution = creer_contribution()
    creer_membre(contribution.partenaire)
    return PropositionContribution(
        contribution=contribution, partenaire=contribution.partenaire, texte="Autrement."
    )


def _inviter(ancienne, qui):
    courriel, partenaire = ancienne.courriel, ancienne.partenaire
    Invitation.envoyer_a(courriel, partenaire=partenaire, role="referent", par=qui.departement)


def _fiche_proposee():
    membre = creer_membre()
    return creer_preparation_de_fiche(partenaire=membre.partenaire, preparee_par=membre.utilisateur)


def _proposer_autre_chose(preparation):
    """The same thing proposed again would be nothing."""
    preparation.changements = {"champs": {"presentation": "Une autre présentation."}}
    preparation.proposer(par=preparation.preparee_par)


def _purger(message, _qui):
    appliquer({"code": "comptes", "jours": 365}, simuler=False)


# As above, for what may be done again or starts with nothing.
PLUSIEURS_FOIS = {
    "demander une adhésion": (_nouvelle_adhesion, lambda demande, _: demande.deposer()),
    "demander une inscription": (
        lambda _: Inscription(action=creer_action(**BROUILLON), raison="Un besoin."),
        lambda demande, qui: demande.deposer(par=qui.departement),
    ),
    "confier une modification": (
        lambda _: creer_preparation(),
        lambda preparation, qui: preparation.confier(par=qui.departement, a=qui.departement),
    ),
    "proposer sa fiche": (
        lambda _: _fiche_proposee(),
        lambda preparation, _: _proposer_autre_chose(preparation),
    ),
    "demander une réouverture": (
        lambda _: Reouverture(exercice=clore(creer_contrat(), 2025), raison="Une facture."),
        lambda demande, qui: demande.deposer(par=qui.departement),
    ),
    "réessayer un courriel": (
        lambda _: creer_courrier(),
        lambda courrier, qui: courrier.reessayer(par=qui.portail),
    ),
    "figer un rapport": (
        lambda _: RapportAnnuel(exercice=creer_exercice(annee_id=2024)),
        lambda rapport, qui: rapport.figer(par=qui.departement),
    ),
    "envoyer une proposition": (
        _nouvelle_reformulation,
        lambda proposition, _: proposition.envoyer(
            par=proposition.partenaire.membres.get().utilisateur
        ),
    ),
    "confirmer une contribution": (
        lambda _: creer_membre(creer_contribution().partenaire).partenaire.contributions.get(),
        lambda contribution, _: contribution.confirmer(
            par=contribution.partenaire.membres.get().utilisateur
        ),
    ),
    "inviter": (lambda _: creer_invitation(), _inviter),
    "passer la main": (_membre_qui_a_invite, _passer_la_main),
    "confier une demande": (
        lambda _: creer_adhesion(),
        lambda demande, qui: demande.confier(qui.etat, par=qui.departement),
    ),
    "confier une invitation": (
        lambda _: creer_invitation(),
        lambda invitation, qui: invitation.confier(qui.etat, par=qui.departement),
    ),
    "demander un changement": (
        lambda qui: creer_agent("Agents de l’État", "collegue@etat.exemple"),
        lambda compte, qui: ChangementDeCompte.demander(
            compte, NatureChangement.SECOND_FACTEUR, par=qui.portail
        ),
    ),
    "purger": (lambda _: creer_personne(date_joined=now() - timedelta(days=400)), _purger),
}


@pytest.mark.parametrize("nom", UNE_FOIS)
def test_une_copie_perimee_ne_refait_pas_une_transition(nom, qui):
    preparer, faire = UNE_FOIS[nom]
    objet = preparer(qui)
    copie = type(objet).objects.get(pk=objet.pk)

    faire(objet, qui)

    with pytest.raises(REFUS):
        faire(copie, qui)


def _photo() -> dict[type[models.Model], list[dict]]:
    return {modele: list(modele._base_manager.values()) for modele in apps.get_models()}


@pytest.mark.parametrize("nom", [*UNE_FOIS, *PLUSIEURS_FOIS])
def test_une_transition_que_le_journal_refuse_ne_laisse_rien(nom, qui, monkeypatch):
    preparer, faire = {**UNE_FOIS, **PLUSIEURS_FOIS}[nom]
    objet = preparer(qui)
    avant = _photo()
    monkeypatch.setattr(EntreeJournal, "save", _echouer)

    with pytest.raises(ZeroDivisionError):
        faire(objet, qui)

    assert _photo() == avant


def _echouer(*_args, **_kwargs):
    raise ZeroDivisionError


# What several people may change at once, and that the transition of another row must hold.
AUSSI_VERROUILLES = {
    "retirer un membre": (
        "partenaires.models.membre",
        _membre_qui_a_invite,
        lambda membre, qui: membre.sortir(par=qui.departement),
        # The invitations that are cancelled with it too.
        lambda membre: [membre.partenaire, membre, *membre.partenaire.invitations.en_cours()],
    ),
    "accepter une reformulation": (
        "actions.models.proposition",
        lambda _: creer_reformulation(),
        lambda p, qui: p.accepter(par=qui.departement, lu=p.actuel),
        lambda p: [p.contribution],
    ),
    "accepter une valeur": (
        "actions.models.proposition",
        _valeur_proposee,
        lambda p, qui: p.accepter(par=qui.departement, lu=p.actuel),
        lambda p: [p.indicateur, p.indicateur.releves.get(annee=p.annee)],
    ),
    "nommer une référente": (
        "partenaires.models.membre",
        lambda _: creer_membre(role="contributeur"),
        lambda membre, qui: membre.nommer_referent(par=qui.departement),
        lambda membre: [membre.partenaire, membre],
    ),
    "passer la main": (
        "partenaires.models.membre",
        _membre_qui_a_invite,
        _passer_la_main,
        lambda membre: [membre.partenaire, *membre.partenaire.invitations.en_cours()],
    ),
    "figer un rapport": (
        "pacte.rapports.models",
        PLUSIEURS_FOIS["figer un rapport"][0],
        PLUSIEURS_FOIS["figer un rapport"][1],
        lambda rapport: [rapport.exercice],
    ),
    "faire paraître un rapport": (
        "pacte.rapports.models",
        UNE_FOIS["faire paraître un rapport"][0],
        UNE_FOIS["faire paraître un rapport"][1],
        lambda rapport: [rapport.exercice],
    ),
    "confier une demande": (
        "contrats.models.adhesion",
        PLUSIEURS_FOIS["confier une demande"][0],
        PLUSIEURS_FOIS["confier une demande"][1],
        lambda demande: [demande],
    ),
    "inviter": (
        "partenaires.models.membre",
        lambda _: creer_invitation(),
        _inviter,
        lambda invitation: [invitation.partenaire],
    ),
    "confirmer un changement": (
        "pacte.comptes.changements",
        _changement_demande,
        lambda changement, qui: changement.confirmer(par=qui.departement),
        lambda changement: [changement, changement.compte],
    ),
    "accepter une note": (
        "actions.models.proposition",
        lambda _: creer_note(),
        lambda note, qui: note.accepter(par=qui.departement, lu=""),
        lambda note: [note.action],
    ),
    "publier une modification": (
        "pacte.socle.preparation",
        UNE_FOIS["publier une modification"][0],
        UNE_FOIS["publier une modification"][1],
        # What it is compared with stays so until it is published.
        lambda preparation: [preparation, preparation.action],
    ),
    "préparer de nouveau": (
        "pacte.socle.preparation",
        lambda _: creer_preparation(),
        _preparer_de_nouveau,
        lambda preparation: [preparation, preparation.action],
    ),
    "confirmer une contribution": (
        "actions.models.contribution",
        PLUSIEURS_FOIS["confirmer une contribution"][0],
        PLUSIEURS_FOIS["confirmer une contribution"][1],
        lambda contribution: [contribution],
    ),
}


@pytest.mark.parametrize("nom", AUSSI_VERROUILLES)
def test_une_transition_retient_ce_que_d_autres_changent_aussi(nom, qui, monkeypatch):
    module, preparer, faire, attendus = AUSSI_VERROUILLES[nom]
    objet, retenus = preparer(qui), []

    def noter(ligne):
        retenus.append(ligne)
        verrouiller(ligne)

    monkeypatch.setattr(f"{module}.verrouiller", noter)
    attendus = attendus(objet)
    faire(objet, qui)

    assert retenus == attendus


def test_verrouiller_retient_la_ligne_jusqu_a_la_fin_de_la_transaction(monkeypatch):
    """SQLite has no such lock: what is asked of the database is read, not its effect."""
    action, lus = creer_action(), []
    monkeypatch.setattr(
        type(action), "refresh_from_db", lambda _self, from_queryset: lus.append(from_queryset)
    )

    verrouiller(action)

    assert lus[0].query.select_for_update
    assert lus[0].query.select_for_update_of == ("self",)
