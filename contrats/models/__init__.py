from contrats.models.acte import Acte, Signature, TypeActe
from contrats.models.adhesion import Adhesion, FaitAdhesion
from contrats.models.contrat import Contrat, Objectif, Volet
from contrats.models.exercice import Exercice, FaitExercice
from contrats.models.pacte import Annee, Pacte, RequeteDuPacte
from contrats.models.reouverture import Reouverture

__all__ = [
    "Acte",
    "Adhesion",
    "Annee",
    "Contrat",
    "Exercice",
    "FaitAdhesion",
    "FaitExercice",
    "Objectif",
    "Pacte",
    "Reouverture",
    "RequeteDuPacte",
    "Signature",
    "TypeActe",
    "Volet",
]
