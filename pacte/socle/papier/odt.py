"""A printed text as an ODT, for whoever goes on writing it: its XML is templates, its archive ours.

The archive says no hour: the same text is the same bytes.
"""

import zipfile
from io import BytesIO

from django.template.loader import render_to_string

from pacte.socle.papier.blocs import Ecrit
from pacte.socle.texte import INTERDITS

TYPE_ODT = "application/vnd.oasis.opendocument.text"
# Part of the archive → its template.
PARTIES = {
    "META-INF/manifest.xml": "papier/odt/manifest.xml",
    "content.xml": "papier/odt/content.xml",
    "styles.xml": "papier/odt/styles.xml",
    "meta.xml": "papier/odt/meta.xml",
}


def ecrire_odt(ecrit: Ecrit) -> bytes:
    """Return `ecrit` as an ODT: headings, lists and tables as styles that a writer changes."""
    fichier = BytesIO()
    with zipfile.ZipFile(fichier, "w", zipfile.ZIP_DEFLATED) as archive:
        # A reader recognises the format by this first entry, kept as it is.
        archive.writestr(zipfile.ZipInfo("mimetype"), TYPE_ODT)
        for nom, gabarit in PARTIES.items():
            xml = render_to_string(gabarit, {"ecrit": ecrit, "type": TYPE_ODT})
            entree = zipfile.ZipInfo(nom)
            entree.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entree, INTERDITS.sub("", xml))
    return fichier.getvalue()
