"""The inventory of what is served, and the word of the audit: never silent."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[1]


def charger(nom: str):
    """Return the module of a tool of `.ci`, which is no package."""
    fiche = importlib.util.spec_from_file_location(nom, RACINE / ".ci" / f"{nom}.py")
    module = importlib.util.module_from_spec(fiche)
    fiche.loader.exec_module(module)
    return module


def test_l_inventaire_tient_chaque_paquet_du_verrou_avec_sa_licence(tmp_path):
    fichiers = [tmp_path / "un.json", tmp_path / "deux.json"]
    for fichier in fichiers:
        subprocess.run([sys.executable, RACINE / ".ci/inventaire.py", fichier], check=True)

    textes = [fichier.read_text() for fichier in fichiers]
    lu = json.loads(textes[0])
    verrou = (RACINE / "requirements.txt").read_text()

    assert textes[0] == textes[1]
    assert (lu["bomFormat"], lu["specVersion"]) == ("CycloneDX", "1.6")
    versions = {f"{c['name']}=={c['version']}" for c in lu["components"]}
    assert versions == {
        ligne.split()[0] for ligne in verrou.splitlines() if "==" in ligne.split(";")[0]
    }
    assert all(any(p["name"] == "pacte:sha256" for p in c["properties"]) for c in lu["components"])
    licences = {c["name"]: c["licenses"][0]["license"]["name"] for c in lu["components"]}
    assert licences["django"] == "BSD-3-Clause"
    assert "inconnue" not in licences.values()


FAILLE = {"id": "PYSEC-1", "fix_versions": ["2.0"]}


@pytest.mark.parametrize(
    ("paquets", "code", "mots"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 paquets vérifiés, 0"),
        ([{"name": "a", "version": "1", "vulns": [FAILLE]}], 1, "a 1 : PYSEC-1, corrigée en 2.0"),
        ([{"name": "a", "skip_reason": "introuvable"}], 0, "!!! NON VÉRIFIÉ : a."),
        ([], 0, "!!! NON VÉRIFIÉ : aucun paquet."),
    ],
)
def test_l_audit_echoue_sur_une_faille_et_dit_ce_qu_il_ne_sait_pas(paquets, code, mots):
    rendu, lignes = charger("audit").juger(paquets)

    assert rendu == code
    assert mots in "\n".join(lignes)
