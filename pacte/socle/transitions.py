"""What every transition of a model needs: its right, its lock, its refusal."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Model

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur


class TransitionInterdite(Exception):
    """The object is not in a position to change that way; the message is for the user."""


def exiger_droit(par: "Utilisateur", droit: str) -> None:
    """Raise PermissionDenied unless user `par` has the permission `app.codename`."""
    if not par.has_perm(droit):
        raise PermissionDenied("Votre compte ne permet pas cette opération.")


def verrouiller(objet: Model) -> None:
    """Reload `objet` and lock its row until the end of the transaction (one query)."""
    gestionnaire = type(objet)._base_manager
    objet.refresh_from_db(from_queryset=gestionnaire.select_for_update(of=("self",)))
