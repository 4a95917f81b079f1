"""What a search finds among actions, once for an edition of what is published."""

from array import array
from collections.abc import Sequence

from actions.models import Action
from pacte.socle.recherche import Requete
from pacte.socle.retenues import pour_cette_edition


def chercher_les_actions(requete: Requete) -> Sequence[int]:
    """Return the keys of the visible actions that hold every word of `requete`, by relevance.

    One query, whose answer serves the other pages of the list and the counts of its facets.
    """

    def chercher() -> Sequence[int]:
        trouvees = Action.objects.visibles().rechercher(requete).par_pertinence(requete)
        # Eight bytes each: a word may stand in every action.
        return array("q", trouvees.values_list("pk", flat=True))

    return pour_cette_edition(("trouvées", requete), chercher)
