"""What may happen to an action, as codes of the journal."""

from django.db import models

from actions.models.statut import StatutAction
from pacte.socle.journal import faits, recits


@faits
class FaitAction(models.TextChoices):
    STATUT_CHANGE = "actions.statut_change", "Statut changé par un point d’étape"
    CONTRIBUTION_REFORMULEE = "actions.contribution_reformulee", "Contribution reformulée"
    CONTRIBUTION_CONFIRMEE = "actions.contribution_confirmee", "Contribution confirmée"
    VALEUR_PUBLIEE = "actions.valeur_publiee", "Valeur d’indicateur publiée"
    NOTE_PUBLIEE = "actions.note_publiee", "Note d’un partenaire publiée"
    INSCRITE = "actions.inscrite", "Action inscrite par les deux parties"


def _dire_statut(valeurs: dict) -> str:
    return f"« {valeurs['action']} » est maintenant {StatutAction(valeurs['statut']).label}."


recits(
    {
        FaitAction.STATUT_CHANGE: _dire_statut,
        FaitAction.CONTRIBUTION_REFORMULEE: (
            "La contribution de {partenaire} à « {action} » est reformulée."
        ).format_map,
        FaitAction.CONTRIBUTION_CONFIRMEE: (
            "{partenaire} confirme sa contribution à « {action} »."
        ).format_map,
        FaitAction.VALEUR_PUBLIEE: (
            "« {action} » : l’indicateur « {objet} » est renseigné pour {annee}."
        ).format_map,
        FaitAction.NOTE_PUBLIEE: "{partenaire} donne des nouvelles de « {action} ».".format_map,
        FaitAction.INSCRITE: (
            "L’État et le Département inscrivent « {action} » au Pacte."
        ).format_map,
    }
)
