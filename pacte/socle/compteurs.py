"""Where attempts are counted, in common to all processes: files, or a Valkey."""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache

from pacte.socle.ecriture import CacheFerme

# Seconds by which the clocks of two servers may differ.
ECART = 60
# Seconds after which a Valkey that does not answer is as good as absent.
ATTENTE = 1


def _ou_fermer(methode: Callable[..., Any]) -> Callable[..., Any]:
    """Return `methode`, which raises CacheFerme when what it counts in cannot be reached."""

    @wraps(methode)
    def essayer(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return methode(self, *args, **kwargs)
        except self.pannes as erreur:
            raise CacheFerme(str(erreur)) from erreur

    return essayer


def _appeler(nom: str) -> Callable[..., Any]:
    """Return a method that calls Django's one of this name, or raises CacheFerme."""

    @_ou_fermer
    def appeler(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(super(Compteurs, self), nom)(*args, **kwargs)

    return appeler


class Compteurs:
    """Before one of Django's caches: what it cannot read nor write raises CacheFerme.

    Nobody then gets past a limit that is not counted: the page answers 503.
    """

    pannes: tuple[type[Exception], ...] = (OSError,)

    set, add, touch = map(_appeler, ("set", "add", "touch"))
    delete, has_key = map(_appeler, ("delete", "has_key"))

    @_ou_fermer
    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return what is kept, without the attempts that are yet to come.

        A clock since set back wrote them: they would shut their author out until it is that late
        again.
        """
        lue = super().get(*args, **kwargs)  # type: ignore[misc]  # the cache comes after, in order
        if not isinstance(lue, list):
            return lue
        return [instant for instant in lue if instant <= time.time() + ECART]


class CompteursSurDisque(Compteurs, FileBasedCache):
    """In files, common to all processes."""

    # Called when the cache is first thought of, too.
    _createdir = _ou_fermer(
        FileBasedCache._createdir  # type: ignore[attr-defined]  # the stubs leave it out
    )


class EnJson:
    """Writes counts as text: who writes in Valkey makes no program run here, as pickles would."""

    dumps = staticmethod(json.dumps)
    loads = staticmethod(json.loads)


class CompteursSurValkey(Compteurs, RedisCache):
    """In Valkey (or Redis), common to all servers."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        from redis import RedisError
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.pannes = (RedisError, OSError)
        patience: dict[str, Any] = {"socket_timeout": ATTENTE, "socket_connect_timeout": ATTENTE}
        # Once more and at once: a Valkey that started again closed what was kept open.
        patience |= {"retry": Retry(NoBackoff(), 1)}
        super().__init__(server, {**params, "OPTIONS": {"serializer": EnJson, **patience}})
