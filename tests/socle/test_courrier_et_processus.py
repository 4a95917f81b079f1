"""The outbox and real processes: killed, or two at once, on an SQLite file of their own.

`tests/test_concurrence.py` does the same with threads on PostgreSQL.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.serveur_smtp import SILENCE, servir

RACINE = Path(__file__).resolve().parents[2]
ECRIRE = """
import django, os, signal
django.setup()
from django.core.mail import EmailMessage
from pacte.socle.courriels import expedier
expedier(EmailMessage("Bonjour", "Texte", to={destinataires!r}))
{ensuite}
"""


class Portail:
    """The portal on a base of its own, which writes to `serveur`."""

    def __init__(self, dossier: Path, serveur):
        self.serveur, self.base = serveur, dossier / "base.sqlite3"
        self.environnement = {
            **os.environ,
            "PACTE_MODE": "local",
            "SECRET_KEY": "clé-des-tests",
            "DJANGO_SETTINGS_MODULE": "tests.reglages_smtp",
            "DATABASE_URL": f"sqlite:///{self.base}",
            "SMTP_HOTE": "127.0.0.1",
            "SMTP_PORT": str(serveur.port),
        }
        self.commander("migrate", "socle", "--verbosity=0").communicate()

    def lancer(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=RACINE,
            env=self.environnement,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def commander(self, *arguments: str) -> subprocess.Popen:
        return self.lancer("manage.py", *arguments)

    def executer(self, code: str) -> int:
        """Run `code`; return its exit status."""
        processus = self.lancer("-c", code)
        _, erreurs = processus.communicate(timeout=120)
        assert processus.returncode in (0, -signal.SIGKILL), erreurs
        return processus.returncode

    def interroger(self, sql: str) -> list[tuple]:
        with closing(sqlite3.connect(self.base)) as base, base:
            return base.execute(sql).fetchall()

    def finir_les_prises(self) -> None:
        """What ten minutes do."""
        self.interroger(
            "UPDATE socle_courrier SET pris_jusqu_a = NULL, prochain_essai_le = '2026-01-01'"
        )


@pytest.fixture(scope="module")
def prepare(tmp_path_factory):
    with servir() as serveur:
        yield Portail(tmp_path_factory.mktemp("portail"), serveur)


@pytest.fixture
def portail(prepare):
    prepare.interroger("DELETE FROM socle_courrier")
    prepare.serveur.reponses.clear()
    prepare.serveur.recus.clear()
    prepare.serveur.ecoute.clear()
    return prepare


def test_un_processus_tue_apres_la_validation_n_a_rien_perdu(portail):
    """The server does not answer yet: nothing left before the process was killed."""
    portail.serveur.reponses["CONNEXION"] = SILENCE
    meurt = ECRIRE.format(
        destinataires=["a@exemple.fr"], ensuite="os.kill(os.getpid(), signal.SIGKILL)"
    )

    assert portail.executer(meurt) == -signal.SIGKILL

    portail.serveur.reponses.clear()
    assert portail.interroger("SELECT statut FROM socle_courrier") == [("a_envoyer",)]
    portail.finir_les_prises()
    assert "1\u00a0courriel parti" in portail.commander("envoyer_courriels").communicate()[0]
    assert portail.serveur.destinataires == ["a@exemple.fr"]


def test_un_processus_tue_pendant_l_envoi_laisse_sa_ligne_a_reessayer(portail):
    portail.serveur.reponses["DATA"] = SILENCE
    ecrit = portail.lancer("-c", ECRIRE.format(destinataires=["a@exemple.fr"], ensuite=""))
    assert portail.serveur.ecoute.wait(timeout=120)
    ecrit.kill()
    ecrit.communicate()

    portail.serveur.reponses.clear()
    # Its claim still stands: nobody else takes it.
    assert portail.commander("envoyer_courriels").communicate()[0] == ""
    assert portail.interroger("SELECT statut, essais FROM socle_courrier") == [("a_envoyer", 1)]
    portail.finir_les_prises()
    portail.commander("envoyer_courriels").communicate()
    assert portail.serveur.destinataires == ["a@exemple.fr"]


def test_deux_commandes_a_la_fois_n_envoient_rien_deux_fois(portail):
    adresses = [f"p{rang:02}@exemple.fr" for rang in range(30)]
    ecrit = ECRIRE.format(destinataires=adresses, ensuite="")
    portail.serveur.reponses["CONNEXION"] = "421 fermé"
    portail.executer(ecrit)
    portail.finir_les_prises()
    portail.serveur.reponses.clear()

    processus = [portail.commander("envoyer_courriels") for _ in range(2)]
    dits = [p.communicate(timeout=120) for p in processus]

    assert [p.returncode for p in processus] == [0, 0], dits
    assert portail.serveur.destinataires == adresses
