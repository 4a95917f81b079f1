"""A deed is deposited as a PDF of 10 MB at most."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contrats.models import Acte
from pacte.socle.documents import TAILLE_MAXIMALE, DocumentPdf
from tests.fabriques import creer_acte, creer_contrat

PDF = b"%PDF-1.7\n%%EOF\n"


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


@pytest.mark.parametrize("contenu", [b"PK\x03\x04", b"<html>%PDF-", b" %PDF-1.7", b"", b"%PDF"])
def test_un_fichier_qui_n_est_pas_un_pdf_est_refuse(contenu):
    with pytest.raises(ValidationError, match="n’est pas un PDF"):
        DocumentPdf()(_fichier(contenu))


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
