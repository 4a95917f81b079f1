"""What is computed once for each edition of what is published, in each process.

An answer made for every reader knows its edition (`pacte/service/`): what it counts over all that
is published is then kept for the next one. Elsewhere (officers, commands), nothing is kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

Valeur = TypeVar("Valeur")
AU_PLUS = 256

_edition: ContextVar[Hashable | None] = ContextVar("edition", default=None)
_retenues: OrderedDict[tuple[Hashable, Hashable], Any] = OrderedDict()
_verrou = Lock()


@contextmanager
def lire_l_edition(edition: Hashable) -> Iterator[None]:
    """Say that what is read inside is of `edition`, and of it alone."""
    jeton = _edition.set(edition)
    try:
        yield
    finally:
        _edition.reset(jeton)


def pour_cette_edition(cle: Hashable, calculer: Callable[[], Valeur]) -> Valeur:
    """Return what `calculer` gives, kept under `cle` until the edition changes.

    What is kept is given again as it is: callers do not change it. At most 256 are, the least
    recently made go first; those of editions that are over do too.
    """
    edition = _edition.get()
    if edition is None:
        return calculer()
    complete = (edition, cle)
    with _verrou:
        if complete in _retenues:
            trouvee: Valeur = _retenues[complete]
            return trouvee
    valeur = calculer()
    with _verrou:
        _retenues[complete] = valeur
        while len(_retenues) > AU_PLUS:
            _retenues.popitem(last=False)
    return valeur
