"""The screens of the administration about actions, where Django looks for them."""

from actions.admin.action import ActionAdmin
from actions.admin.argent import FinancementAdmin
from actions.admin.constat import ConstatAdmin
from actions.admin.contribution import ContributionAdmin
from actions.admin.inscription import InscriptionAdmin
from actions.admin.mesures import IndicateurAdmin
from actions.admin.moderation import ModerationAdmin
from actions.admin.preparation import PreparationActionAdmin
from actions.admin.subvention import SubventionAdmin
from actions.admin.suivi import JalonAdmin, LibelleAdmin, PointEtapeAdmin, ReleveAdmin

__all__ = [
    "ActionAdmin",
    "ConstatAdmin",
    "ContributionAdmin",
    "FinancementAdmin",
    "IndicateurAdmin",
    "InscriptionAdmin",
    "JalonAdmin",
    "LibelleAdmin",
    "ModerationAdmin",
    "PointEtapeAdmin",
    "PreparationActionAdmin",
    "ReleveAdmin",
    "SubventionAdmin",
]
