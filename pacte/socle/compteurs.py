"""Where attempts are counted: files, common to all processes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache

from pacte.socle.ecriture import CacheFerme


def _ou_fermer(methode: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(methode)
    def essayer(*args: Any, **kwargs: Any) -> Any:
        try:
            return methode(*args, **kwargs)
        except OSError as erreur:
            raise CacheFerme(str(erreur)) from erreur

    return essayer


class CompteursSurDisque(FileBasedCache):
    """Django's cache in files. What it cannot read nor write raises CacheFerme.

    Nobody then gets past a limit that is not counted: the page answers 503.
    """

    # Called when the cache is first thought of, too.
    _createdir = _ou_fermer(
        FileBasedCache._createdir  # type: ignore[attr-defined]  # the stubs leave it out
    )
    get = _ou_fermer(FileBasedCache.get)
    set = _ou_fermer(FileBasedCache.set)
    add = _ou_fermer(FileBasedCache.add)
    touch = _ou_fermer(FileBasedCache.touch)
    delete = _ou_fermer(FileBasedCache.delete)
    has_key = _ou_fermer(FileBasedCache.has_key)
