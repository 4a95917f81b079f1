"""The people of a partner, and the single-use invitations that let them in."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from pacte.socle.courriels import envoyer
from pacte.socle.journal import consigner
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, verrouiller
from partenaires.faits import FaitMembre
from partenaires.models.partenaire import Partenaire

JOURS_DE_VALIDITE = 7
DOUBLE_ENVOI = timedelta(minutes=1)
DROIT_INVITER = "partenaires.add_invitation"


class RoleMembre(models.TextChoices):
    REFERENT = "referent", "référent"
    CONTRIBUTEUR = "contributeur", "contributeur"


# What the members of a partner proposed, by kinds: names of the accessors of `Partenaire`.
PROPOSITIONS = ("propositioncontributions", "propositionreleves", "propositionnotes")


class MembreQuerySet(models.QuerySet["Membre"]):
    def actifs(self) -> Self:
        return self.filter(utilisateur__is_active=True).select_related("utilisateur")

    def referents(self) -> Self:
        return self.actifs().filter(role=RoleMembre.REFERENT)


class Membre(models.Model):
    """A person acts for a partner, in a role; one person may act for several partners."""

    utilisateur = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appartenances"
    )
    partenaire = models.ForeignKey(Partenaire, on_delete=models.PROTECT, related_name="membres")
    role = models.CharField(
        "rôle", max_length=12, choices=RoleMembre, default=RoleMembre.CONTRIBUTEUR
    )
    depuis = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembreQuerySet.as_manager()

    class Meta:
        verbose_name = "membre"
        verbose_name_plural = "membres"
        ordering = ["partenaire", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="membre_une_fois_par_partenaire",
                fields=["utilisateur", "partenaire"],
                violation_error_message="Cette personne agit déjà pour ce partenaire.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.utilisateur}, {self.partenaire.nom_court}"

    @property
    def est_referent(self) -> bool:
        return self.role == RoleMembre.REFERENT

    @property
    def propositions_en_attente(self) -> int:
        """How many proposals of this person nobody answered yet (three queries)."""
        return sum(
            getattr(self.partenaire, nom).en_attente().filter(envoyee_par=self.utilisateur).count()
            for nom in PROPOSITIONS
        )

    @property
    def est_seul_referent(self) -> bool:
        """Tell whether nobody else whose account is open manages this partner (one query)."""
        autres = self.partenaire.membres.referents().exclude(pk=self.pk)
        return self.est_referent and not autres.exists()

    def sortir(self, *, par: Utilisateur) -> None:
        """Take this person out of the partner. The last référent cannot leave.

        What they proposed stays, in the name of the partner; who acts for nobody any more is
        signed out. Raises PermissionDenied unless `par` is a référent there or may invite
        everywhere.
        """
        _exiger_gestion(par, self.partenaire)
        self.quitter(par=par)

    @transaction.atomic
    def quitter(self, *, par: Utilisateur) -> None:
        """As `sortir`, for whoever closes the account: the right is the caller's affair."""
        verrouiller(self.partenaire)  # two référents who leave together would leave none
        if not self.partenaire.membres.filter(pk=self.pk).exists():
            raise TransitionInterdite("Cette personne n’agit déjà plus pour ce partenaire.")
        verrouiller(self)  # named référent meanwhile
        if self.est_seul_referent:
            raise TransitionInterdite("C’est la seule personne référente : en nommer une autre.")
        for invitation in self.partenaire.invitations.en_cours().filter(par=self.utilisateur):
            invitation.annuler(par=par)
        self._partir(par)

    @transaction.atomic
    def passer_la_main(self, a: "Membre", *, par: Utilisateur) -> None:
        """Hand over to `a` what this person carries for the partner, and leave it.

        The right is that of `Passation`, which calls it. Raises TransitionInterdite when `a` is
        not, or no longer, somebody else who acts for this partner.
        """
        verrouiller(self.partenaire)
        if not self.partenaire.membres.actifs().exclude(pk=self.pk).filter(pk=a.pk).exists():
            raise TransitionInterdite(f"{a.utilisateur} n’agit pas pour {self.partenaire}.")
        if self.est_referent and not a.est_referent:
            a._devenir_referent(par)
        for invitation in self.partenaire.invitations.en_cours().filter(par=self.utilisateur):
            invitation.confier(a.utilisateur, par=par)
        self._partir(par)

    @transaction.atomic
    def nommer_referent(self, *, par: Utilisateur) -> None:
        """Let this person invite and take out members. Raises as `sortir`."""
        _exiger_gestion(par, self.partenaire)
        verrouiller(self.partenaire)
        verrouiller(self)
        if self.est_referent:
            raise TransitionInterdite("Cette personne est déjà référente.")
        self._devenir_referent(par)

    def _devenir_referent(self, par: Utilisateur) -> None:
        self.role = RoleMembre.REFERENT
        self.save()
        consigner(self.partenaire, FaitMembre.NOMME, par=par, membre=self.utilisateur_id)

    def _partir(self, par: Utilisateur) -> None:
        compte = self.utilisateur
        consigner(self.partenaire, FaitMembre.SORTI, par=par, membre=compte.pk)
        self.delete()
        if not compte.is_staff and not compte.appartenances.exists():
            compte.fermer_les_sessions()


class InvitationInutilisable(Exception):
    """The link was used, revoked or is too old; the message says which."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def en_cours(self) -> Self:
        """Invitations that may still be accepted."""
        return self.filter(
            utilisee_le__isnull=True, revoquee_le__isnull=True, expire_le__gt=timezone.now()
        )

    def retrouver(self, jeton: str) -> "Invitation | None":
        """Return the invitation whose link holds `jeton`, or None."""
        return self.select_related("partenaire", "par").filter(empreinte=_empreinte(jeton)).first()


def _empreinte(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def _exiger_gestion(par: Utilisateur, partenaire: Partenaire) -> None:
    est_referent = partenaire.membres.filter(utilisateur=par, role=RoleMembre.REFERENT).exists()
    if not est_referent and not par.has_perm(DROIT_INVITER):
        raise PermissionDenied("Seule une personne référente gère les membres.")


class Invitation(models.Model):
    """A link sent to one address, used once, within a week, unless revoked.

    The database keeps a digest: the link itself is only in the message.
    """

    partenaire = models.ForeignKey(Partenaire, on_delete=models.PROTECT, related_name="invitations")
    courriel = models.EmailField("adresse électronique")
    role = models.CharField("rôle", max_length=12, choices=RoleMembre)
    empreinte = models.CharField(max_length=64, unique=True, editable=False)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="invité par",
        on_delete=models.PROTECT,  # an invitation keeps its author
        related_name="+",
        editable=False,
    )
    creee_le = models.DateTimeField("créée le", default=timezone.now, editable=False)
    expire_le = models.DateTimeField("expire le", editable=False)
    utilisee_le = models.DateTimeField("utilisée le", null=True, blank=True, editable=False)
    revoquee_le = models.DateTimeField("révoquée le", null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-creee_le"]
        constraints = [
            models.CheckConstraint(
                name="invitation_expire_apres_sa_creation",
                condition=Q(expire_le__gt=F("creee_le")),
                violation_error_message="Une invitation expire après sa création.",
            ),
            models.CheckConstraint(
                name="invitation_utilisee_ou_revoquee",
                condition=Q(utilisee_le__isnull=True) | Q(revoquee_le__isnull=True),
                violation_error_message="Une invitation utilisée ne se révoque plus.",
            ),
            models.UniqueConstraint(
                Lower("courriel"),
                "partenaire",
                name="invitation_une_ouverte_par_adresse",
                condition=Q(utilisee_le__isnull=True, revoquee_le__isnull=True),
                violation_error_message="Cette adresse a déjà une invitation.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courriel}, {self.partenaire.nom_court}"

    @classmethod
    @transaction.atomic
    def envoyer_a(
        cls, courriel: str, *, partenaire: Partenaire, role: str, par: Utilisateur
    ) -> "Invitation":
        """Invite `courriel` to act for `partenaire`; an earlier link to it stops working.

        The same invitation, asked again by the same person within a minute, is the one that left.
        Raises PermissionDenied unless `par` is a référent there or may invite everywhere,
        TransitionInterdite when the person is a member already, or has a closed account.
        """
        _exiger_gestion(par, partenaire)
        verrouiller(partenaire)  # a double click: the second sees what the first sent
        courriel = courriel.lower()
        cls.verifier_le_destinataire(courriel, partenaire)
        ouvertes = partenaire.invitations.select_for_update().filter(
            courriel__iexact=courriel, utilisee_le__isnull=True, revoquee_le__isnull=True
        )
        recentes = ouvertes.filter(role=role, par=par, creee_le__gt=timezone.now() - DOUBLE_ENVOI)
        if partie := recentes.first():
            return partie
        for ancienne in ouvertes:
            ancienne.revoquee_le = timezone.now()
            ancienne.save()
        invitation, jeton = cls._ecrire(courriel, partenaire=partenaire, role=role, par=par)
        consigner(partenaire, FaitMembre.INVITE, par=par, invitation=invitation.pk, role=str(role))
        lien = reverse("invitation:accepter", args=[jeton])
        dit = {"invitation": invitation, "jours": JOURS_DE_VALIDITE}
        envoyer("invitation", [courriel], lien, expire_le=invitation.expire_le, **dit)
        return invitation

    @classmethod
    def _ecrire(cls, courriel: str, **champs: Any) -> tuple["Invitation", str]:
        """Return a new invitation and the secret of its link, of which only a digest is kept."""
        jeton = secrets.token_urlsafe(32)
        expire_le = timezone.now() + timedelta(days=JOURS_DE_VALIDITE)
        invitation = cls(
            courriel=courriel, empreinte=_empreinte(jeton), expire_le=expire_le, **champs
        )
        invitation.full_clean()
        invitation.save()
        return invitation, jeton

    @staticmethod
    def verifier_le_destinataire(courriel: str, partenaire: Partenaire) -> None:
        """Raise TransitionInterdite for a member already, or for an account that was closed."""
        if partenaire.membres.filter(utilisateur__email__iexact=courriel).exists():
            raise TransitionInterdite("Cette personne agit déjà pour ce partenaire.")
        if get_user_model().objects.filter(email__iexact=courriel, is_active=False).exists():
            raise TransitionInterdite(
                "Ce compte a été fermé : l’administration du portail peut le rouvrir."
            )

    def verifier(self) -> None:
        """Raise InvitationInutilisable, saying why, unless it may be accepted now."""
        if self.utilisee_le:
            raise InvitationInutilisable("Cette invitation a déjà servi.")
        if self.revoquee_le:
            raise InvitationInutilisable("Cette invitation a été annulée.")
        if self.expire_le <= timezone.now():
            raise InvitationInutilisable("Cette invitation a expiré.")

    @transaction.atomic
    def accepter(self, utilisateur: Utilisateur) -> Membre:
        """Make `utilisateur`, whose address was invited, a member.

        Raises InvitationInutilisable when the link is no longer good, PermissionDenied for
        another address than the one invited.
        """
        verrouiller(self)
        self.verifier()
        if utilisateur.email.lower() != self.courriel.lower():
            raise PermissionDenied("Cette invitation est adressée à quelqu’un d’autre.")
        membre, _ = Membre.objects.get_or_create(
            utilisateur=utilisateur, partenaire=self.partenaire, defaults={"role": self.role}
        )
        self.utilisee_le = timezone.now()
        self.save()
        consigner(self.partenaire, FaitMembre.ENTRE, par=utilisateur, role=str(self.role))
        return membre

    def revoquer(self, *, par: Utilisateur) -> None:
        """Make the link useless. Raises as `envoyer_a`, TransitionInterdite when it was used."""
        _exiger_gestion(par, self.partenaire)
        self.annuler(par=par)

    @transaction.atomic
    def annuler(self, *, par: Utilisateur) -> None:
        """As `revoquer`, for whoever takes its author out: the right is the caller's affair."""
        self._ouvrir()
        self.revoquee_le = timezone.now()
        self.save()
        consigner(self.partenaire, FaitMembre.INVITATION_REVOQUEE, par=par, invitation=self.pk)

    @transaction.atomic
    def confier(self, a: Utilisateur, *, par: Utilisateur) -> None:
        """Put `a` in the place of its author, who is leaving; the link stays good.

        The right is that of `Passation`. Raises TransitionInterdite when it is no longer open.
        """
        self._ouvrir()
        self.par = a
        self.save()
        fait = FaitMembre.INVITATION_CONFIEE
        consigner(self.partenaire, fait, par=par, invitation=self.pk, a=a.pk)

    def _ouvrir(self) -> None:
        verrouiller(self)
        if self.utilisee_le or self.revoquee_le:
            raise TransitionInterdite("Cette invitation n’est plus en cours.")
