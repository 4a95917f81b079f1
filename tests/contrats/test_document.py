"""A deed is deposited as a PDF of 10 MB at most, which opens and runs nothing."""

import io
import subprocess
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript

from contrats.models import Acte
from pacte.socle.documents import TAILLE_MAXIMALE, DocumentPdf
from tests.documents import PDF, ecrire_pdf
from tests.fabriques import creer_acte, creer_contrat


def _fichier(contenu=PDF, nom="acte.pdf"):
    return SimpleUploadedFile(nom, contenu, content_type="application/pdf")


def _acte(fichier) -> Acte:
    return Acte(type_acte="convention", objet="Convention", document=fichier)


@pytest.fixture
def dossier_des_documents(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize("contenu", [PDF, PDF.ljust(TAILLE_MAXIMALE, b" ")])
def test_un_pdf_de_dix_mo_au_plus_est_accepte(contenu):
    fichier = _fichier(contenu)

    DocumentPdf()(fichier)

    assert fichier.read(5) == b"%PDF-"


def _avec_zip() -> bytes:
    """Return a PDF that is a ZIP archive as well, whose comment ends as a PDF does."""
    tampon = io.BytesIO(PDF)
    with zipfile.ZipFile(tampon, "a") as archive:
        archive.writestr("a.html", "<script>alert(1)</script>")
        archive.comment = b"startxref\n1\n%%EOF"
    return tampon.getvalue()


def _avec(nom: str) -> bytes:
    """Return what the library itself writes when it is asked for `nom`."""
    ecrit, tampon = PdfWriter(clone_from=PdfReader(io.BytesIO(PDF))), io.BytesIO()
    if nom == "mot de passe":
        ecrit.encrypt("secret", algorithm="AES-256")
    elif nom == "script":
        ecrit.add_open_action(JavaScript("app.alert(1);"))
    elif nom == "piece":
        ecrit.add_attachment("facture.exe", b"MZ")
    ecrit.write(tampon)
    return tampon.getvalue()


def _dans_un_flux(objet: bytes) -> bytes:
    """Return a PDF whose fifth object is inside a compressed stream: no text of it is in clear."""
    serie = b"5 0 " + objet
    dedans = zlib.compress(serie)
    flux = (
        b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
    )
    corps = ecrire_pdf(flux % (len(dedans), dedans), catalogue=b"/OpenAction 5 0 R")
    corps = corps[: corps.index(b"xref\n")]
    places = [corps.index(b"%d 0 obj" % numero) for numero in range(1, 5)]
    lignes = [(0, 0, 65535), *((1, place, 0) for place in places), (2, 4, 0), (1, len(corps), 0)]
    table = b"".join(
        genre.to_bytes(1) + place.to_bytes(4) + rang.to_bytes(2) for genre, place, rang in lignes
    )
    index = b"6 0 obj\n<< /Type /XRef /Size 7 /W [1 4 2] /Root 1 0 R /Length %d >>\nstream\n%s"
    fin = b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(corps)
    return corps + index % (len(table), table) + fin


JS = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


@pytest.mark.parametrize(
    "contenu",
    [b"PK\x03\x04", b"<html>%PDF-", b" %PDF-1.7", b"", b"%PDF", b"MZ\x90\0" + PDF, b"PK" + PDF],
)
def test_un_fichier_qui_n_est_pas_un_pdf_est_refuse(contenu):
    with pytest.raises(ValidationError, match="n’est pas un PDF"):
        DocumentPdf()(_fichier(contenu))


@pytest.mark.parametrize(
    ("contenu", "raison"),
    [
        (b"", "est vide"),
        (PDF[:-6], "sa fin manque"),
        (PDF[: len(PDF) // 2], "sa fin manque"),
        (PDF + b"<script>alert(1)</script>", "sa fin manque"),
        (PDF + b"PK\x05\x06" + bytes(18), "sa fin manque|une archive"),
        (_avec_zip(), "à la fois un PDF et une archive"),
        (b"%PDF-1.7\nstartxref\n0\n%%EOF", "ne s’ouvre pas"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 9 + b"startxref\n9\n%%EOF", "ne s’ouvre pas"),
        (ecrire_pdf(pages=b"<< /Type /Pages /Kids [] /Count 0 >>"), "aucune page"),
        (ecrire_pdf(pages=b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), "ne s’ouvre pas|aucune"),
        (_avec("mot de passe"), "mot de passe ou chiffré"),
        (_avec("script"), "JavaScript"),
        (_avec("piece"), "fichier joint"),
        (ecrire_pdf(catalogue=b"/OpenAction " + JS), "JavaScript"),
        (ecrire_pdf(catalogue=b"/OpenAction << /S /J#61vaScript /J#53 (1) >>"), "JavaScript"),
        (ecrire_pdf(JS, catalogue=b"/OpenAction 4 0 R"), "JavaScript"),
        (_dans_un_flux(JS), "JavaScript"),
        (ecrire_pdf(catalogue=b"/AA << /O << /S /Launch /F (cmd.exe) >> >>"), "Launch"),
        (ecrire_pdf(catalogue=b"/Names << /EmbeddedFiles << /Names [] >> >>"), "fichier joint"),
        (ecrire_pdf(b"<< /Subtype /RichMedia >>"), "RichMedia"),
        (ecrire_pdf(catalogue=b"/AcroForm << /XFA [] >>"), "XFA"),
    ],
)
def test_un_pdf_abime_double_chiffre_ou_qui_agit_est_refuse_avec_sa_raison(contenu, raison):
    with pytest.raises(ValidationError, match=raison):
        DocumentPdf()(_fichier(contenu))


@pytest.mark.parametrize(
    "contenu",
    [
        PDF + b"\r\n\0\0",
        _avec("rien"),
        _dans_un_flux(b"[3 0 R /Fit]"),
        # Signed with a certificate: what the two parties deposit.
        ecrire_pdf(
            b"<< /FT /Sig /T (Signature) /V 5 0 R >>",
            b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 /Contents <00> >>",
            catalogue=b"/AcroForm << /SigFlags 3 /Fields [4 0 R] >>",
        ),
        # Words about it, on the page and in a title, run nothing.
        ecrire_pdf(
            b"<< /Length 24 >>\nstream\nBT (/JavaScript ) Tj ET\nendstream",
            b"<< /Title (JavaScript et Launch) >>",
        ),
    ],
)
def test_un_pdf_ordinaire_ou_signe_est_accepte(contenu):
    DocumentPdf()(_fichier(contenu))


def test_un_pdf_qui_n_en_finit_pas_est_refuse(monkeypatch):
    def sans_fin(*args, **kwargs):
        raise subprocess.TimeoutExpired("lecteur", kwargs["timeout"])

    monkeypatch.setattr(subprocess, "run", sans_fin)

    with pytest.raises(ValidationError, match="ne s’ouvre pas"):
        DocumentPdf()(_fichier())


def test_un_pdf_de_plus_de_dix_mo_est_refuse():
    with pytest.raises(ValidationError, match="dépasse 10 Mo"):
        DocumentPdf()(_fichier(PDF.ljust(TAILLE_MAXIMALE + 1, b" ")))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fichier", "raison"),
    [
        (_fichier(nom="acte.html"), "html"),
        (_fichier(b"<html></html>"), "n’est pas un PDF"),
    ],
)
def test_un_acte_refuse_un_document_qui_n_est_pas_un_pdf(fichier, raison):
    with pytest.raises(ValidationError) as refus:
        _acte(fichier).full_clean()

    assert raison in " ".join(refus.value.message_dict["document"])


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
def test_un_acte_garde_son_document_entier():
    acte = _acte(_fichier())
    acte.full_clean()

    acte.save()

    with Acte.objects.get().document.open() as document:
        assert document.read() == PDF


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
@pytest.mark.parametrize(
    ("contrat_visible", "signe_le", "attendu"),
    [(True, "2026-01-01", 200), (True, None, 404), (False, "2026-01-01", 404)],
)
def test_seul_le_document_d_un_acte_signe_et_visible_se_lit(
    client, contrat_visible, signe_le, attendu
):
    contrat = creer_contrat(publication="visible" if contrat_visible else "brouillon")
    acte = creer_acte(contrat=contrat, signe_le=signe_le, document=_fichier())

    reponse = client.get(acte.get_absolute_url())
    contenu = b"".join(reponse.streaming_content) if reponse.streaming else b""

    assert reponse.status_code == attendu
    assert contenu == (PDF if attendu == 200 else b"")


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
@pytest.mark.parametrize(
    ("nom", "donne"),
    [
        ("convention-2026.pdf", 'attachment; filename="convention-2026.pdf"'),
        ("délibération.pdf", "attachment; filename*=utf-8''d%C3%A9lib%C3%A9ration.pdf"),
    ],
)
def test_un_document_se_telecharge_et_n_execute_rien(client, agent_departement, nom, donne):
    acte = creer_acte(signe_le="2026-01-01", document=_fichier(nom=nom))

    public = client.get(acte.get_absolute_url())
    client.force_login(agent_departement)
    d_agent = client.get(f"/admin/contrats/acte/{acte.pk}/document.pdf")

    for reponse in (public, d_agent):
        assert reponse["Content-Disposition"] == donne
        assert reponse["Content-Type"] == "application/pdf"
        assert reponse["X-Content-Type-Options"] == "nosniff"
        politique = "sandbox; default-src 'none'; frame-ancestors 'none'"
        assert reponse["Content-Security-Policy"] == politique


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
def test_un_document_a_sa_taille_tant_que_son_fichier_est_la():
    acte = creer_acte(document=_fichier())
    assert acte.taille_du_document == len(PDF)

    acte.document.storage.delete(acte.document.name)
    assert Acte.objects.get().taille_du_document is None


@pytest.mark.django_db
def test_un_acte_sans_document_n_a_pas_d_adresse(client):
    acte = creer_acte(signe_le="2026-01-01")

    assert acte.get_absolute_url() == ""
    assert acte.taille_du_document is None
    assert client.get(f"/contrats/actes/{acte.pk}.pdf").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
def test_un_document_remplace_ne_reste_pas_sur_le_disque(django_capture_on_commit_callbacks):
    acte = creer_acte(document=_fichier())
    ancien, stockage = acte.document.name, acte.document.storage

    with django_capture_on_commit_callbacks(execute=True):
        acte.document = _fichier()
        acte.save()
    assert not stockage.exists(ancien)
    with django_capture_on_commit_callbacks(execute=True):
        acte.objet = "Sans changer de document"
        acte.save()

    assert stockage.exists(acte.document.name)


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
def test_le_document_d_un_acte_supprime_ne_reste_pas_sur_le_disque(
    django_capture_on_commit_callbacks,
):
    acte = creer_acte(document=_fichier())
    nom, stockage = acte.document.name, acte.document.storage

    with django_capture_on_commit_callbacks(execute=True):
        acte.delete()

    assert not stockage.exists(nom)


@pytest.mark.django_db
@pytest.mark.usefixtures("dossier_des_documents")
def test_revenir_a_une_version_garde_le_document_d_aujourd_hui(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        acte = creer_acte(document=_fichier(nom="premier.pdf"))
        acte.document = _fichier(nom="second.pdf")
        acte.save()
    premiere_version = acte.historique.last()

    with django_capture_on_commit_callbacks(execute=True):
        premiere_version.instance.save()

    acte = Acte.objects.get()
    assert acte.document.name == "actes/second.pdf"
    assert acte.document.storage.exists(acte.document.name)
