"""Calling a transition from a page, and saying what came of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from pacte.socle.transitions import TransitionInterdite

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur


def compte_de(request: HttpRequest) -> "Utilisateur":
    """Return the account that makes `request`, on a page that only accounts reach."""
    return cast("Utilisateur", request.user)


def dire(erreur: ValidationError | TransitionInterdite) -> str:
    """Return, as one text for a person, why a transition was refused."""
    return " ".join(erreur.messages) if isinstance(erreur, ValidationError) else str(erreur)


def tenter(
    request: HttpRequest, transition: Callable[..., object], message: str, **details: object
) -> bool:
    """Call `transition(par=…, **details)`; say `message`, or why it was refused. Tell which.

    A missing right is not caught: it answers 403.
    """
    try:
        transition(par=compte_de(request), **details)
    except (TransitionInterdite, ValidationError) as erreur:
        messages.error(request, dire(erreur))
        return False
    messages.success(request, message)
    return True
