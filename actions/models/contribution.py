"""What a partner brings to an action."""

from typing import Self

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import localdate
from simple_history.models import HistoricalRecords

from actions.faits import FaitAction
from actions.models.visibilite import q_action_visible
from contrats.models import Adhesion
from pacte.socle.journal import consigner
from pacte.socle.models import Utilisateur
from pacte.socle.publication import q_visible
from pacte.socle.transitions import verrouiller
from partenaires.models import Partenaire


class RoleContribution(models.TextChoices):
    PILOTE = "pilote", "pilote"
    COPILOTE = "copilote", "copilote"
    OPERATEUR = "operateur", "opérateur"
    FINANCEUR = "financeur", "financeur"
    ASSOCIE = "associe", "associé"


ROLES_DE_PILOTAGE = (RoleContribution.PILOTE, RoleContribution.COPILOTE)


class NatureContribution(models.TextChoices):
    FINANCEMENT = "financement", "financement"
    PERSONNEL = "personnel", "personnel"
    LOCAUX = "locaux", "locaux"
    EXPERTISE = "expertise", "expertise"
    DONNEES = "donnees", "données"
    BENEVOLAT = "benevolat", "bénévolat"
    AUTRE = "autre", "autre"


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def publiques(self) -> Self:
        """Contributions of visible partners to visible actions."""
        publiques = self.filter(q_visible("partenaire"), q_action_visible("action"))
        return publiques.select_related(
            "partenaire", "action__volet__axe", "action__volet__contrat"
        )

    def a_confirmer_en(self, annee: int) -> Self:
        """Contributions whose known period does not exclude `annee`, not confirmed that year."""
        return self.filter(
            Q(annee_debut__isnull=True) | Q(annee_debut__lte=annee),
            Q(annee_fin__isnull=True) | Q(annee_fin__gte=annee),
            ~Q(confirmee_le__year=annee),
        )


class Contribution(models.Model):
    """« La contribution de chaque institution »: a role, a nature, a sentence.

    The period is in years of the pact, None meaning unknown; `etp` counts full-time posts.
    """

    INTERNES = frozenset({"annee_fin"})

    action = models.ForeignKey("Action", on_delete=models.CASCADE, related_name="contributions")
    partenaire = models.ForeignKey(
        Partenaire, on_delete=models.PROTECT, related_name="contributions"
    )
    role = models.CharField("rôle", max_length=10, choices=RoleContribution)
    nature = models.CharField(max_length=12, choices=NatureContribution)
    etp = models.DecimalField(
        "ETP",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Équivalents temps plein, pour du personnel.",
    )
    texte = models.TextField("ce qu’il apporte", help_text="Une phrase, publiée telle quelle.")
    annee_debut = models.PositiveSmallIntegerField("de (année)", null=True, blank=True)
    annee_fin = models.PositiveSmallIntegerField("à (année)", null=True, blank=True)
    confirmee_le = models.DateField("confirmée le", null=True, blank=True)
    confirmee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="confirmée par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,  # a confirmation keeps its author
        related_name="+",
    )

    adhesion = models.OneToOneField(
        Adhesion,
        verbose_name="née de la demande",
        on_delete=models.PROTECT,  # what was asked for stays linked to what came of it
        null=True,
        blank=True,
        editable=False,
        related_name="contribution",
    )

    objects = ContributionQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "contribution"
        verbose_name_plural = "contributions"
        ordering = ["action", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="contribution_unique",
                fields=["action", "partenaire", "role", "nature"],
                violation_error_message="Ce partenaire a déjà une contribution de ce rôle et de "
                "cette nature à cette action.",
            ),
            models.CheckConstraint(
                name="contribution_etp_de_personnel",
                condition=Q(etp__isnull=True) | Q(etp__gte=0, nature=NatureContribution.PERSONNEL),
                violation_error_message="Les ETP ne se comptent que pour du personnel.",
            ),
            models.CheckConstraint(
                name="contribution_annees_en_ordre",
                condition=Q(annee_debut__isnull=True)
                | Q(annee_fin__isnull=True)
                | Q(annee_debut__lte=F("annee_fin")),
                violation_error_message="La dernière année ne précède pas la première.",
            ),
            models.CheckConstraint(
                name="contribution_confirmation_entiere",
                condition=Q(confirmee_le__isnull=True, confirmee_par__isnull=True)
                | Q(confirmee_le__isnull=False, confirmee_par__isnull=False),
                violation_error_message="Une confirmation a une date et un auteur.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partenaire.nom_court}, {self.get_role_display()}"

    def clean(self) -> None:
        if self.confirmee_le and self.confirmee_le > localdate():
            message = "Une confirmation est datée d’aujourd’hui au plus tard."
            raise ValidationError({"confirmee_le": message})

    @property
    def est_un_pilotage(self) -> bool:
        """Tell whether the partner leads the action, alone or with another."""
        return self.role in ROLES_DE_PILOTAGE

    @transaction.atomic
    def confirmer(self, *, par: Utilisateur) -> None:
        """Say, for its partner, that the contribution stands this year.

        Raises PermissionDenied unless `par` acts for the partner. A second call in the year
        changes nothing.
        """
        if not self.partenaire.membres.filter(utilisateur=par).exists():
            raise PermissionDenied("Seul le partenaire confirme sa contribution.")
        verrouiller(self)
        aujourd_hui = localdate()
        if self.confirmee_le and self.confirmee_le.year == aujourd_hui.year:
            return
        self.confirmee_le, self.confirmee_par = aujourd_hui, par
        self.full_clean()
        self.save()
        self.consigner(FaitAction.CONTRIBUTION_CONFIRMEE, par=par)

    def consigner(self, fait: FaitAction, *, par: Utilisateur) -> None:
        """Journal `fait`, with the action and the partner that it is about."""
        consigner(self, fait, par=par, action=self.action_id, partenaire=self.partenaire_id)
