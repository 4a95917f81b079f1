from contrats.models.acte import Acte, Signature, TypeActe
from contrats.models.adhesion import Adhesion, FaitAdhesion
from contrats.models.contrat import Contrat, Objectif, Volet
from contrats.models.exercice import Exercice
from contrats.models.pacte import Annee, Pacte, RequeteDuPacte

__all__ = [
    "Acte",
    "Adhesion",
    "Annee",
    "Contrat",
    "Exercice",
    "FaitAdhesion",
    "Objectif",
    "Pacte",
    "RequeteDuPacte",
    "Signature",
    "TypeActe",
    "Volet",
]
