"""A clamd, when one is named, reads what comes in; without its word nothing is deposited."""

import socket
import socketserver
import struct
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from pacte.environnement import env_antivirus
from pacte.socle import antivirus
from pacte.socle.antivirus import refuser_les_virus
from tests.documents import PDF

# The harmless text that every antivirus recognises; in two pieces, so that none stops at this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FauxClamd(socketserver.BaseRequestHandler):
    """Reads INSTREAM as clamd does, and answers what its server was told to."""

    def handle(self) -> None:
        lu = self.request.makefile("rb")
        assert lu.read(10) == b"zINSTREAM\0"
        recu = b""
        while taille := struct.unpack("!I", lu.read(4))[0]:
            recu += lu.read(taille)
        self.server.recus.append(recu)
        trouve = b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in recu else self.server.reponse
        self.request.sendall(trouve + b"\0")


class Serveur(socketserver.ThreadingMixIn, socketserver.TCPServer):
    address_family = socket.AF_INET
    daemon_threads = allow_reuse_address = True


class ServeurUnix(Serveur):
    address_family = socket.AF_UNIX


@pytest.fixture(params=["tcp", "unix"])
def clamd(request, settings, tmp_path):
    """A false clamd on both kinds of address; what it received is in `.recus`."""
    if request.param == "unix":
        serveur = ServeurUnix(str(tmp_path / "clamd.ctl"), FauxClamd)
        settings.ANTIVIRUS = serveur.server_address
    else:
        serveur = Serveur(("127.0.0.1", 0), FauxClamd)
        settings.ANTIVIRUS = "127.0.0.1:{1}".format(*serveur.server_address)
    serveur.recus, serveur.reponse = [], b"stream: OK"
    threading.Thread(target=serveur.serve_forever, args=[0.05], daemon=True).start()
    yield serveur
    serveur.shutdown()
    serveur.server_close()


def test_ce_qui_est_sain_passe_entier(clamd):
    contenu = b"a" * (3 * antivirus.MORCEAU + 5)

    refuser_les_virus(contenu)

    assert clamd.recus == [contenu]


def test_un_virus_est_refuse(clamd):
    with pytest.raises(ValidationError, match="programme malveillant"):
        refuser_les_virus(PDF + EICAR)


@pytest.mark.parametrize(
    "reponse", [b"INSTREAM size limit exceeded. ERROR", b"", b"stream: OKAY", b"\xff"]
)
def test_une_reponse_qui_n_est_pas_oui_refuse(clamd, reponse):
    clamd.reponse = reponse

    with pytest.raises(ValidationError, match="ne répond pas"):
        refuser_les_virus(PDF)


@pytest.mark.parametrize("adresse", ["127.0.0.1:1", "/nulle/part/clamd.ctl", "127.0.0.1:99999"])
def test_un_antivirus_absent_refuse(settings, adresse):
    settings.ANTIVIRUS = adresse

    with pytest.raises(ValidationError, match="ne répond pas"):
        refuser_les_virus(PDF)


def test_un_antivirus_qui_tarde_refuse(settings, monkeypatch):
    monkeypatch.setattr(antivirus, "SECONDES_AU_PLUS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as muet:
        settings.ANTIVIRUS = f"127.0.0.1:{muet.getsockname()[1]}"

        with pytest.raises(ValidationError, match="ne répond pas"):
            refuser_les_virus(PDF)


def test_sans_antivirus_rien_n_est_demande(settings):
    assert settings.ANTIVIRUS == ""

    refuser_les_virus(EICAR)


@pytest.mark.parametrize("clamd", ["tcp"], indirect=True)
def test_un_depot_infecte_est_refuse_sur_la_page_et_la_saisie_gardee(
    client, agent_departement, clamd
):
    client.force_login(agent_departement)
    importation = SimpleUploadedFile("a.csv", b"Code;x\n1;" + EICAR)
    acte = {
        "type_acte": "convention",
        "objet": "Une convention à garder",
        "signatures-TOTAL_FORMS": "0",
        "signatures-INITIAL_FORMS": "0",
        "document": SimpleUploadedFile("acte.pdf", PDF.replace(b"\ntrailer", EICAR + b"\ntrailer")),
    }

    apporte = client.post("/admin/pacte/importation/add/", {"fichier": importation})
    depose = client.post("/admin/contrats/acte/add/", acte)

    assert [apporte.status_code, depose.status_code] == [200, 200]
    assert "programme malveillant" in apporte.text
    assert "programme malveillant" in depose.text
    assert "Une convention à garder" in depose.text


def test_un_antivirus_arrete_se_dit_et_ne_casse_rien(client, agent_departement, settings):
    settings.ANTIVIRUS = "127.0.0.1:1"
    client.force_login(agent_departement)

    reponse = client.post(
        "/admin/pacte/importation/add/", {"fichier": SimpleUploadedFile("a.csv", b"Code\n1")}
    )

    assert reponse.status_code == 200
    assert "ne répond pas" in reponse.text
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("adresse", ["clamd", "127.0.0.1:", "localhost", "1.2.3.4:abc"])
def test_une_adresse_mal_ecrite_empeche_de_demarrer(monkeypatch, adresse):
    monkeypatch.setenv("ANTIVIRUS", adresse)

    with pytest.raises(ImproperlyConfigured, match="machine:port"):
        env_antivirus("ANTIVIRUS")
