"""The rows of lists of actions; each is made once for an edition of what is published."""

from collections.abc import Sequence

from django.template.loader import get_template

from actions.models import Action
from pacte.socle.recherche import Requete
from pacte.socle.retenues import chacun_pour_cette_edition


def dresser_les_lignes(
    cles: Sequence[int], *, niveau: int = 3, requete: Requete | None = None
) -> list[str]:
    """Return the rows of the actions of these keys, in their order (four queries, or none).

    The title of each is a heading of `niveau`, and the words of `requete` are marked in it. A row
    is safe: it comes from a template.
    """

    def dresser(manquantes: Sequence[int]) -> dict[int, str]:
        modele = get_template("actions/_ligne.html")
        contexte = {"niveau": niveau, "requete": requete}
        lues = Action.objects.filter(pk__in=manquantes).for_ligne()
        return {action.pk: modele.render({**contexte, "action": action}) for action in lues}

    sorte = ("lignes", niveau, requete)
    lignes = chacun_pour_cette_edition(sorte, cles, dresser)
    return [lignes[cle] for cle in cles]
