"""Who: the organisations of the pact, their people, the invitations these received."""

from pacte.socle.double_accord import Partie
from partenaires.models.membre import (
    Invitation,
    InvitationInutilisable,
    Membre,
    RoleMembre,
)
from partenaires.models.partenaire import NaturePartenaire, Partenaire

__all__ = [
    "Invitation",
    "InvitationInutilisable",
    "Membre",
    "NaturePartenaire",
    "Partenaire",
    "Partie",
    "RoleMembre",
]
