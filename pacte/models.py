"""The models of the rooms, where Django looks for them."""

from pacte.comite.models import Comite, Decision
from pacte.comptes.changements import ChangementDeCompte
from pacte.echanges.models import Importation
from pacte.portail.models import Message
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.mots import MotDePartie

__all__ = [
    "ChangementDeCompte",
    "Comite",
    "Decision",
    "Importation",
    "Message",
    "MotDePartie",
    "RapportAnnuel",
]
