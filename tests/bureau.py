"""LibreOffice, as whoever opens our files has it."""

import shutil
import subprocess
from pathlib import Path

import pytest


def convertir(fichier: Path, format_voulu: str) -> Path:
    """Open `fichier` in LibreOffice and save it beside as `format_voulu`; return what was saved."""
    bureau = shutil.which("soffice")
    if not bureau:
        pytest.skip("LibreOffice est introuvable (paquets « libreoffice-{calc,writer}-nogui »)")
    dossier = fichier.parent / "revenu"
    commande = [bureau, f"-env:UserInstallation=file://{fichier.parent}/profil", "--headless"]
    commande += ["--convert-to", format_voulu, "--outdir", dossier, fichier]
    subprocess.run(commande, check=True, capture_output=True, timeout=120)
    return dossier / f"{fichier.stem}.{format_voulu}"
