"""What may happen to an action, as codes of the journal."""

from django.db import models

from pacte.socle.journal import faits


@faits
class FaitAction(models.TextChoices):
    STATUT_CHANGE = "actions.statut_change", "Statut changé par un point d’étape"
