"""What may happen to an action, as codes of the journal."""

from django.db import models

from pacte.socle.journal import faits


@faits
class FaitAction(models.TextChoices):
    STATUT_CHANGE = "actions.statut_change", "Statut changé par un point d’étape"
    CONTRIBUTION_REFORMULEE = "actions.contribution_reformulee", "Contribution reformulée"
    CONTRIBUTION_CONFIRMEE = "actions.contribution_confirmee", "Contribution confirmée"
    VALEUR_PUBLIEE = "actions.valeur_publiee", "Valeur d’indicateur publiée"
    NOTE_PUBLIEE = "actions.note_publiee", "Note d’un partenaire publiée"
