"""The program that `pdf.py` runs for each PDF: a request in JSON comes in, the file goes out.

Typst keeps what its last ten texts were made of, tens of megabytes for long ones: in a process that
ends with its text, that weighs on no worker, nor does a text that would never end.
"""

import json
import sys
from bisect import bisect_left
from pathlib import Path

import typst

MODELE = Path(__file__).with_name("modele.typ")


def imprimer(demande: bytes) -> bytes:
    """Return the PDF/UA-1 of a request.

    It holds the data of a text, then of shorter and shorter ones (`ecrits`), of which the first
    that takes no more than so many `pages` is printed, or the last; and a day in seconds (`le`).
    """
    lue = json.loads(demande)
    versions = [json.dumps(ecrit) for ecrit in lue["ecrits"]]
    pdf: bytes = typst.compile(
        MODELE,
        format="pdf",
        sys_inputs={"ecrit": _choisir(versions, lue["pages"])},
        pdf_standards="ua-1",
        timestamp=lue["le"],
        ignore_system_fonts=True,
    )
    return pdf


def _choisir(versions: list[str], pages: int) -> str:
    def tient(rang: int) -> bool:
        return _compter_les_pages(versions[rang]) <= pages

    *plus_longs, _dernier = range(len(versions))
    if not plus_longs or tient(0):
        return versions[0]
    # Each is shorter than the one before.
    return versions[bisect_left(plus_longs, True, key=tient)]


def _compter_les_pages(ecrit: str) -> int:
    return int(
        typst.query(
            MODELE,
            "<pages>",
            field="value",
            one=True,
            sys_inputs={"ecrit": ecrit},
            ignore_system_fonts=True,
        )
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(imprimer(sys.stdin.buffer.read()))
