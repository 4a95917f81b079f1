"""People, requests, proposals and messages: one of everything, in each of its positions."""

from datetime import timedelta
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.timezone import localdate

from actions.faits import FaitAction
from actions.models import (
    Action,
    Indicateur,
    Inscription,
    PreparationAction,
    PropositionContribution,
    PropositionNote,
    PropositionReleve,
    Subvention,
)
from contrats.models import Acte, Adhesion, Contrat, Exercice, Reouverture, Signature
from pacte.comptes.changements import ChangementDeCompte
from pacte.portail.models import Message
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.mots import MotDePartie
from pacte.socle.courrier import Courrier
from pacte.socle.delais import ajouter_des_mois
from pacte.socle.double_accord import Partie
from pacte.socle.models import Utilisateur
from partenaires.models import Invitation, Membre, Partenaire, PreparationPartenaire

UneProposition = TypeVar(
    "UneProposition", PropositionContribution, PropositionNote, PropositionReleve
)

DIT = "Exemple fictif. "
# Position of a request → the name of who asks.
CANDIDATS = {
    "demandee": "Association d’exemple des Écrins",
    "a_moitie": "Atelier d’exemple du Buëch",
    "accordee": "Régie d’exemple de l’Embrunais",
    "signee": "Épicerie d’exemple du Champsaur",
    "refusee": "Club d’exemple du Dévoluy",
}


def faire_vivre(agents: dict[str, Utilisateur], membres: dict[str, Utilisateur]) -> None:
    """Give partners their people, and every queue its lines."""
    for slug, membre in membres.items():
        partenaire = Partenaire.objects.get(slug=slug)
        Membre.objects.create(utilisateur=membre, partenaire=partenaire, role="referent")
        _confier_des_indicateurs(partenaire)
    _proposer(agents, membres)
    for position, nom in CANDIDATS.items():
        _demander(position, nom, agents)
    _inscrire()
    _ecrire()
    _laisser_un_courriel()
    _changer_un_compte(agents)
    _inviter(membres["msa"])
    _rapporter(agents)
    _subventionner()
    _preparer(agents["departement"], membres["wimoov"])


def _confier_des_indicateurs(partenaire: Partenaire) -> None:
    siennes = partenaire.contributions.values("action")
    Indicateur.objects.filter(action__in=siennes, compte_personnes=True).update(
        responsable=partenaire
    )
    # One contribution of each is confirmed for the year, the others are to be.
    for contribution in partenaire.contributions.all()[:1]:
        membre = partenaire.membres.get().utilisateur
        contribution.confirmee_le, contribution.confirmee_par = localdate(), membre
        contribution.save()
        contribution.consigner(FaitAction.CONTRIBUTION_CONFIRMEE, par=membre)


def _proposer(agents: dict[str, Utilisateur], membres: dict[str, Utilisateur]) -> None:
    """One proposal of each kind waits; one was accepted, one refused."""
    par = membres["msa"]
    msa = Partenaire.objects.get(slug="msa")
    contributions = list(msa.contributions.select_related("action"))
    _ajouter(
        PropositionContribution,
        msa,
        par,
        contribution=contributions[0],
        texte=f"{DIT}MSA reçoit les personnes deux fois par semaine.",
    )
    _ajouter(
        PropositionNote,
        msa,
        par,
        action=contributions[0].action,
        texte=f"{DIT}Deux réunions avec les exploitants.",
    )
    indicateur = Indicateur.objects.filter(responsable=msa).first()
    _ajouter(PropositionReleve, msa, par, indicateur=indicateur, annee_id=2026, valeur=57)
    reponses = {"acceptee": "Merci.", "refusee": f"{DIT}À préciser : de quelle année parlez-vous ?"}
    for statut, motif in reponses.items():
        proposition = _ajouter(
            PropositionContribution,
            msa,
            par,
            contribution=contributions[-1],
            texte=f"{DIT}Une formulation {statut}.",
            statut=statut,
        )
        proposition.traitee_le, proposition.traitee_par = timezone.now(), agents["departement"]
        proposition.motif = motif
        proposition.save()


def _ajouter(
    modele: type[UneProposition],
    partenaire: Partenaire,
    par: Utilisateur,
    statut: str = "envoyee",
    **champs: Any,
) -> UneProposition:
    """Write a proposal as `envoyer` would, telling nobody; an answered one is completed after."""
    proposition = modele(partenaire=partenaire, envoyee_par=par, **champs)
    proposition.avant = proposition.actuel
    proposition.statut = "retiree" if statut != "envoyee" else statut
    proposition.save()
    proposition.statut = statut
    return proposition


def _demander(position: str, nom: str, agents: dict[str, Utilisateur]) -> None:
    rang = list(CANDIDATS).index(position)
    deposee_le = timezone.now() - timedelta(days=9 + 7 * rang)
    candidat = Partenaire.objects.create(
        nom=nom,
        slug=f"exemple-{position.replace('_', '-')}",
        nature="association",
        est_candidat=True,
    )
    adhesion = Adhesion(
        partenaire=candidat,
        contrat=Contrat.objects.get(slug="cls"),
        apport=f"{DIT}{rang + 1} permanence(s) par semaine.",
        contact_nom=f"Personne fictive n° {rang + 1}",
        contact_courriel=f"candidat-{rang + 1}@demonstration.invalid",
        deposee_le=deposee_le,
    )
    le = deposee_le + timedelta(days=3)
    if position in ("a_moitie", "accordee", "signee"):
        adhesion.accord_etat_le, adhesion.accord_etat_par = le, agents["etat"]
    if position in ("accordee", "signee"):
        adhesion.statut, adhesion.accord_departement_le = "accordee", le
        adhesion.accord_departement_par = agents["departement"]
    if position == "refusee":
        adhesion.statut, adhesion.refus_partie = "refusee", "departement"
        adhesion.refus_le, adhesion.refus_par = le, agents["departement"]
        adhesion.motif_refus = f"{DIT}L’association n’agit pas dans le département."
    adhesion.save()
    if position == "signee":
        _signer(adhesion)


def _signer(adhesion: Adhesion) -> None:
    candidat = adhesion.partenaire
    candidat.est_candidat = False
    candidat.publication, candidat.visible_depuis = "visible", timezone.now()
    candidat.save()
    acte = Acte.objects.filter(contrat=adhesion.contrat, signe_le__isnull=False)[0]
    adhesion.signature = Signature.objects.create(
        acte=acte, partenaire=candidat, qualite="présidente", signe_le=localdate()
    )
    adhesion.save()


def _inscrire() -> None:
    """An action added since the deeds, of which both parties are asked."""
    volet = Action.objects.get(code="CLS-1-01").volet
    nouvelle = Action.objects.create(
        code=Action.objects.code_suivant(volet),
        titre="Action d’exemple à inscrire",
        slug="action-d-exemple-a-inscrire",
        volet=volet,
    )
    Inscription.objects.create(action=nouvelle, raison=f"{DIT}Un besoin est apparu en 2026.")


def _ecrire() -> None:
    for rang, (sujet, repondu) in enumerate(
        [("question", False), ("accessibilite", False), ("question", True)]
    ):
        recu_le = timezone.now() - timedelta(days=3 + 4 * rang)
        Message.objects.create(
            sujet=sujet,
            texte=f"{DIT}Message n° {rang + 1}.",
            courriel=f"lecteur-{rang + 1}@demonstration.invalid",
            recu_le=recu_le,
            avant_le=localdate() + timedelta(days=12 - 6 * rang),
            repondu_le=timezone.now() if repondu else None,
        )


def _laisser_un_courriel() -> None:
    """One message that did not leave: whoever administers the portal has something to try again."""
    ecrit_le = timezone.now() - timedelta(days=4)
    Courrier.objects.create(
        destinataire="adresse-fermee@demonstration.invalid",
        objet=f"{DIT}Ce que le Pacte attend de vous",
        corps=DIT,
        statut="echoue",
        ecrit_le=ecrit_le,
        essais=1,
        prochain_essai_le=None,
        raison=f"{DIT}Le serveur ne connaît pas cette adresse.",
        fini_le=ecrit_le,
    )


def _changer_un_compte(agents: dict[str, Utilisateur]) -> None:
    ChangementDeCompte.objects.create(
        compte=agents["etat"],
        nature="second_facteur",
        ancienne_adresse=agents["etat"].email,
        demande_par=agents["portail"],
    )


def _inviter(par: Utilisateur) -> None:
    maintenant = timezone.now()
    Invitation.objects.create(
        partenaire=Partenaire.objects.get(slug="msa"),
        courriel="invitee@demonstration.invalid",
        role="contributeur",
        empreinte="d" * 64,
        par=par,
        creee_le=maintenant,
        expire_le=maintenant + timedelta(days=7),
    )


def _rapporter(agents: dict[str, Utilisateur]) -> None:
    """The first exercise of a contract was reported, and one of the parties would correct it.

    That of another contract is frozen, and waits for both.
    """
    exercice = Exercice.objects.filter(contrat__slug="cpt").earliest("annee")
    for partie in Partie:
        mot = MotDePartie(exercice=exercice, partie=partie)
        mot.ecrire(f"{DIT}Une première année pour s’organiser.", par=agents[partie])
    rapport = RapportAnnuel(exercice=exercice)
    rapport.figer(par=agents["departement"])
    for partie in Partie:
        rapport.accorder(partie, par=agents[partie])
    suivant = Exercice.objects.filter(contrat__slug="cdie").earliest("annee")
    RapportAnnuel(exercice=suivant).figer(par=agents["departement"])
    raison = f"{DIT}Une facture est arrivée après la remise du rapport."
    Reouverture.objects.create(exercice=exercice, raison=raison)


def _subventionner() -> None:
    """A convention that the law wants published, and that cannot be yet: no SIRET is known."""
    Subvention.objects.create(
        action=Action.objects.visibles().earliest("code"),
        attribuant=Partenaire.objects.get(partie="departement"),
        beneficiaire=Partenaire.objects.get(slug="wimoov"),
        objet=f"{DIT}Accompagner des déplacements.",
        convention_le=ajouter_des_mois(localdate(), -4),
        reference="EXEMPLE-1",
        montant="30000",
        conditions="échelonné",
    )


def _preparer(agent: Utilisateur, membre: Utilisateur) -> None:
    """A change of an action waits to be published, and one that a partner proposed of itself."""
    action = Action.objects.visibles().earliest("code")
    PreparationAction(action=action, preparee_par=agent).prevoir(
        {"en_clair": f"{DIT}{action.en_clair or action.titre}, avec un accueil le soir."}
    ).ecrire(par=agent)
    wimoov = Partenaire.objects.get(slug="wimoov")
    PreparationPartenaire(partenaire=wimoov, preparee_par=membre).prevoir(
        {"presentation": f"{DIT}Une présentation que le partenaire propose."}
    ).ecrire(par=membre)
