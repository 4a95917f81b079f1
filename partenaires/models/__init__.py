"""Who: the organisations of the pact, their people, the invitations these received."""

from pacte.socle.double_accord import Partie
from partenaires.models.membre import (
    Invitation,
    InvitationInutilisable,
    Membre,
    RoleMembre,
)
from partenaires.models.partenaire import (
    FORMAT_RNA,
    NaturePartenaire,
    Partenaire,
    lire_le_rna,
    lire_le_siret,
    siret_est_juste,
)
from partenaires.models.preparation import PreparationPartenaire

__all__ = [
    "FORMAT_RNA",
    "Invitation",
    "InvitationInutilisable",
    "Membre",
    "NaturePartenaire",
    "Partenaire",
    "Partie",
    "PreparationPartenaire",
    "RoleMembre",
    "lire_le_rna",
    "lire_le_siret",
    "siret_est_juste",
]
