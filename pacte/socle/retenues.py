"""What is computed once for each edition of what is published, in each process.

An answer made for every reader knows its edition (`pacte/service/`): what it counts over all that
is published is then kept for the next one. Elsewhere (officers, commands), nothing is kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

Valeur = TypeVar("Valeur")
Cle = TypeVar("Cle", bound=Hashable)

_edition: ContextVar[Hashable | None] = ContextVar("edition", default=None)


class Retenues:
    """What was computed for one edition, the last that something was computed for.

    At most `au_plus` values: the least recently made go first.
    """

    def __init__(self, au_plus: int) -> None:
        self.au_plus = au_plus
        self._edition: Hashable | None = None
        self._valeurs: OrderedDict[Hashable, Any] = OrderedDict()
        self._verrou = Lock()

    def lire(self, edition: Hashable, cle: Hashable) -> tuple[bool, Any]:
        """Tell whether something is kept under `cle` for `edition`, and what."""
        with self._verrou:
            est_la = edition == self._edition and cle in self._valeurs
            return est_la, self._valeurs[cle] if est_la else None

    def garder(self, edition: Hashable, cle: Hashable, valeur: Any) -> None:
        """Keep `valeur`; what was kept for another edition is forgotten at once."""
        with self._verrou:
            if edition != self._edition:
                self._edition = edition
                self._valeurs.clear()
            self._valeurs[cle] = valeur
            while len(self._valeurs) > self.au_plus:
                self._valeurs.popitem(last=False)


# What weighs (a map, a vocabulary, the counts of a search), what is small but many (rows), and
# whole pages, which would push out what they are made of.
_lourdes, _petites, _pages = Retenues(128), Retenues(1_500), Retenues(64)


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

    What is kept is given again as it is, to several threads: callers do not change it.
    """
    return _retenir(_lourdes, cle, calculer)


def page_pour_cette_edition(cle: Hashable, ecrire: Callable[[], Valeur]) -> Valeur:
    """As `pour_cette_edition`, for what a page prints: pages only push out one another."""
    return _retenir(_pages, cle, ecrire)


def _retenir(retenues: Retenues, cle: Hashable, calculer: Callable[[], Valeur]) -> Valeur:
    edition = _edition.get()
    if edition is None:
        return calculer()
    est_la, valeur = retenues.lire(edition, cle)
    if est_la:
        trouvee: Valeur = valeur
        return trouvee
    calculee = calculer()
    retenues.garder(edition, cle, calculee)
    return calculee


def chacun_pour_cette_edition(
    sorte: Hashable, cles: Sequence[Cle], calculer: Callable[[Sequence[Cle]], dict[Cle, Valeur]]
) -> dict[Cle, Valeur]:
    """Return key → value for each of `cles`, kept one by one until the edition changes.

    `calculer` is given the keys of which nothing is kept, and is not called when all are. `sorte`
    names what the values are.
    """
    edition = _edition.get()
    connues: dict[Cle, Valeur] = {}
    if edition is not None:
        lues = {cle: _petites.lire(edition, (sorte, cle)) for cle in cles}
        connues = {cle: valeur for cle, (est_la, valeur) in lues.items() if est_la}
    manquantes = [cle for cle in cles if cle not in connues]
    calculees = calculer(manquantes) if manquantes else {}
    if edition is not None:
        for cle, valeur in calculees.items():
            _petites.garder(edition, (sorte, cle), valeur)
    return connues | calculees
