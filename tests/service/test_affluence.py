"""Who is served in a crowd, whoever they are; `test_charge.py` makes a real one."""

from wsgiref.util import setup_testing_defaults

import pytest

from pacte.service import affluence
from pacte.service.affluence import ATTENTE_AU_PLUS, Affluence
from tests.service.test_installation import EN_TETES


def demander(attente: float, methode: str = "GET", adresse: str = "/actions/"):
    """Return the status, the headers and the body for a request that waited `attente` seconds."""
    environ, recu = {"REQUEST_METHOD": methode, "PATH_INFO": adresse}, []
    setup_testing_defaults(environ)
    affluence._attente.secondes = attente

    def application(environ, demarrer):
        demarrer("200 OK", [])
        return [b"page"]

    corps = b"".join(Affluence(application)(environ, lambda *mots: recu.extend(mots)))
    affluence._attente.secondes = 0
    return recu[0], recu[1], corps


def test_qui_attend_trop_longtemps_lit_pourquoi_en_francais():
    statut, en_tetes, corps = demander(ATTENTE_AU_PLUS + 0.1)

    assert statut.startswith("503 ")
    assert "<h1>Le site est très demandé</h1>" in corps.decode()
    lus = [f"{nom}: {valeur}" for nom, valeur in en_tetes]
    assert {"Retry-After: 60", "Cache-Control: no-store"} <= set(lus)
    assert [attendu for attendu in EN_TETES if not any(lu.startswith(attendu) for lu in lus)] == []
    assert f"Content-Length: {len(corps)}" in lus
    assert demander(ATTENTE_AU_PLUS + 0.1, "HEAD")[2] == b""


@pytest.mark.parametrize(
    ("attente", "methode", "adresse"),
    [
        (0, "GET", "/actions/"),
        (ATTENTE_AU_PLUS, "GET", "/actions/"),
        (60, "POST", "/contact/"),
        (60, "GET", "/healthz"),
        (60, "GET", "/readyz"),
        (60, "GET", "/static/css/pacte.css"),
    ],
)
def test_qui_est_servi_malgre_tout(attente, methode, adresse):
    assert demander(attente, methode, adresse)[::2] == ("200 OK", b"page")
