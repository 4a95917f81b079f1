"""What may happen to an action, as codes of the journal."""

from django.db import models

from actions.models.statut import StatutAction
from pacte.socle.journal import faits, recits
from pacte.socle.typographie import de


@faits
class FaitAction(models.TextChoices):
    STATUT_CHANGE = "actions.statut_change", "Statut changé par un point d’étape"
    CONTRIBUTION_REFORMULEE = "actions.contribution_reformulee", "Contribution reformulée"
    CONTRIBUTION_CONFIRMEE = "actions.contribution_confirmee", "Contribution confirmée"
    VALEUR_PUBLIEE = "actions.valeur_publiee", "Valeur d’indicateur publiée"
    NOTE_PUBLIEE = "actions.note_publiee", "Note d’un partenaire publiée"
    POINT_RETIRE = "actions.point_retire", "Point d’étape retiré"
    INSCRITE = "actions.inscrite", "Action inscrite par les deux parties"


def _dire_statut(valeurs: dict) -> str:
    statut = StatutAction(valeurs["statut"])
    if statut is StatutAction.NON_RENSEIGNE:
        return f"L’avancement de « {valeurs['action']} » n’est plus communiqué."
    return f"« {valeurs['action']} » est maintenant {statut.label}."


def _dire_reformulation(valeurs: dict) -> str:
    qui, action = de(valeurs["partenaire"]), valeurs["action"]
    return f"La contribution {qui} à « {action} » est reformulée."


recits(
    {
        FaitAction.STATUT_CHANGE: _dire_statut,
        FaitAction.CONTRIBUTION_REFORMULEE: _dire_reformulation,
        FaitAction.CONTRIBUTION_CONFIRMEE: (
            "{partenaire} confirme sa contribution à « {action} »."
        ).format_map,
        FaitAction.VALEUR_PUBLIEE: (
            "« {action} » : l’indicateur « {objet} » est renseigné pour {annee}."
        ).format_map,
        FaitAction.NOTE_PUBLIEE: (
            "{partenaire} publie un point d’étape sur « {action} »."
        ).format_map,
        FaitAction.INSCRITE: (
            "L’État et le Département inscrivent « {action} » au Pacte."
        ).format_map,
    }
)
