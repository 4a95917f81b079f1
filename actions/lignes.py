"""The rows of lists of actions; each is made once for an edition of what is published."""

from collections.abc import Iterable, Sequence

from django.template.loader import get_template

from actions.models import Action
from pacte.socle.recherche import Requete
from pacte.socle.retenues import chacun_pour_cette_edition


def ecrire_les_lignes(
    actions: Iterable[Action], *, niveau: int = 3, requete: Requete | None = None
) -> list[str]:
    """Return the row of each of `actions`, read `for_ligne`; its title is a heading of `niveau`.

    The words of `requete` are marked in it. A row is safe: it comes from a template.
    """
    modele = get_template("actions/_ligne.html")
    contexte = {"niveau": niveau, "requete": requete}
    return [modele.render({**contexte, "action": action}) for action in actions]


def dresser_les_lignes(cles: Sequence[int], *, niveau: int = 3) -> list[str]:
    """Return the rows of the actions of these keys, in their order (four queries, or none)."""

    def dresser(manquantes: Sequence[int]) -> dict[int, str]:
        lues = list(Action.objects.filter(pk__in=manquantes).for_ligne())
        lignes = ecrire_les_lignes(lues, niveau=niveau)
        return {action.pk: ligne for action, ligne in zip(lues, lignes, strict=True)}

    lignes = chacun_pour_cette_edition(f"lignes {niveau}", cles, dresser)
    return [lignes[cle] for cle in cles]
