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


def _sans_avenir(lire: Callable[..., Any]) -> Callable[..., Any]:
    """Return `lire`, which leaves out the attempts that are yet to come.

    A clock since set back wrote them: they would shut their author out until it is that late again.
    """

    @wraps(lire)
    def filtrer(*args: Any, **kwargs: Any) -> Any:
        lue = lire(*args, **kwargs)
        if not isinstance(lue, list):
            return lue
        return [instant for instant in lue if instant <= time.time() + ECART]

    return filtrer


class CompteursSurDisque(FileBasedCache):
    """Django's cache in files. What it cannot read nor write raises CacheFerme.

    Nobody then gets past a limit that is not counted: the page answers 503.
    """

    pannes = (OSError,)

    # Called when the cache is first thought of, too.
    _createdir = _ou_fermer(
        FileBasedCache._createdir  # type: ignore[attr-defined]  # the stubs leave it out
    )
    get = _ou_fermer(_sans_avenir(FileBasedCache.get))
    set = _ou_fermer(FileBasedCache.set)
    add = _ou_fermer(FileBasedCache.add)
    touch = _ou_fermer(FileBasedCache.touch)
    delete = _ou_fermer(FileBasedCache.delete)
    has_key = _ou_fermer(FileBasedCache.has_key)


class EnJson:
    """Writes counts as text: who writes in Valkey makes no program run here, as pickles would."""

    dumps = staticmethod(json.dumps)
    loads = staticmethod(json.loads)


class CompteursSurValkey(RedisCache):
    """Django's cache in Valkey (or Redis). When it does not answer, raises CacheFerme as well."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        from redis import RedisError
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.pannes = (RedisError, OSError)
        patience: dict[str, Any] = {"socket_timeout": ATTENTE, "socket_connect_timeout": ATTENTE}
        # Once more and at once: a Valkey that started again closed what was kept open.
        patience |= {"retry": Retry(NoBackoff(), 1)}
        super().__init__(server, {**params, "OPTIONS": {"serializer": EnJson, **patience}})

    get = _ou_fermer(_sans_avenir(RedisCache.get))
    set = _ou_fermer(RedisCache.set)
    add = _ou_fermer(RedisCache.add)
    touch = _ou_fermer(RedisCache.touch)
    delete = _ou_fermer(RedisCache.delete)
    has_key = _ou_fermer(RedisCache.has_key)
