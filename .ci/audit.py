"""`make audit`: known weaknesses of what serves the portal, by pip-audit, in an environment apart.

A weakness fails. A service that does not answer, or that does not know a package, does not: the
last line then says « non vérifié », so that nobody takes silence for a clean bill.
"""

import json
import subprocess
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
ENVIRONNEMENT = RACINE / "var/audit"
SECONDES_AU_PLUS = 180


def auditer() -> list[dict]:
    """Return what pip-audit says of each package of the lock; raises when it cannot say."""
    if not (ENVIRONNEMENT / "bin/pip-audit").exists():
        _lancer([sys.executable, "-m", "venv", ENVIRONNEMENT])
        installer = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        verrou = RACINE / "requirements-audit.txt"
        _lancer([ENVIRONNEMENT / "bin/python", *installer, "--require-hashes", "-r", verrou])
    dit = subprocess.run(
        [
            *(ENVIRONNEMENT / "bin/pip-audit", "--format", "json", "--progress-spinner", "off"),
            *("--disable-pip", "--require-hashes", "--timeout", "10"),
            *("-r", RACINE / "requirements.txt"),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDES_AU_PLUS,
    )
    # It exits with 1 both when it finds something and when it breaks: only its output tells.
    return json.loads(dit.stdout)["dependencies"]


def _lancer(commande: list) -> None:
    subprocess.run(commande, check=True, capture_output=True, timeout=SECONDES_AU_PLUS)


def juger(paquets: list[dict]) -> tuple[int, list[str]]:
    """Return the exit code and the lines to print."""
    atteints = [p for p in paquets if p.get("vulns")]
    inconnus = [p["name"] for p in paquets if "skip_reason" in p]
    lignes = [
        f"{p['name']} {p['version']} : {faille['id']}, corrigée en "
        f"{', '.join(faille['fix_versions']) or 'rien encore'}"
        for p in atteints
        for faille in p["vulns"]
    ]
    verifies = len(paquets) - len(inconnus)
    if verifies:
        lignes.append(f"{verifies} paquets vérifiés, {len(atteints)} avec une faille connue.")
    if inconnus or not paquets:
        lignes.append(f"!!! NON VÉRIFIÉ : {', '.join(inconnus) or 'aucun paquet'}.")
    return (1 if atteints else 0), lignes


if __name__ == "__main__":
    try:
        code, lignes = juger(auditer())
    except (OSError, KeyError, ValueError, subprocess.SubprocessError) as erreur:
        code, lignes = 0, [f"!!! NON VÉRIFIÉ : le service ne répond pas ({type(erreur).__name__})."]
    print("\n".join(lignes))
    sys.exit(code)
