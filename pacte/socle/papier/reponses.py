"""A printed text as an answer."""

from collections.abc import Callable

from django.http import HttpResponse

from pacte.socle import licence
from pacte.socle.papier.blocs import Ecrit
from pacte.socle.papier.odt import TYPE_ODT, ecrire_odt
from pacte.socle.papier.pdf import ecrire_pdf

# End of the address → how a page names it, its type, what writes it.
PAPIERS: dict[str, tuple[str, str, Callable[[Ecrit], bytes]]] = {
    "pdf": ("PDF", "application/pdf", ecrire_pdf),
    "odt": ("ODT", TYPE_ODT, ecrire_odt),
}


def repondre_papier(ecrit: Ecrit, format_papier: str, nom: str) -> HttpResponse:
    """Answer `ecrit` in one of `PAPIERS`; a browser shows the PDF and keeps the ODT."""
    _nom, type_mime, ecrire = PAPIERS[format_papier]
    disposition = "inline" if format_papier == "pdf" else "attachment"
    reponse = HttpResponse(ecrire(ecrit), content_type=type_mime)
    reponse["Content-Disposition"] = f'{disposition}; filename="{nom}.{format_papier}"'
    return licence.annoncer(reponse)
