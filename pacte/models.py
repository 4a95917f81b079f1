"""The models of the rooms, where Django looks for them."""

from pacte.comite.models import Comite, Decision
from pacte.comptes.changements import ChangementDeCompte
from pacte.echanges.models import Importation
from pacte.portail.models import Message

__all__ = ["ChangementDeCompte", "Comite", "Decision", "Importation", "Message"]
