"""Families of words that the stemmer cuts apart: « alimentaire » and « alimentation »."""

from functools import lru_cache
from pathlib import Path

import yaml

from pacte.socle.texte import racines

FICHIER = Path(__file__).resolve().parents[1] / "referentiel" / "familles.yaml"


def parentes(racine: str) -> tuple[str, ...]:
    """Return every stem that counts as `racine`, the same tuple for each of its family."""
    return _familles().get(racine, (racine,))


@lru_cache(maxsize=1)
def _familles() -> dict[str, tuple[str, ...]]:
    familles = yaml.safe_load(FICHIER.read_text(encoding="utf-8"))
    groupes = [tuple(dict.fromkeys(racines(" ".join(mots)))) for mots in familles]
    return {racine: groupe for groupe in groupes for racine in groupe}
