"""Attempts counted in a real Valkey (or Redis), which then stops; and addresses that are none."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from pacte import environnement
from pacte.socle.compteurs import CompteursSurValkey
from tests.service.installation import port_libre
from tests.service.visiteur import Visiteur, creer_un_agent, ecrire

# Messages in ten minutes from one address (`ACCOUNT_RATE_LIMITS`).
PERMIS = 5


@contextmanager
def valkey(port: int):
    """A server of counters of its own, which keeps nothing on the disk."""
    programme = shutil.which("valkey-server") or shutil.which("redis-server")
    if programme is None:
        pytest.skip("Valkey est introuvable : installer le paquet « redis-server » du système")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    processus = subprocess.Popen([programme, *options], stdout=subprocess.DEVNULL)
    try:
        _attendre(port)
        yield processus
    finally:
        processus.kill()
        processus.wait()


def _attendre(port: int) -> None:
    fin = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < fin
            time.sleep(0.05)


def chercher(serveur) -> list[int]:
    with Visiteur(serveur) as lecteur:
        return [lecteur.get(f"/recherche/?q=logement&n={n}").status_code for n in range(3)]


def test_deux_serveurs_comptent_ensemble_et_se_passent_de_valkey_quand_il_s_arrete(installation):
    """Limits hold across servers; without Valkey pages answer, sign-in says why; then as before."""
    agent, port = creer_un_agent(installation, "valkey@exemple.fr"), port_libre()
    adresse = {"CACHE_URL": f"redis://127.0.0.1:{port}/0"}
    fichiers = len(list(installation.dossier.glob("cache/*")))
    with installation.servir(**adresse) as un, installation.servir(**adresse) as autre:
        with valkey(port), Visiteur(un) as visiteur:
            ensemble = ecrire(un, "192.0.2.1", 3) + ecrire(autre, "192.0.2.1", 3)
            assert ensemble == [302] * PERMIS + [429]
            assert ecrire(autre, "192.0.2.2", 1) == [302]
            assert len(list(installation.dossier.glob("cache/*"))) == fichiers
            assert visiteur.entrer(agent).status_code == 302

        with Visiteur(un) as visiteur:
            assert chercher(un) == [200] * 3
            assert {un.lire(page)[0] for page in ("/", "/suivi/", "/connexion/")} == {200}
            assert un.lire("/readyz") == (503, "indisponible\u00a0: cache\n")
            refus = visiteur.entrer(agent)
            assert (refus.status_code, "Rien ne s’enregistre" in refus.text) == (503, True)
        assert "Les compteurs ne s’écrivent plus" in un.journal.read_text()

        with valkey(port), Visiteur(un) as visiteur:
            assert ecrire(un, "192.0.2.1", PERMIS + 1) == [302] * PERMIS + [429]
            assert visiteur.entrer(agent).status_code == 302
            assert un.lire("/readyz")[0] == 200


def test_un_valkey_qui_ne_dit_rien_ne_retient_personne_longtemps(installation):
    """He takes connections and never answers: a page waits for a few seconds, no more."""
    with socket.create_server(("127.0.0.1", 0)) as muet:
        adresse = f"redis://127.0.0.1:{muet.getsockname()[1]}"
        with installation.servir(CACHE_URL=adresse) as serveur:
            depart = time.monotonic()
            assert chercher(serveur) == [200] * 3

    assert time.monotonic() - depart < 50


def test_ce_qui_est_compte_dans_valkey_est_du_texte(tmp_path):
    """Whoever writes there makes no program run here."""
    port = port_libre()
    with valkey(port):
        cache = CompteursSurValkey(f"redis://127.0.0.1:{port}", {})
        for valeur in ([1.5, 2], True, 3, "mot"):
            cache.set("cle", valeur, 60)
            assert cache.get("cle") == valeur
        assert cache.add("nombre", 0) and not cache.add("nombre", 0)
        assert cache.incr("nombre", 2) == 2
        cache.set("cle", [time.time() + 3600, 5.0], 60)
        assert cache.get("cle") == [5.0]
        assert b"[" in cache._cache.get_client().get(cache.make_key("cle"))
        cache.close()


@pytest.mark.parametrize(
    "adresse",
    [
        *("redis://", "http://machine:6379", "machine:6379", "redis://machine:port/0"),
        *("redis://machine:99999/0", "redis://machine/base", "unix://", "unix://machine/x"),
    ],
)
def test_une_adresse_illisible_est_refusee_au_demarrage_sans_etre_repetee(
    monkeypatch, tmp_path, adresse
):
    monkeypatch.setenv("CACHE_URL", adresse)

    with pytest.raises(ImproperlyConfigured, match="CACHE_URL est illisible") as refus:
        environnement.env_compteurs("CACHE_URL", tmp_path)

    assert "machine:99" not in str(refus.value)


@pytest.mark.parametrize(
    "adresse",
    [
        *("redis://m", "rediss://:mot@m:6380/1", "redis://qui:mot@[::1]:6379/"),
        "unix:///run/valkey/valkey.sock",
    ],
)
def test_une_adresse_se_lit_aussi_dans_un_fichier(monkeypatch, tmp_path, adresse):
    (tmp_path / "adresse").write_text(f"{adresse}\n")
    monkeypatch.setenv("CACHE_URL_FILE", str(tmp_path / "adresse"))

    cache = environnement.env_compteurs("CACHE_URL", tmp_path)

    assert (cache["BACKEND"].rpartition(".")[2], cache["LOCATION"]) == (
        "CompteursSurValkey",
        adresse,
    )


def test_sans_le_paquet_le_serveur_ne_demarre_pas_et_dit_quoi_installer(monkeypatch, tmp_path):
    monkeypatch.setenv("CACHE_URL", "redis://machine")
    monkeypatch.setattr(environnement.importlib.util, "find_spec", lambda nom: None)

    with pytest.raises(ImproperlyConfigured, match="requirements-valkey.txt"):
        environnement.env_compteurs("CACHE_URL", tmp_path)
