"""The export of partners."""

from collections.abc import Callable

from pacte.socle.tableaux import Colonne, Tableau
from partenaires.champs import PARTENAIRE
from partenaires.models import Partenaire


def tableau_des_partenaires(
    *, adresse_absolue: Callable[[str], str], avertissement: str = ""
) -> Tableau:
    """Return the visible partners in the order of their list, read as they are written."""
    adresse = Colonne(
        "Adresse",
        "adresse",
        lambda partenaire: adresse_absolue(partenaire.get_absolute_url()),
        sens="La page du partenaire.",
    )
    lignes = Partenaire.objects.visibles().iterator(chunk_size=500)
    colonnes = (*PARTENAIRE.colonnes(), adresse)
    return Tableau(
        "partenaires", colonnes, lignes, "Tous les partenaires", avertissement, "Partenaires"
    )
