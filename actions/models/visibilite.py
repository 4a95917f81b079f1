"""When an action is public: one condition, also said through the relations that lead to it."""

from django.db.models import Q

from contrats.models import Volet
from pacte.socle.publication import q_visible


def q_action_visible(relation: str = "") -> Q:
    """Return « a published action of a visible contract on a visible axis », through `relation`.

    The visible volets, a dozen, are read once: joined, they would be looked up for each action.
    """
    volet = f"{relation}__volet" if relation else "volet"
    return q_visible(relation) & Q(**{f"{volet}__in": Volet.objects.visibles().order_by()})
