"""The program that `lecture.py` runs on each workbook first: does it open in a bounded memory?

A sheet is laid out whole, up to its last cell: two cells at its corners are seventeen thousand
million. The library then stops the process that reads, which must not be the one that serves.
"""

import io
import resource
import sys

from python_calamine import CalamineWorkbook

OCTETS_AU_PLUS, SECONDES_AU_PLUS = 768 * 2**20, 30


def ouvrir(contenu: bytes) -> None:
    """Lay out each sheet in turn; raises, or stops the process, when one does not fit."""
    with CalamineWorkbook.from_filelike(io.BytesIO(contenu)) as classeur:
        for nom in classeur.sheet_names:
            classeur.get_sheet_by_name(nom)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (OCTETS_AU_PLUS, OCTETS_AU_PLUS))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES_AU_PLUS, SECONDES_AU_PLUS))
    ouvrir(sys.stdin.buffer.read())
