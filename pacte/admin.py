"""The screens of the rooms, where Django looks for them."""

from pacte.comptes.administration import ChangementDeCompteAdmin, UtilisateurAdmin
from pacte.echanges.admin import ImportationAdmin
from pacte.portail.admin import MessageAdmin
from pacte.rapports.administration import MotDePartieAdmin, RapportAnnuelAdmin

__all__ = [
    "ChangementDeCompteAdmin",
    "ImportationAdmin",
    "MessageAdmin",
    "MotDePartieAdmin",
    "RapportAnnuelAdmin",
    "UtilisateurAdmin",
]
