"""The models of the rooms, where Django looks for them."""

from pacte.comptes.changements import ChangementDeCompte
from pacte.echanges.models import Importation
from pacte.portail.models import Message
from pacte.rapports.models import MotDePartie, RapportAnnuel

__all__ = ["ChangementDeCompte", "Importation", "Message", "MotDePartie", "RapportAnnuel"]
