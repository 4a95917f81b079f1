"""PostgreSQL restarted while the portal is read and written (see `tests/conftest.py`)."""

import time

from tests.postgresql import redemarrer
from tests.service.installation import Installation
from tests.service.test_installation import ecrire


def test_postgresql_redemarre_le_portail_lit_puis_ecrit_de_nouveau(tmp_path):
    """What was read is read on meanwhile; the connections are made again, by themselves."""
    installation = Installation(tmp_path)
    installation.commander("migrate", "-v0")
    installation.commander("charger_referentiel", "-v0")
    installation.commander("collectstatic", "--noinput", "-v0")
    with installation.servir() as serveur:
        assert serveur.lire("/")[0] == 200
        assert ecrire(serveur, 1)

        redemarrer()
        lues = [serveur.lire("/")[0] for _ in range(20)]
        fin = time.monotonic() + 60
        while serveur.lire("/suivi/")[0] != 200:
            assert time.monotonic() < fin

        assert lues == [200] * 20
        assert ecrire(serveur, 2)
