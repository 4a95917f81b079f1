"""What a deposited document must be, and how it is answered."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path, PurePath
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.deconstruct import deconstructible

from pacte.socle.antivirus import refuser_les_virus

TAILLE_MAXIMALE = 10 * 1024 * 1024
LECTEUR = Path(__file__).with_name("lecteur_pdf.py")
SECONDES_AU_PLUS = 20
# What may follow the last mark of a PDF: programs leave line ends and zeros.
REMPLISSAGE = b"\0\t\n\f\r\x1a "
# What `lecteur_pdf.py` answers → what is said to whoever deposits.
REFUS = {
    "illisible": "Ce PDF ne s’ouvre pas : il est abîmé. Enregistrez-le de nouveau.",
    "chiffre": "Ce PDF est protégé par un mot de passe ou chiffré : déposez-le sans protection.",
    "vide": "Ce PDF n’a aucune page.",
    "script": "Ce PDF contient un programme (JavaScript) : enregistrez-le sans, par exemple en "
    "l’imprimant dans un PDF.",
    "lancement": "Ce PDF peut lancer un autre programme (action « Launch ») : enregistrez-le sans, "
    "par exemple en l’imprimant dans un PDF.",
    "joint": "Ce PDF contient un fichier joint : déposez-le sans pièce jointe.",
    "multimedia": "Ce PDF contient un média qui s’exécute (« RichMedia ») : enregistrez-le sans.",
    "formulaire": "Ce PDF contient un formulaire XFA, qui peut exécuter un programme : "
    "enregistrez-le sans, par exemple en l’imprimant dans un PDF.",
}
# A document of somebody else's making runs nothing here, whatever a browser makes of it.
POLITIQUE = "sandbox; default-src 'none'; frame-ancestors 'none'"


class DocumentsEntiers(FileSystemStorage):
    """Django's folder, where a name is only ever that of a whole file.

    It is written aside first: a full disk, or a process killed meanwhile, leaves no piece of it
    under a name, and a full disk leaves none at all.
    """

    def _save(self, name: str, content: File) -> str:
        a_part = f"{name}.{uuid4().hex}"
        try:
            super()._save(a_part, content)  # type: ignore[misc]  # the stubs leave it out
            return self._nommer(a_part, name)
        finally:
            self.delete(a_part)

    def _nommer(self, a_part: str, name: str) -> str:
        while True:
            try:
                os.link(self.path(a_part), self.path(name))
            except FileExistsError:  # somebody took the name meanwhile
                name = self.get_available_name(name)
            else:
                return name


@deconstructible
class DocumentPdf:
    """Refuses what is not a whole PDF of 10 MB at most that a reader opens, and that runs nothing.

    Also what is another kind of file at the same time, what is encrypted, what holds a virus.
    """

    def __call__(self, fichier: File) -> None:
        if getattr(fichier, "_committed", False):
            return  # checked when it came in; its file may since be missing
        if fichier.size > TAILLE_MAXIMALE:
            raise ValidationError("Ce document dépasse 10 Mo : déposez une version plus légère.")
        fichier.open()
        contenu = fichier.read()
        fichier.seek(0)
        _verifier_l_enveloppe(contenu, fichier)
        refuser_les_virus(contenu)
        if verdict := _lire_a_part(contenu):
            raise ValidationError(REFUS[verdict])

    def __eq__(self, autre: object) -> bool:
        return isinstance(autre, DocumentPdf)


def _verifier_l_enveloppe(contenu: bytes, fichier: File) -> None:
    """Refuse what a glance at both ends tells."""
    if not contenu:
        raise ValidationError("Ce document est vide (0 octet) : il n’est pas un PDF.")
    if not contenu.startswith(b"%PDF-"):
        raise ValidationError("Ce document n’est pas un PDF, malgré son nom.")
    fin = contenu.rstrip(REMPLISSAGE)[-1024:]
    if not fin.endswith(b"%%EOF") or b"startxref" not in fin:
        raise ValidationError("Ce PDF est incomplet : sa fin manque. Envoyez-le de nouveau.")
    if zipfile.is_zipfile(fichier):
        raise ValidationError("Ce document est à la fois un PDF et une archive : il est refusé.")
    fichier.seek(0)


def _lire_a_part(contenu: bytes) -> str:
    """Return why a reader refuses the document, « » when it opens it.

    In a process of its own: one that would never end, or fill the memory, weighs on no worker.
    """
    try:
        lu = subprocess.run(
            # Alone: neither the environment nor the folder of the server.
            [sys.executable, "-I", LECTEUR],
            input=contenu,
            capture_output=True,
            check=True,
            timeout=SECONDES_AU_PLUS,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "illisible"
    return lu.stdout.decode().strip()


def repondre_document(fichier: FieldFile) -> FileResponse:
    """Answer the PDF in field file `fichier`; Http404 when there is none or it is missing.

    To be saved, never shown in a page of ours: it is not of our making.
    """
    if not fichier:
        raise Http404
    try:
        reponse = FileResponse(
            fichier.open(),
            as_attachment=True,
            filename=PurePath(str(fichier.name)).name,
            content_type="application/pdf",
        )
    except FileNotFoundError as erreur:
        raise Http404 from erreur
    reponse["Content-Security-Policy"] = POLITIQUE
    return reponse
