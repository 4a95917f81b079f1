"""A mail server on this machine, which takes, refuses, hangs or lies as a test tells it to."""

import re
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes

# Instead of an answer: none, until the server closes.
SILENCE = ""
ORDINAIRES = {
    "CONNEXION": "220 essai",
    "EHLO": "250 essai",
    "MAIL": "250 oui",
    "RCPT": "250 oui",
    "DATA": "354 continuez",
    "FIN": "250 pris",
    "RSET": "250 oui",
    "QUIT": "221 au revoir",
}


class ServeurSMTP(socketserver.ThreadingTCPServer):
    """`reponses` changes what is answered to a verb, to « RCPT <address> » or to the end of a text.

    `recus` are the messages that it took: what it answered « 250 » to, or read whole in silence.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.reponses, self.recus = {}, []
        self.ecoute, self.fermeture = threading.Event(), threading.Event()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def destinataires(self) -> list[str]:
        return sorted(message["To"] for message in self.recus)

    def reponse(self, *quoi: str) -> str:
        return next(r for q in quoi if (r := {**ORDINAIRES, **self.reponses}.get(q)) is not None)


class Dialogue(socketserver.StreamRequestHandler):
    def handle(self):
        # Whoever speaks to us may be killed in the middle of a sentence.
        try:
            self.server.ecoute.set()
            self.dire("CONNEXION")
            while (ligne := self.rfile.readline()) and self.comprendre(ligne.decode().strip()):
                pass
        except (BrokenPipeError, ConnectionResetError):
            return

    def comprendre(self, ligne: str) -> bool:
        verbe = ligne.split()[0].upper()
        adresse = re.search(r"<(.*)>", ligne)
        precis = [f"RCPT {adresse[1]}"] if verbe == "RCPT" else []
        if self.dire(*precis, verbe).startswith("354"):
            self.prendre(b"".join(iter(self.rfile.readline, b".\r\n")))
        return verbe != "QUIT"

    def prendre(self, texte: bytes):
        if self.server.reponse("FIN")[:1] in ("2", SILENCE):
            self.server.recus.append(message_from_bytes(texte))
        self.dire("FIN")

    def dire(self, *quoi: str) -> str:
        reponse = self.server.reponse(*quoi)
        if reponse == SILENCE:
            self.server.fermeture.wait()
        else:
            self.wfile.write(reponse.encode() + b"\r\n")
        return reponse


@contextmanager
def servir():
    """Yield a server that listens on a port of this machine, until the end of the block."""
    with ServeurSMTP() as serveur:
        fil = threading.Thread(target=serveur.serve_forever, args=(0.01,), daemon=True)
        fil.start()
        yield serveur
        serveur.fermeture.set()
        serveur.shutdown()
        fil.join()


def reglages(port: int, attente: float = 0.3) -> dict:
    """Return the settings with which the portal writes to the server of `port`."""
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "EMAIL_TIMEOUT": attente,
    }
