"""The units of the installation guide, as systemd itself reads them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.service.installation import RACINE

GUIDE = RACINE / "docs" / "exploitation.md"
FICHIERS = re.compile(r"^    cat > /etc/systemd/system/(\S+) <<'EOF'\n(.*?)^    EOF$", re.M | re.S)
COPIES = re.compile(r"^    cp /etc/systemd/system/(\S+) /etc/systemd/system/(\S+)/$", re.M)
# The portal is not installed where the tests run.
ABSENT = "Command /srv/pacte/.venv/bin/python is not executable: No such file or directory"
# On systemd's scale, where a service that may do everything has 10.
EXPOSITION_AU_PLUS = 2.0


@pytest.fixture(scope="module")
def unites(tmp_path_factory) -> Path:
    """A folder of units, written as the guide writes them."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze est introuvable : installer le paquet « systemd »")
    dossier = tmp_path_factory.mktemp("racine") / "etc" / "systemd" / "system"
    texte_du_guide = GUIDE.read_text(encoding="utf-8")
    for nom, texte in FICHIERS.findall(texte_du_guide):
        fichier = dossier / nom
        fichier.parent.mkdir(parents=True, exist_ok=True)
        fichier.write_text(re.sub(r"^    ", "", texte, flags=re.M), encoding="utf-8")
    for source, copie in COPIES.findall(texte_du_guide):
        (dossier / copie).mkdir(exist_ok=True)
        shutil.copy(dossier / source, dossier / copie)
    return dossier


def analyser(unites: Path, *arguments: str) -> str:
    """Return what systemd says of units that are not installed."""
    fait = subprocess.run(
        ["systemd-analyze", *arguments],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{unites}:"},
        capture_output=True,
        text=True,
    )
    return fait.stdout + fait.stderr


def test_systemd_lit_chaque_unite_sans_rien_redire(unites):
    noms = {f.name.replace("@.", "@purger.") for f in unites.glob("*.*") if f.is_file()}

    dit = analyser(unites, "verify", *sorted(noms))

    assert [ligne for ligne in dit.splitlines() if not ligne.endswith(ABSENT)] == []
    assert {"pacte.socket", "pacte.service", "pacte@purger.timer", "pacte-sauvegarde.timer"} <= noms


@pytest.mark.parametrize("service", ["pacte.service", "pacte@.service", "pacte-sauvegarde.service"])
def test_aucun_service_ne_peut_plus_que_son_travail(unites, service):
    racine = unites.parents[2]

    dit = analyser(unites, "security", "--offline=true", f"--root={racine}", service)

    trouve = re.search(r"Overall exposure level for \S+: ([\d.]+)", dit)
    assert trouve and float(trouve[1]) <= EXPOSITION_AU_PLUS, dit
