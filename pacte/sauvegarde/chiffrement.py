"""Authenticated encryption of a stream, chunk by chunk: the STREAM construction, as in Tink.

A file is: MAGIE, a salt, a nonce prefix, then chunks of AES-256-GCM. The key of the file comes from
the secret and the salt (HKDF-SHA256); the nonce of a chunk is prefix ‖ its number (4 bytes) ‖ 1 for
the last one, 0 before. A chunk that is altered, moved, removed or added is refused, and so is a
file that stops early. See docs/decisions/0024-backups.md.
"""

import io
import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pacte.sauvegarde.refus import SauvegardeRefusee

MAGIE = b"pacte-sauvegarde-chiffree-1\n"
SEL, PREFIXE, MARQUE = 32, 7, 16
MORCEAU = 1 << 20
SECRET_MINIMAL = 32

ALTEREE = (
    "Cette sauvegarde ne se déchiffre pas : la clé n’est pas la sienne, ou le fichier est abîmé "
    "ou incomplet."
)


def verifier_le_secret(secret: str) -> str:
    """Return `secret`; refuse none, and one that could be guessed."""
    if not secret:
        raise SauvegardeRefusee(
            "Il manque la clé : SAUVEGARDE_CLE_FILE nomme le fichier qui la contient."
        )
    if len(secret) < SECRET_MINIMAL:
        raise SauvegardeRefusee(
            f"La clé des sauvegardes compte moins de {SECRET_MINIMAL} caractères : en tirer une "
            "au hasard (voir docs/exploitation.md)."
        )
    return secret


def est_chiffre(fichier: BinaryIO) -> bool:
    """Tell whether `fichier`, at its beginning, is encrypted; its position is left as it was."""
    debut = fichier.read(len(MAGIE))
    fichier.seek(0)
    return debut == MAGIE


def _coffre(secret: str, sel: bytes) -> AESGCM:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=sel, info=MAGIE)
    return AESGCM(derivation.derive(verifier_le_secret(secret).encode()))


def _nonce(prefixe: bytes, rang: int, est_le_dernier: bool) -> bytes:
    return prefixe + struct.pack(">IB", rang, est_le_dernier)


class Chiffreur:
    """What is written to it goes to `sortie`, encrypted. `fermer` writes the last chunk."""

    def __init__(self, sortie: BinaryIO, secret: str) -> None:
        sel, self.prefixe = os.urandom(SEL), os.urandom(PREFIXE)
        self.sortie, self.coffre = sortie, _coffre(secret, sel)
        self.attente, self.rang = bytearray(), 0
        sortie.write(MAGIE + sel + self.prefixe)

    def write(self, octets: bytes) -> int:
        self.attente += octets
        # The last chunk is known as such when the file ends: one is always kept back.
        while len(self.attente) > MORCEAU:
            self._sortir(bytes(self.attente[:MORCEAU]), est_le_dernier=False)
            del self.attente[:MORCEAU]
        return len(octets)

    def fermer(self) -> None:
        self._sortir(bytes(self.attente), est_le_dernier=True)

    def _sortir(self, clair: bytes, *, est_le_dernier: bool) -> None:
        nonce = _nonce(self.prefixe, self.rang, est_le_dernier)
        self.sortie.write(self.coffre.encrypt(nonce, clair, None))
        self.rang += 1


class Dechiffreur(io.RawIOBase):
    """Reads what `Chiffreur` wrote; refuses before giving a byte that it cannot prove."""

    def __init__(self, entree: BinaryIO, secret: str) -> None:
        entete = entree.read(len(MAGIE) + SEL + PREFIXE)
        self.suivant = entree.read(MORCEAU + MARQUE)
        # Even an empty text has its last chunk.
        if not self.suivant:
            raise SauvegardeRefusee(ALTEREE)
        sel, self.prefixe = entete[len(MAGIE) : -PREFIXE], entete[-PREFIXE:]
        self.entree, self.coffre = entree, _coffre(secret, sel)
        self.rang, self.clair = 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, tampon: memoryview) -> int:  # type: ignore[override]  # any buffer will do
        while not self.clair and self.suivant:
            self._dechiffrer()
        pris = self.clair[: len(tampon)]
        tampon[: len(pris)] = pris
        self.clair = self.clair[len(pris) :]
        return len(pris)

    def _dechiffrer(self) -> None:
        scelle, self.suivant = self.suivant, self.entree.read(MORCEAU + MARQUE)
        nonce = _nonce(self.prefixe, self.rang, not self.suivant)
        try:
            self.clair = memoryview(self.coffre.decrypt(nonce, scelle, None))
        except InvalidTag as erreur:
            raise SauvegardeRefusee(ALTEREE) from erreur
        self.rang += 1
