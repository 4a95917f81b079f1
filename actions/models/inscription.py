"""An action added after the deeds were signed is inscribed by the agreement of both parties."""

from django.db import models, transaction
from django.db.models import Q
from simple_history.models import HistoricalRecords

from actions.faits import FaitAction
from actions.models.action import Action
from pacte.socle.double_accord import (
    DoubleAccord,
    DoubleAccordQuerySet,
    StatutAccord,
)
from pacte.socle.journal import consigner
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import exiger_droit


class Inscription(DoubleAccord):
    """The request to inscribe one action in the pact."""

    MESSAGE_A_DECIDER, MESSAGE_CONCLUE = "inscription_a_decider", "inscription_conclue"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="inscriptions")
    raison = models.TextField(
        "pourquoi l’inscrire", help_text="Ce que les deux parties lisent avant de décider."
    )

    objects = DoubleAccordQuerySet["Inscription"].as_manager()
    historique = HistoricalRecords()

    class Meta(DoubleAccord.Meta):
        abstract = False
        verbose_name = "demande d’inscription"
        verbose_name_plural = "demandes d’inscription"
        ordering = ["-deposee_le"]
        constraints = [
            *DoubleAccord.Meta.constraints,
            models.UniqueConstraint(
                name="inscription_une_ouverte_par_action",
                fields=["action"],
                condition=Q(statut=StatutAccord.DEMANDEE),
                violation_error_message="Une demande est déjà en cours pour cette action.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action.code} – {self.action}"

    @transaction.atomic
    def deposer(self, *, par: Utilisateur) -> None:
        """Save a new request, journal it and tell both parties."""
        exiger_droit(par, "actions.add_inscription")
        self._ouvrir_la_demande(par)

    def conclure(self, par: Utilisateur) -> None:
        consigner(self.action, FaitAction.INSCRITE, par=par)
