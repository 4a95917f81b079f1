"""How a report is frozen: read at one instant, written always alike, told by its digest."""

import hashlib
import json

from pacte.rapports.faits import Faits


def canoniser(faits: Faits) -> str:
    """Return `faits` as JSON, always in the same characters."""
    return json.dumps(faits, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)


def empreinte_de(contenu: str) -> str:
    """Return the SHA-256 of `contenu` in UTF-8, what `sha256sum` says of its file."""
    return hashlib.sha256(contenu.encode()).hexdigest()
