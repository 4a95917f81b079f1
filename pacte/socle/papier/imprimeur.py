"""The program that `pdf.py` runs for each PDF: a request in JSON comes in, the file goes out.

Typst keeps what its last ten texts were made of, tens of megabytes for long ones: in a process that
ends with its text, that weighs on no worker, nor does a text that would never end.
"""

import json
import sys
from pathlib import Path

import typst

MODELE = Path(__file__).with_name("modele.typ")


def imprimer(demande: bytes) -> bytes:
    """Return the PDF/UA-1 of a request: the data of a text (`ecrit`), its day in seconds (`le`)."""
    lue = json.loads(demande)
    pdf: bytes = typst.compile(
        MODELE,
        format="pdf",
        sys_inputs={"ecrit": json.dumps(lue["ecrit"])},
        pdf_standards="ua-1",
        timestamp=lue["le"],
        ignore_system_fonts=True,
    )
    return pdf


if __name__ == "__main__":
    sys.stdout.buffer.write(imprimer(sys.stdin.buffer.read()))
