"""What a deposited document must be, and how it is answered."""

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.deconstruct import deconstructible

TAILLE_MAXIMALE = 10 * 1024 * 1024


@deconstructible
class DocumentPdf:
    """Refuses a file over 10 MB, or one whose first bytes are not those of a PDF."""

    def __call__(self, fichier: File) -> None:
        if getattr(fichier, "_committed", False):
            return  # checked when it came in; its file may since be missing
        if fichier.size > TAILLE_MAXIMALE:
            raise ValidationError("Ce document dépasse 10 Mo : déposez une version plus légère.")
        fichier.open()
        debut = fichier.read(5)
        fichier.seek(0)
        if debut != b"%PDF-":
            raise ValidationError("Ce document n’est pas un PDF, malgré son nom.")

    def __eq__(self, autre: object) -> bool:
        return isinstance(autre, DocumentPdf)


def repondre_document(fichier: FieldFile) -> FileResponse:
    """Answer the PDF in field file `fichier`; Http404 when there is none or it is missing."""
    if not fichier:
        raise Http404
    try:
        return FileResponse(fichier.open(), content_type="application/pdf")
    except FileNotFoundError as erreur:
        raise Http404 from erreur
