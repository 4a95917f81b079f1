"""When an action is public: one condition, also said through the relations that lead to it."""

from django.db.models import Q

from pacte.socle.publication import q_visible


def q_action_visible(relation: str = "") -> Q:
    """Return « a published action of a visible contract on a visible axis », through `relation`."""
    volet = f"{relation}__volet" if relation else "volet"
    return q_visible(relation) & q_visible(f"{volet}__contrat") & q_visible(f"{volet}__axe")
