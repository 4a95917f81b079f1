"""What is public of an action and of what surrounds it, each field declared once.

A new field is one line in one of these modules: docs/ajouter-un-champ.md.
"""

from actions.champs.action import ACTION
from actions.champs.argent import FINANCEMENT
from actions.champs.constat import CONSTAT
from actions.champs.contribution import CONTRIBUTION, LIBELLE
from actions.champs.mesures import FICHE_INDICATEUR, INDICATEUR, RELEVE
from actions.champs.subvention import SUBVENTION
from actions.champs.suivi import JALON, POINT_ETAPE

__all__ = [
    "ACTION",
    "CONSTAT",
    "CONTRIBUTION",
    "FICHE_INDICATEUR",
    "FINANCEMENT",
    "INDICATEUR",
    "JALON",
    "LIBELLE",
    "POINT_ETAPE",
    "RELEVE",
    "SUBVENTION",
]
