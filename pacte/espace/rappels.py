"""Reminders: what is due, in one message per person, at most every 25 days."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localdate

from actions.models import GENRES
from pacte.comite.demandes import DEMANDES_A_DEUX
from pacte.comite.models import Decision
from pacte.espace.attendus import Attendu, attendus_de
from pacte.portail.models import Message
from pacte.socle.courriels import envoyer
from pacte.socle.double_accord import parties_de
from pacte.socle.models import Utilisateur
from pacte.socle.typographie import date_fr, pluriel
from partenaires.models import RoleMembre

JOURS_ENTRE_DEUX_RAPPELS = 25


@dataclass(frozen=True)
class Rappel:
    """What one person is reminded of: lines of text, and the page where all of it is done."""

    destinataire: Utilisateur
    lignes: list[str]
    lien: str


def rappels_dus() -> list[Rappel]:
    """Return a reminder for each person who has something due and had none for 25 days.

    Référents are told of what their partners have to do, officers of what their side has to
    decide, of the decisions of the committee that it follows, of the proposals that they may
    answer and of the messages that wait for a reply. What
    is done is in no list: nothing is stored but the date of the last reminder.
    """
    limite = localdate() - timedelta(days=JOURS_ENTRE_DEUX_RAPPELS)
    personnes = Utilisateur.objects.filter(
        Q(rappele_le__isnull=True) | Q(rappele_le__lte=limite), is_active=True
    )
    concernees = personnes.filter(
        Q(appartenances__role=RoleMembre.REFERENT) | Q(is_staff=True)
    ).distinct()
    rappels = [_rappel_de(personne) for personne in concernees]
    return [rappel for rappel in rappels if rappel.lignes]


def envoyer_rappel(rappel: Rappel) -> None:
    """Write one reminder in the outbox, and remember its date."""
    envoyer("rappel", [rappel.destinataire.email], rappel.lien, lignes=rappel.lignes)
    rappel.destinataire.rappele_le = localdate()
    rappel.destinataire.save(update_fields=["rappele_le"])


def _rappel_de(personne: Utilisateur) -> Rappel:
    referent = personne.appartenances.filter(role=RoleMembre.REFERENT)
    partenaires = [membre.partenaire for membre in referent.select_related("partenaire")]
    lignes = [
        f"{partenaire.nom_court} – {_dire(attendu)}"
        for partenaire in partenaires
        for attendu in attendus_de(partenaire)
    ]
    lignes += _pour_un_agent(personne) if personne.is_staff else []
    page = "espace:accueil" if partenaires else "admin:index"
    return Rappel(personne, lignes, reverse(page))


def _pour_un_agent(personne: Utilisateur) -> list[str]:
    demandes = [
        f"{demande} : {demande.dire_pour(partie).lower()}"
        for partie in parties_de(personne)
        for modele, noms in DEMANDES_A_DEUX.items()
        for demande in modele._default_manager.a_decider_par(  # type: ignore[attr-defined]  # of each
            partie
        ).select_related(*noms)
    ]
    decisions = [
        f"Décision du comité : {decision.libelle} ({decision.suite})"
        for partie in parties_de(personne)
        for decision in Decision.objects.a_suivre_par(partie)
    ]
    a_relire = sum(
        modele.objects.en_attente().count()
        for modele in GENRES.values()
        if personne.has_perm(f"actions.moderer_{modele._meta.model_name}")
    )
    relire = [f"{pluriel(a_relire, 'proposition')} à relire"] if a_relire else []
    return [*demandes, *decisions, *relire, *_messages_a_repondre(personne)]


def _messages_a_repondre(personne: Utilisateur) -> list[str]:
    if not personne.has_perm("pacte.repondre_message"):
        return []
    return [
        f"Message {message.reference}, à répondre avant le {date_fr(message.avant_le)}"
        for message in Message.objects.a_traiter()
    ]


def _dire(attendu: Attendu) -> str:
    quand = f" (avant le {date_fr(attendu.avant_le)})" if attendu.avant_le else ""
    return f"{attendu.quoi}, {attendu.action}{quand}"
