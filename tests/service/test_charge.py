"""Twice as many readers as the server can serve, slow ones among them; then none.

Seconds of it: `PACTE_TESTS_CHARGE`, 20 unless it says otherwise.
"""

import asyncio
import os
import socket
import time
from collections import Counter
from itertools import count
from pathlib import Path

SECONDES = int(os.environ.get("PACTE_TESTS_CHARGE") or 20)
PATIENCE = 30
# Nobody asks for the same page, nor too much from one address: each is made.
DEMANDE = "GET /recherche/?q=mot{0} HTTP/1.1\r\nHost: localhost\r\n"
DEMANDE += "X-Forwarded-For: 10.{1}.{2}.9\r\nConnection: close\r\n\r\n"
DEMI = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
MEMOIRE_DE_PLUS, TRAVAIL_DE_PLUS = 1.15, 10


class Foule:
    """Readers of `serveur`, each for one page; counts what they got, 0 for nothing."""

    def __init__(self, serveur):
        self.serveur, self.numeros, self.recus = serveur, count(1), Counter()
        self.ouvrier = serveur.ouvriers()[0]

    async def lire(self) -> int:
        try:
            statut = await asyncio.wait_for(self._demander(), PATIENCE)
        except (OSError, TimeoutError):
            statut = 0
        self.recus[statut] += 1
        return statut

    async def _demander(self) -> int:
        numero = next(self.numeros)
        demande = DEMANDE.format(numero, numero // 200 % 200, numero % 200)
        lecture, ecriture = await asyncio.open_connection("127.0.0.1", self.serveur.port)
        try:
            ecriture.write(demande.encode())
            return int((await lecture.read())[9:12] or 0)
        finally:
            ecriture.close()

    async def mesurer(self, secondes: float = 3) -> float:
        """Return how many pages a second the server makes."""
        depart, avant = time.monotonic(), self.recus[200]
        while time.monotonic() < depart + secondes:
            await asyncio.gather(*(self.lire() for _ in range(8)))
        return (self.recus[200] - avant) / (time.monotonic() - depart)

    async def affluer(self, par_seconde: float, secondes: float) -> None:
        """Let readers come at this pace, whatever becomes of those before; then all leave."""
        depart, venus, presents = time.monotonic(), 0, set()
        while (passees := time.monotonic() - depart) < secondes:
            for _ in range(int(passees * par_seconde) - venus):
                venus += 1
                presents.add(lecteur := asyncio.create_task(self.lire()))
                lecteur.add_done_callback(presents.discard)
            await asyncio.sleep(0.02)
        for lecteur in list(presents):
            lecteur.cancel()
        await asyncio.gather(*presents, return_exceptions=True)

    async def trainer(self, envoi: bytes, combien: int = 3) -> list[asyncio.StreamWriter]:
        """Open connections that send `envoi`, and then neither send nor read."""
        prises = [
            await asyncio.open_connection("127.0.0.1", self.serveur.port) for _ in range(combien)
        ]
        for _, ecriture in prises:
            ecriture.write(envoi)
        return [ecriture for _, ecriture in prises]

    def memoire(self) -> int:
        statut = Path(f"/proc/{self.ouvrier}/status").read_text()
        return int(statut.partition("VmRSS:")[2].split()[0])

    async def travail(self, pages: int) -> float:
        """Return what the processor spends until `pages` readers, one by one, are served."""
        depart = self._processeur()
        for _ in range(pages):
            assert await self.lire() == 200
        return max(self._processeur() - depart, 1) / pages

    def _processeur(self) -> int:
        champs = Path(f"/proc/{self.ouvrier}/stat").read_text().rpartition(")")[2].split()
        return int(champs[11]) + int(champs[12])


async def deborder(foule: Foule) -> tuple[float, float]:
    """Return how much memory, and how much work for one page, are multiplied by."""
    capacite, avant = await foule.mesurer(), await foule.travail(20)
    lents = [*await foule.trainer(DEMI), *await foule.trainer(DEMI + b"\r\n")]
    lents += await foule.trainer(b"")
    await foule.affluer(2 * capacite, SECONDES / 2)
    milieu = foule.memoire()
    await foule.affluer(2 * capacite, SECONDES / 2)
    fin = foule.memoire()
    for lent in lents:
        lent.close()
    await asyncio.sleep(5)
    return fin / milieu, await foule.travail(1) / avant


def test_deux_fois_trop_de_lecteurs_des_refus_puis_tout_est_comme_avant(installation):
    """Whoever waited too long is refused; the memory does not grow; the crowd leaves no queue."""
    with installation.servir() as serveur:
        foule = Foule(serveur)
        memoire, travail = asyncio.run(deborder(foule))
        assert serveur.ouvriers() == [foule.ouvrier]
        journal = serveur.journal.read_text()

    assert set(foule.recus) <= {200, 503, 0}, foule.recus
    assert foule.recus[200] > 20 and foule.recus[503] > 0, foule.recus
    assert memoire <= MEMOIRE_DE_PLUS
    assert travail <= TRAVAIL_DE_PLUS
    assert "Internal Server Error" not in journal


def test_qui_se_tait_au_milieu_de_sa_demande_ne_retient_pas_les_autres(installation):
    """Twice as many as there are threads, and they stay."""
    with installation.servir(FILS_PAR_PROCESSUS="4") as serveur:
        muets = [socket.create_connection(("127.0.0.1", serveur.port)) for _ in range(8)]
        for muet in muets:
            muet.sendall(DEMI)
        assert serveur.lire("/healthz")[0] == 200
        for muet in muets:
            muet.close()
