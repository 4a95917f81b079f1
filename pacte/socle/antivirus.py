"""The antivirus that an installation names: a clamd, on a socket of the machine or of its network.

`ANTIVIRUS` is its address: a path (/run/clamav/clamd.ctl) or host:port; without one, nothing is
asked. An antivirus that does not answer lets nothing in.
"""

import logging
import socket
import struct

from django.conf import settings
from django.core.exceptions import ValidationError

journal = logging.getLogger(__name__)
SECONDES_AU_PLUS = 20
MORCEAU = 64 * 1024
REPONSE_AU_PLUS = 4096


def refuser_les_virus(contenu: bytes) -> None:
    """Raise ValidationError, with a sentence, unless the antivirus found nothing in `contenu`."""
    if not settings.ANTIVIRUS:
        return
    try:
        reponse = _interroger(settings.ANTIVIRUS, contenu)
    except (OSError, ValueError) as erreur:
        journal.error("Antivirus injoignable (%s) : un dépôt est refusé.", erreur)
        reponse = ""
    if reponse.endswith(" FOUND"):
        journal.warning("Dépôt refusé par l’antivirus : %s", reponse)
        raise ValidationError("L’antivirus a reconnu un programme malveillant : dépôt refusé.")
    if reponse != "stream: OK":
        raise ValidationError(
            "L’antivirus ne répond pas, et rien ne se dépose sans lui : réessayez plus tard."
        )


def _interroger(adresse: str, contenu: bytes) -> str:
    """Return what clamd says of `contenu` (INSTREAM: pieces, each after its length)."""
    with _se_connecter(adresse) as lien:
        lien.sendall(b"zINSTREAM\0")
        for debut in range(0, len(contenu), MORCEAU):
            morceau = contenu[debut : debut + MORCEAU]
            lien.sendall(struct.pack("!I", len(morceau)) + morceau)
        lien.sendall(struct.pack("!I", 0))
        recu = b""
        while not recu.endswith(b"\0") and len(recu) < REPONSE_AU_PLUS:
            suite = lien.recv(REPONSE_AU_PLUS)
            if not suite:
                break
            recu += suite
    return recu.rstrip(b"\0").decode(errors="replace").strip()


def _se_connecter(adresse: str) -> socket.socket:
    if not adresse.startswith("/"):
        hote, _, port = adresse.rpartition(":")
        return socket.create_connection((hote.strip("[]"), int(port)), SECONDES_AU_PLUS)
    lien = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    lien.settimeout(SECONDES_AU_PLUS)
    try:
        lien.connect(adresse)
    except OSError:
        lien.close()
        raise
    return lien
