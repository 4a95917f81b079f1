"""A printed text as a tagged PDF (PDF/UA-1), by Typst."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from unicodedata import normalize

from pacte.socle.classeurs import sans_superflu
from pacte.socle.papier.blocs import Ecrit
from pacte.socle.typographie import typographier

IMPRIMEUR = Path(__file__).with_name("imprimeur.py")
SECONDES_AU_PLUS = 30
# What the typeface draws and we need: Latin, Greek, Cyrillic, punctuation, currencies, letters as
# signs, arrows, mathematics, shapes. PDF/UA forbids a sign that no typeface draws.
SANS_DESSIN = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u0377\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff\u1e00-\u1eff\u2010-\u2027"
    "\u202f-\u2040\u20a0-\u20c0\u2100-\u211e\u2190-\u23ff\u25a0-\u25ff]"
)
REMPLACANT = "\ufffd"
# What nobody reads as French.
POUR_LA_MACHINE = {"adresse", "genre", "image"}


class ImpressionImpossible(Exception):
    """The text breaks a rule of PDF/UA, or takes too long; the message is for developers."""


def ecrire_pdf(ecrit: Ecrit) -> bytes:
    """Return `ecrit` as PDF/UA-1: tagged in reading order, its title, its language, its tables.

    Typst refuses to write what breaks a rule that a machine can check (a heading level skipped, a
    picture without words): raises ImpressionImpossible. Nothing of the machine enters: neither its
    fonts nor its clock. A sign that the typeface does not draw (an emoji) is printed as « \ufffd ».
    """
    demande = {
        "ecrits": [_dessiner(version.en_donnees()) for version in (ecrit, *ecrit.sinon)],
        "pages": ecrit.pages_au_plus,
        "le": int(ecrit.le.timestamp()),
    }
    try:
        fait = subprocess.run(
            # Alone: neither the environment nor the folder of the server.
            [sys.executable, "-I", IMPRIMEUR],
            input=json.dumps(demande).encode(),
            capture_output=True,
            check=True,
            timeout=SECONDES_AU_PLUS,
        )
    except subprocess.CalledProcessError as erreur:
        raise ImpressionImpossible(erreur.stderr.decode(errors="replace")) from erreur
    except subprocess.TimeoutExpired as erreur:
        raise ImpressionImpossible("Le texte ne finit pas de s’imprimer.") from erreur
    return fait.stdout


def _dessiner(valeur: Any) -> Any:
    """Return `valeur`, its texts with the spaces of French, in signs that can be drawn."""
    if isinstance(valeur, str):
        return SANS_DESSIN.sub(REMPLACANT, normalize("NFC", typographier(sans_superflu(valeur))))
    if isinstance(valeur, dict):
        return {
            cle: element if cle in POUR_LA_MACHINE else _dessiner(element)
            for cle, element in valeur.items()
        }
    if isinstance(valeur, list | tuple):
        return [_dessiner(element) for element in valeur]
    return valeur
