"""A printed text as an answer."""

import logging
from collections.abc import Callable

from django.http import HttpResponse

from pacte.socle import licence
from pacte.socle.papier.blocs import Ecrit
from pacte.socle.papier.odt import TYPE_ODT, ecrire_odt
from pacte.socle.papier.pdf import ImpressionImpossible, ecrire_pdf

PAS_IMPRIME = "Ce document ne s’imprime pas pour l’instant. Sa page sur le site dit la même chose."
journal_technique = logging.getLogger(__name__)

# End of the address → how a page names it, its type, what writes it.
PAPIERS: dict[str, tuple[str, str, Callable[[Ecrit], bytes]]] = {
    "pdf": ("PDF", "application/pdf", ecrire_pdf),
    "odt": ("ODT", TYPE_ODT, ecrire_odt),
}


def repondre_papier(
    ecrit: Ecrit, format_papier: str, nom: str, *, interne: bool = False
) -> HttpResponse:
    """Answer `ecrit` in one of `PAPIERS`; a browser shows the PDF and keeps the ODT.

    What is `interne` is under no licence: nobody may use it again.
    """
    _nom, type_mime, ecrire = PAPIERS[format_papier]
    try:
        contenu = ecrire(ecrit)
    except ImpressionImpossible:
        journal_technique.exception("« %s » ne s’imprime pas", ecrit.titre)
        return HttpResponse(PAS_IMPRIME, status=503, content_type="text/plain; charset=utf-8")
    disposition = "inline" if format_papier == "pdf" else "attachment"
    reponse = HttpResponse(contenu, content_type=type_mime)
    reponse["Content-Disposition"] = f'{disposition}; filename="{nom}.{format_papier}"'
    return reponse if interne else licence.annoncer(reponse)
