"""The table of grants: the sixteen columns of the national schema, and none of ours."""

from actions.champs import SUBVENTION
from actions.models import Subvention
from pacte.socle.tableaux import Tableau


def tableau_des_subventions(*, avertissement: str = "") -> Tableau:
    """Return the published grants, the oldest convention first, read as they are written."""
    lignes = Subvention.objects.publiques().for_liste().order_by("convention_le", "pk")
    return Tableau(
        "subventions",
        SUBVENTION.colonnes(),
        lignes.iterator(chunk_size=500),
        "Toutes les subventions",
        avertissement,
        "Subventions",
    )
