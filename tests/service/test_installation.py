"""Real servers: what readers see while officers write, and when something breaks."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPException
from itertools import count, cycle
from threading import Event, Thread
from urllib.parse import urlencode

import pytest

from pacte.service.veille import SECONDES_ENTRE_DEUX_REGARDS
from tests.service.installation import RACINE, Serveur, installer

NUMERO = re.compile(r"Édition (\d+) de l’a")
PAGES = ["/", "/actions/?axe=1", "/axes/1/", "/recherche/?q=edition", "/axes/", "/plan-du-site/"]
DEMANDES, EDITIONS = 10_000, 20
CACHE = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
EN_TETES = [
    "Content-Security-Policy: default-src 'none'",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
    "Permissions-Policy: ",
    "X-Content-Type-Options: nosniff",
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    return installer(tmp_path_factory.mktemp("installation"))


class Publication(Thread):
    """Publishes editions in a process of its own, and notes when each was acknowledged."""

    def __init__(self, installation):
        super().__init__()
        self.installation, self.parues, self.code = installation, {0: 0.0}, None

    def run(self):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.service.publier", str(EDITIONS)],
            cwd=RACINE,
            env=self.installation.env,
            stdout=subprocess.PIPE,
            text=True,
        ) as processus:
            for ligne in processus.stdout:
                self.parues[int(ligne)] = time.monotonic()
        self.code = processus.returncode


def test_deux_serveurs_s_accordent_et_aucune_page_ne_mele_deux_editions(installation):
    """10,000 pages of two servers while editions are published: each is of one, and fresh."""
    melees, en_retard, fuites, lues = [], [], [], 0
    with installation.servir() as un, installation.servir() as autre:
        publication = Publication(installation)
        publication.start()
        liens = [(serveur, serveur.ouvrir()) for serveur in (un, autre)]
        for (serveur, lien), adresse in zip(cycle(liens), cycle([*PAGES, PAGES[0]])):
            depart = time.monotonic()
            statut, texte = serveur.lire(adresse, lien)
            assert statut == 200, (adresse, statut)
            numeros = {int(numero) for numero in NUMERO.findall(texte)} or {0}
            due = max(
                numero
                for numero, parue in publication.parues.copy().items()
                if parue + SECONDES_ENTRE_DEUX_REGARDS < depart
            )
            melees += [(adresse, numeros)] if len(numeros) > 1 else []
            en_retard += [(adresse, numeros, due)] if 0 < max(numeros) < due else []
            fuites += [adresse] if "Brouillon" in texte else []
            lues += 1
            if lues >= DEMANDES and not publication.is_alive():
                break
        publication.join()
        for _, lien in liens:
            lien.close()

    assert publication.code == 0
    assert len(publication.parues) == EDITIONS + 1
    assert (melees, en_retard, fuites) == ([], [], [])


def ecrire(serveur, numero: int) -> bool:
    """Send one message by the form, from an address of its own; tell if it was acknowledged."""
    lien = serveur.ouvrir()
    en_tetes = {"X-Forwarded-For": f"10.0.{numero // 250}.{numero % 250}"}
    try:
        lien.request("GET", "/contact/", headers=en_tetes)
        reponse = lien.getresponse()
        champs = dict(CACHE.findall(reponse.read().decode()))
        champs |= {"sujet": "question", "texte": f"Message {numero}.", "courriel": "a@exemple.fr"}
        en_tetes["Cookie"] = reponse.getheader("Set-Cookie", "").partition(";")[0]
        en_tetes["Content-Type"] = "application/x-www-form-urlencoded"
        lien.request("POST", "/contact/", urlencode(champs), en_tetes)
        return lien.getresponse().status == 302
    except (OSError, HTTPException):
        return False
    finally:
        lien.close()


class Redacteurs:
    """Several people who write without a pause, until told to stop; keeps what was acknowledged."""

    def __init__(self, combien: int = 3):
        self.fini, self.numeros, self.recus, self.serveur = Event(), count(1), [], None
        self.fils = [Thread(target=self._ecrire) for _ in range(combien)]

    def __enter__(self):
        for fil in self.fils:
            fil.start()
        return self

    def __exit__(self, *_):
        self.fini.set()
        for fil in self.fils:
            fil.join()

    def _ecrire(self):
        while not self.fini.is_set():
            if self.serveur is None:
                time.sleep(0.05)
            elif ecrire(self.serveur, numero := next(self.numeros)):
                self.recus.append(numero)

    def attendre(self, combien: int) -> None:
        """Return once `combien` more messages are acknowledged."""
        but, fin = len(self.recus) + combien, time.monotonic() + 120
        while len(self.recus) < but:
            assert time.monotonic() < fin, "personne ne peut plus écrire"
            time.sleep(0.05)


def test_rien_de_ce_qui_fut_accepte_ne_se_perd_quand_on_tue_les_processus(installation):
    """`kill -9` of the process that answers, then of its master, in the middle of writes."""
    with Redacteurs() as redacteurs:
        with installation.servir(WEB_CONCURRENCY="2") as serveur:
            redacteurs.serveur = serveur
            for _ in range(3):
                redacteurs.attendre(4)
                os.kill(serveur.ouvriers()[0], signal.SIGKILL)
            redacteurs.attendre(4)
            serveur.tuer()
            redacteurs.serveur = None
        with installation.servir() as serveur:
            redacteurs.serveur = serveur
            redacteurs.attendre(4)
            redacteurs.fini.set()

    gardes = installation.calculer(
        "from pacte.portail.models import Message; "
        "print(*Message.objects.values_list('texte', flat=True), sep='\\n')"
    ).splitlines()
    assert len(redacteurs.recus) >= 20
    assert {f"Message {numero}." for numero in redacteurs.recus} - set(gardes) == set()
    assert len(gardes) == len(set(gardes))


def test_une_mise_a_jour_ne_refuse_aucune_demande(installation):
    """The socket stays open while the service starts again: who asks waits, and is answered."""
    fini, statuts = Event(), []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as prise:
        port = prise.getsockname()[1]
        ancien = Serveur(installation, port, {}, prise)
        ancien.attendre()

        def lire():
            while not fini.is_set():
                statuts.append(ancien.lire("/axes/")[0])

        lecteurs = [Thread(target=lire) for _ in range(3)]
        for lecteur in lecteurs:
            lecteur.start()
        time.sleep(1)
        ancien.arreter()
        nouveau = Serveur(installation, port, {}, prise)
        nouveau.attendre()
        time.sleep(1)
        fini.set()
        for lecteur in lecteurs:
            lecteur.join()
        nouveau.arreter()

    assert set(statuts) == {200}
    assert len(statuts) > 5


FICHIERS = ["/actions.csv", "/actions.json", "/actions.xlsx", "/financements.csv"]
FICHIERS += ["/donnees-ouvertes/actions.csv", "/actions/?q=zzzz", "/suivi/argent.csv"]


def test_ce_qui_se_telecharge_arrive_en_entier_et_sans_retenir_la_base(installation, serveur):
    """Streamed rows are read after the view, in the instant that it opened; even given up."""
    lien = serveur.ouvrir()
    for adresse in FICHIERS:
        lien.request("GET", adresse)
        reponse = lien.getresponse()
        assert (reponse.status, len(reponse.read()) > 50) == (200, True), adresse
    lien.close()
    for adresse in FICHIERS:
        with socket.create_connection(("127.0.0.1", serveur.port)) as prise:
            prise.sendall(f"GET {adresse} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            prise.recv(100)

    assert ecrire(serveur, 8_000)
    assert "Error" not in serveur.journal.read_text()


@pytest.mark.parametrize(
    ("demande", "statut"),
    [
        (b"N IMPORTE QUOI\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
    ],
    ids=["illisible", "trop longue", "en-tête trop long"],
)
def test_ce_que_gunicorn_refuse_a_nos_en_tetes(serveur, demande, statut):
    with socket.create_connection(("127.0.0.1", serveur.port)) as prise:
        prise.sendall(demande)
        reponse = b""
        while morceau := prise.recv(65536):
            reponse += morceau
    tete, _, corps = reponse.decode().partition("\r\n\r\n")

    assert tete.startswith(f"HTTP/1.1 {statut} ")
    assert [en_tete for en_tete in EN_TETES if en_tete not in tete] == []
    assert '<html lang="fr">' in corps
    assert f"Content-Length: {len(corps.encode())}" in tete


@pytest.fixture(scope="module")
def serveur(installation):
    jeton = {"MESURES_JETON": "la-cle", "PROMETHEUS_MULTIPROC_DIR": f"{installation.dossier}/m"}
    with installation.servir(WEB_CONCURRENCY="2", **jeton) as un:
        yield un


def test_les_mesures_sont_celles_de_tous_les_processus_et_demandent_une_cle(serveur):
    avant = compter(serveur)
    for _ in range(20):
        serveur.lire("/axes/")

    assert compter(serveur) - avant >= 20
    assert serveur.lire("/mesures")[0] == 404
    assert serveur.lire("/mesures", Authorization="Bearer une autre")[0] == 404


def compter(serveur) -> float:
    statut, texte = serveur.lire("/mesures", Authorization="Bearer la-cle")
    assert statut == 200
    return sum(float(n) for n in re.findall(r'pacte_reponses_total{classe="2xx"} (\S+)', texte))


def test_les_clients_lents_partis_le_portail_repond(serveur):
    """They send half a request and wait: whoever answers them is free again when they go."""
    lents = [socket.create_connection(("127.0.0.1", serveur.port)) for _ in range(40)]
    for prise in lents:
        prise.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    for prise in lents:
        prise.close()

    serveur.attendre()
    assert serveur.lire("/")[0] == 200
