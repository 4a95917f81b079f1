"""`make sbom`: what serves the portal, as a CycloneDX 1.6 inventory, from the lock alone.

Versions and digests come from `requirements.txt`, licences from what is installed; nothing is asked
of the network, and two runs of one lock write the same file.
"""

import json
import re
import sys
from importlib import metadata
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
VERROU = re.compile(r"^([a-z0-9.-]+)==(\S+)([^\n]*(?:\\\n\s+--hash=\S+\s*)+)", re.MULTILINE)
# Classifiers that say less than a name of licence.
VAGUES = {"OSI Approved", "License"}


def composants(verrou: str) -> list[dict]:
    """Return the components of a lock, in its order."""
    return [_composant(*trouve.groups()) for trouve in VERROU.finditer(verrou)]


def _composant(nom: str, version: str, suite: str) -> dict:
    marque = re.search(r";\s*([^\\]+)", suite)
    empreintes = re.findall(r"--hash=sha256:([0-9a-f]{64})", suite)
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{nom}@{version}",
        "purl": f"pkg:pypi/{nom}@{version}",
        "name": nom,
        "version": version,
        "licenses": [{"license": {"name": licence(nom)}}],
        # One of these is the file that was installed: pip refuses any other.
        "properties": [
            *({"name": "pacte:sha256", "value": empreinte} for empreinte in empreintes),
            *([{"name": "pacte:condition", "value": marque[1].strip()}] if marque else []),
        ],
    }


def licence(nom: str) -> str:
    """Return the licence that a package says it has, « inconnue » when it says nothing."""
    try:
        fiche = metadata.metadata(nom)
    except metadata.PackageNotFoundError:
        return "non installé ici"
    classes = [c.split(" :: ")[-1] for c in fiche.get_all("Classifier", []) if "License" in c]
    dites = [fiche.get("License-Expression"), *(c for c in classes if c not in VAGUES)]
    # An old field, which some fill with the whole text.
    dites.append((fiche.get("License") or "").strip().partition("\n")[0][:80])
    textes = [f for f in metadata.files(nom) or [] if f.name.upper().startswith("LICEN")]
    dites += [texte.read_text().strip().partition("\n")[0] for texte in textes]
    return next((dite for dite in dites if dite), "inconnue")


def inventaire() -> dict:
    version = re.search(
        r"^## (\d+\.\d+\.\d+)", (RACINE / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "pacte",
                "name": "pacte",
                "version": version[1] if version else "0.0.0",
            }
        },
        "components": composants((RACINE / "requirements.txt").read_text(encoding="utf-8")),
    }


if __name__ == "__main__":
    fichier = Path(sys.argv[1])
    fichier.parent.mkdir(parents=True, exist_ok=True)
    ecrit = inventaire()
    fichier.write_text(json.dumps(ecrit, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"{fichier} : {len(ecrit['components'])} paquets")
