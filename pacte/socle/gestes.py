"""Calling a transition from a page, and saying what came of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError

from pacte.socle.transitions import TransitionInterdite


def dire(erreur: ValidationError | TransitionInterdite) -> str:
    """Return, as one text for a person, why a transition was refused."""
    return " ".join(erreur.messages) if isinstance(erreur, ValidationError) else str(erreur)


def tenter(request, transition, dit: str, **details) -> bool:
    """Call `transition(par=…, **details)`; say `dit`, or why it was refused. Tell which.

    A missing right is not caught: it answers 403.
    """
    try:
        transition(par=request.user, **details)
    except (TransitionInterdite, ValidationError) as erreur:
        messages.error(request, dire(erreur))
        return False
    messages.success(request, dit)
    return True
