"""More readers than can be served: those who waited too long are told so, and cost nothing more.

Without it, each of them is served when its turn comes, even gone: a crowd then slows the portal
down for as long again as it lasted.
"""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import TConn, ThreadWorker

from pacte.service.refus import ecrire_le_refus

# Seconds: that a reader waits for a thread; of silence in the middle of what a caller sends.
ATTENTE_AU_PLUS, SILENCE_AU_PLUS = 3, 5
SILENCE = struct.pack("ll", SILENCE_AU_PLUS, 0)
TITRE = "Le site est très demandé"
CONSEIL = "Trop de personnes le consultent en même temps. Réessayez dans une minute."
SONDES = ("/healthz", "/readyz")

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_attente = threading.local()


class Ouvrier(ThreadWorker):
    """gunicorn's process. It knows how long a request waited, and waits for no silent caller."""

    def enqueue_req(self, conn: TConn) -> None:
        if not hasattr(conn, "depuis"):
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, SILENCE)
        conn.depuis = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        _attente.secondes = time.monotonic() - conn.depuis
        return super().handle(conn)


class Affluence:
    """Answers 503 in the place of `application` to a reader who waited for more than it takes.

    What is sent is always taken: somebody typed it.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.passent = (*SONDES, f"/{settings.STATIC_URL.strip('/')}/")

    def __call__(self, environ: Environ, demarrer: Callable[..., Any]) -> Iterable[bytes]:
        est_patient = (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or environ["PATH_INFO"].startswith(self.passent)
            or getattr(_attente, "secondes", 0) <= ATTENTE_AU_PLUS
        )
        if est_patient:
            return self.application(environ, demarrer)
        en_tetes, corps = ecrire_le_refus(TITRE, CONSEIL)
        demarrer("503 Service Unavailable", [*en_tetes, ("Retry-After", "60")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [corps]
