from actions.models.action import Action, NatureAction
from actions.models.argent import Totaux
from actions.models.cible import Besoin, Public, Territoire
from actions.models.constat import Constat
from actions.models.contribution import Contribution, NatureContribution, RoleContribution
from actions.models.echeance import (
    JOURS_AVANT_L_ECHEANCE,
    JOURS_SANS_NOUVELLES,
    Situation,
)
from actions.models.financement import Financement, NatureFinancement
from actions.models.indicateur import Indicateur, PositionIndicateur, Releve, SensIndicateur
from actions.models.inscription import Inscription
from actions.models.libelle import Libelle, Source
from actions.models.preparation import PreparationAction
from actions.models.proposition import (
    GENRES,
    PropositionContribution,
    PropositionNote,
    PropositionReleve,
)
from actions.models.statut import StatutAction
from actions.models.subvention import NatureSubvention, Subvention
from actions.models.suivi import Confiance, Jalon, PointEtape

__all__ = [
    "GENRES",
    "JOURS_AVANT_L_ECHEANCE",
    "JOURS_SANS_NOUVELLES",
    "Action",
    "Besoin",
    "Confiance",
    "Constat",
    "Contribution",
    "Financement",
    "Indicateur",
    "Inscription",
    "Jalon",
    "Libelle",
    "NatureAction",
    "NatureContribution",
    "NatureFinancement",
    "NatureSubvention",
    "PointEtape",
    "PositionIndicateur",
    "PreparationAction",
    "PropositionContribution",
    "PropositionNote",
    "PropositionReleve",
    "Public",
    "Releve",
    "RoleContribution",
    "SensIndicateur",
    "Situation",
    "Source",
    "StatutAction",
    "Subvention",
    "Territoire",
    "Totaux",
]
