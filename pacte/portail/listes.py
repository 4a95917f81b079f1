"""Lists kept in files, for pages and commands alike."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DOSSIER = Path(__file__).resolve().parents[1] / "referentiel"


@lru_cache
def lire(nom: str) -> list[Any]:
    """Return the list held by `referentiel/<nom>.yaml`, read once."""
    lue: list[Any] = yaml.safe_load((DOSSIER / f"{nom}.yaml").read_text(encoding="utf-8"))
    return lue
