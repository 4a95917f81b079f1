"""The table of retention, applied: what `manage.py purger` erases or makes anonymous.

Each rule has the code of its line in `referentiel/traitements.yaml`, which the public page shows.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from contrats.models import Adhesion
from pacte.echanges.models import Importation
from pacte.portail.models import Message
from pacte.socle.courrier import Courrier
from pacte.socle.double_accord import StatutAccord
from pacte.socle.journal import FaitCompte, consigner
from pacte.socle.models import Utilisateur
from partenaires.models import Invitation, Membre

ANONYME = "anonyme.invalid"
# The rows that a rule concerns, and what it does to them.
Regle = tuple[QuerySet[Any], Callable[[Any], object]]


def _messages(limite: datetime) -> Regle:
    return Message.objects.filter(repondu_le__lt=limite), lambda lignes: lignes.delete()


def _demandes(limite: datetime) -> Regle:
    closes = Adhesion.objects.filter(
        Q(refus_le__lt=limite) | Q(statut=StatutAccord.RETIREE, deposee_le__lt=limite)
    ).exclude(contact_courriel__endswith=f"@{ANONYME}")
    return closes, _oublier_le_contact


def _oublier_le_contact(demandes: QuerySet[Adhesion]) -> None:
    for demande in demandes:
        champs = {
            "contact_nom": "anonymisé",
            "contact_fonction": "",
            "contact_courriel": f"demande-{demande.pk}@{ANONYME}",
        }
        Adhesion.objects.filter(pk=demande.pk).update(**champs)
        demande.historique.update(**champs)


def _invitations(limite: datetime) -> Regle:
    perdues = Invitation.objects.filter(utilisee_le__isnull=True, expire_le__lt=limite)
    return perdues, lambda lignes: lignes.delete()


def _inactifs(limite: datetime) -> QuerySet[Utilisateur]:
    """Accounts of partners alone: those of officers are closed by hand, on departure."""
    return Utilisateur.objects.annotate(vu_le=Coalesce("last_login", F("date_joined"))).filter(
        is_staff=False, is_superuser=False, vu_le__lt=limite
    )


def _comptes(limite: datetime) -> Regle:
    return _inactifs(limite).filter(is_active=True), _fermer


def _fermer(comptes: QuerySet[Utilisateur]) -> None:
    for compte in comptes:
        compte.fermer()
        consigner(compte, FaitCompte.FERME)


def _comptes_fermes(limite: datetime) -> Regle:
    fermes = _inactifs(limite).filter(is_active=False)
    return fermes.exclude(email__endswith=f"@{ANONYME}"), _anonymiser


def _anonymiser(comptes: QuerySet[Utilisateur]) -> None:
    """Keep the row, which decisions refer to, and nothing that says whose it was."""
    for compte in comptes:
        Membre.objects.filter(utilisateur=compte).delete()
        Authenticator.objects.filter(user=compte).delete()
        EmailAddress.objects.filter(user=compte).delete()
        anonyme = f"compte-{compte.pk}@{ANONYME}"
        Invitation.objects.filter(courriel__iexact=compte.email).update(courriel=anonyme)
        compte.first_name, compte.last_name = "", "Compte anonymisé"
        compte.email = anonyme
        compte.set_unusable_password()
        compte.save()


def _sessions(limite: datetime) -> Regle:
    """Ended sessions, with or without an account; and the list of those of accounts."""
    finies = Session.objects.filter(expire_date__lt=timezone.now())

    def oublier(sessions: QuerySet[Session]) -> None:
        sessions.delete()
        UserSession.objects.filter(created_at__lt=limite).delete()

    return finies, oublier


def _imports(limite: datetime) -> Regle:
    """Files that can no longer be applied nor undone: what they held goes, what they did stays."""
    anciens = Importation.objects.annotate(utile_le=Coalesce("applique_le", "depose_le")).filter(
        utile_le__lt=limite
    )
    pleins = Importation.objects.filter(pk__in=anciens.values("pk")).exclude(contenu=b"")
    return pleins, lambda fichiers: fichiers.update(contenu=b"", retour=[])


def _courriels(limite: datetime) -> Regle:
    """What left, was abandoned or failed long ago; and the text of what can no longer leave."""
    finis = Courrier.objects.filter(fini_le__lt=limite)

    def oublier(courriels: QuerySet[Courrier]) -> None:
        courriels.delete()
        Courrier.objects.filter(fini_le__isnull=False, expire_le__lte=timezone.now()).update(
            corps=""
        )

    return finis, oublier


REGLES: dict[str, Callable[[datetime], Regle]] = {
    "messages": _messages,
    "demandes": _demandes,
    "invitations": _invitations,
    "comptes": _comptes,
    "comptes_fermes": _comptes_fermes,
    "sessions": _sessions,
    "imports": _imports,
    "courriels": _courriels,
}


@transaction.atomic
def appliquer(traitement: dict[str, Any], *, simuler: bool) -> int:
    """Apply one line of the table; return how many rows it concerns, purged or only counted."""
    limite = timezone.now() - timedelta(days=traitement["jours"])
    lignes, geste = REGLES[traitement["code"]](limite)
    nombre = lignes.count()
    if not simuler:
        geste(lignes)
    return nombre
