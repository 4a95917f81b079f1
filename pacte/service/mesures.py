"""Measures for whoever operates the portal, at an address that asks for a key.

The outermost application: it counts what is answered, kept pages included. gunicorn's processes
share their counts through a folder (`PROMETHEUS_MULTIPROC_DIR`).
"""

import hmac
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

ADRESSE = "/mesures"
SECONDES = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

REGISTRE = CollectorRegistry()
REPONSES = Counter(
    "pacte_reponses", "Réponses, par classe de statut", ["classe"], registry=REGISTRE
)
DUREES = Histogram(
    "pacte_secondes", "Secondes avant le premier octet", buckets=SECONDES, registry=REGISTRE
)

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Mesures:
    """Counts the answers of `application`, and tells the counts to who has the key."""

    def __init__(self, application: Application, jeton: str) -> None:
        self.application, self.attendu = application, f"Bearer {jeton}".encode()

    def __call__(self, environ: Environ, demarrer: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == ADRESSE and self._a_la_cle(environ):
            return _dire(demarrer)
        depart = time.perf_counter()

        def noter(statut: str, *reste: Any) -> Any:
            REPONSES.labels(f"{statut[0]}xx").inc()
            return demarrer(statut, *reste)

        reponse = self.application(environ, noter)
        DUREES.observe(time.perf_counter() - depart)
        return reponse

    def _a_la_cle(self, environ: Environ) -> bool:
        donne = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1", "replace")
        return hmac.compare_digest(donne, self.attendu)


def _dire(demarrer: Callable[..., Any]) -> Iterable[bytes]:
    registre = REGISTRE
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registre = CollectorRegistry()
        multiprocess.MultiProcessCollector(registre)
    corps = generate_latest(registre)
    en_tetes = [("Content-Type", CONTENT_TYPE_LATEST), ("Cache-Control", "no-store")]
    demarrer("200 OK", [*en_tetes, ("Content-Length", str(len(corps)))])
    return [corps]


def oublier_le_processus(pid: int) -> None:
    """Leave the counts of process `pid`, which has ended, to the sum of all."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(pid)
