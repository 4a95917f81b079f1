"""Where an action stands, and what each position demands."""

from django.db import models
from django.db.models import Q


class StatutAction(models.TextChoices):
    NON_RENSEIGNE = "non_renseigne", "statut non communiqué"
    A_L_ETUDE = "a_l_etude", "à l’étude"
    A_LANCER = "a_lancer", "à lancer"
    EN_COURS = "en_cours", "en cours"
    SUSPENDUE = "suspendue", "suspendue"
    REPORTEE = "reportee", "reportée"
    REALISEE = "realisee", "réalisée"
    ABANDONNEE = "abandonnee", "abandonnée"

    def accorde(self, nombre: int) -> str:
        """Return the label for `nombre` actions: « réalisée », « réalisées »."""
        if nombre < 2:
            return self.label
        if self is StatutAction.NON_RENSEIGNE:
            return "statuts non communiqués"
        # « en cours », « à lancer » and « à l’étude » do not change.
        return self.label if " " in self.label else f"{self.label}s"


STATUTS_MOTIVES = [StatutAction.SUSPENDUE, StatutAction.REPORTEE, StatutAction.ABANDONNEE]
STATUTS_CLOS = [StatutAction.REALISEE, StatutAction.ABANDONNEE]
# Nothing is expected of a closed action, nor of a suspended one until it starts again.
STATUTS_SANS_ECHEANCE = [*STATUTS_CLOS, StatutAction.SUSPENDUE]


# An action has them from its last bulletin: restoring an old version must not touch them.
CHAMPS_D_AVANCEMENT = ["statut", "motif", "reportee_au", "statut_le"]


class Avancement(models.Model):
    """A status with what explains it: an action has one, each of its bulletins gave one."""

    statut = models.CharField(
        max_length=15, choices=StatutAction, default=StatutAction.NON_RENSEIGNE
    )
    motif = models.CharField(
        "motif",
        max_length=300,
        blank=True,
        default="",
        help_text="Pourquoi l’action est suspendue, reportée ou abandonnée.",
    )
    reportee_au = models.DateField(
        "nouvelle date",
        null=True,
        blank=True,
        help_text="La date à laquelle l’action est reportée.",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_statut_motive",
                condition=~Q(statut__in=STATUTS_MOTIVES) | ~Q(motif=""),
                violation_error_message="Une action suspendue, reportée ou abandonnée l’est pour "
                "un motif : l’écrire.",
            ),
            models.CheckConstraint(
                name="%(class)s_report_date",
                condition=~Q(statut=StatutAction.REPORTEE) | Q(reportee_au__isnull=False),
                violation_error_message="Une action reportée l’est à une nouvelle date.",
            ),
        ]

    @property
    def statut_est_communique(self) -> bool:
        """Tell whether a bulletin said where the action stands."""
        return self.statut != StatutAction.NON_RENSEIGNE
