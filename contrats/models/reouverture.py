"""A closed exercise is reopened for a reason, by the agreement of both parties."""

from django.db import models, transaction
from django.db.models import Q
from simple_history.models import HistoricalRecords

from contrats.models.exercice import Exercice
from pacte.socle.double_accord import (
    DoubleAccord,
    DoubleAccordQuerySet,
    StatutAccord,
)
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller


class Reouverture(DoubleAccord):
    """The request to correct figures that were reported."""

    MESSAGE_A_DECIDER, MESSAGE_CONCLUE = "reouverture_a_decider", "reouverture_conclue"

    exercice = models.ForeignKey(Exercice, on_delete=models.PROTECT, related_name="reouvertures")
    raison = models.TextField(
        "pourquoi le rouvrir",
        max_length=1000,
        help_text="Ce que les deux parties lisent avant de décider, et que le journal garde.",
    )

    objects = DoubleAccordQuerySet["Reouverture"].as_manager()
    historique = HistoricalRecords()

    class Meta(DoubleAccord.Meta):
        abstract = False
        verbose_name = "demande de réouverture"
        verbose_name_plural = "demandes de réouverture"
        ordering = ["-deposee_le"]
        constraints = [
            *DoubleAccord.Meta.constraints,
            models.UniqueConstraint(
                name="reouverture_une_ouverte_par_exercice",
                fields=["exercice"],
                condition=Q(statut=StatutAccord.DEMANDEE),
                violation_error_message="Une demande est déjà en cours pour cet exercice.",
            ),
        ]

    def __str__(self) -> str:
        return f"Exercice {self.exercice}"

    @transaction.atomic
    def deposer(self, *, par: Utilisateur) -> None:
        """Save a new request, journal it and tell both parties.

        Raises PermissionDenied without the right, TransitionInterdite when the exercise is open,
        ValidationError when a request is pending or gives no reason.
        """
        exiger_droit(par, "contrats.clore_exercice")
        verrouiller(self.exercice)
        if not self.exercice.est_clos:
            raise TransitionInterdite(f"L’exercice {self.exercice} n’est pas clos.")
        self._ouvrir_la_demande(par)

    def conclure(self, par: Utilisateur) -> None:
        self.exercice.rouvrir(par=par, raison=self.raison)
