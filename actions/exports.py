"""The exports of actions: which rows, read how; the columns are those of `champs.py`."""

from collections.abc import Callable

from django.db.models import Prefetch

from actions.champs import ACTION
from actions.models import Contribution
from actions.models.action import ActionQuerySet
from pacte.socle.tableaux import Colonne, Tableau
from partenaires.models import Partenaire


def tableau_des_actions(
    queryset: ActionQuerySet,
    *,
    selection: str,
    adresse_absolue: Callable[[str], str],
    avertissement: str = "",
) -> Tableau:
    """Return the table of `queryset`, in its order, read by slices of 500 rows.

    `adresse_absolue` turns a path into a full address. Unknown values are None, never zero.
    """
    lignes = (
        queryset.select_related("volet__axe", "volet__contrat", "objectif")
        .with_echeance()
        .prefetch_related(
            "publics",
            "territoires",
            "libelles__source",
            Prefetch("libelles__partenaires_cites", Partenaire.objects.visibles()),
            Prefetch("contributions", Contribution.objects.publiques()),
        )
        .iterator(chunk_size=500)
    )
    adresse = Colonne("Adresse", "adresse", lambda a: adresse_absolue(a.get_absolute_url()))
    colonnes = (*ACTION.colonnes(), adresse)
    return Tableau("actions", colonnes, lignes, selection, avertissement)
