"""The screens of the administration about contracts, where Django looks for them."""

from contrats.admin.adhesion import AdhesionAdmin
from contrats.admin.contrats import ContratAdmin
from contrats.admin.exercices import ExerciceAdmin

__all__ = ["AdhesionAdmin", "ContratAdmin", "ExerciceAdmin"]
