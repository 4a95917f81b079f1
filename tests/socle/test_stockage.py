"""Documents on the disk: a name is that of a whole file, and of one file."""

import pytest
from django.core.files.base import ContentFile

from pacte.settings import STORAGES
from pacte.socle.documents import DocumentsEntiers


@pytest.fixture
def documents(tmp_path):
    return DocumentsEntiers(location=tmp_path)


def fichiers(dossier) -> list[str]:
    return sorted(fichier.name for fichier in dossier.rglob("*") if fichier.is_file())


class Casse(ContentFile):
    """A file that breaks half-way, as on a full disk."""

    def chunks(self, chunk_size=None):
        yield b"le debut"
        raise OSError(28, "No space left on device")


def test_le_portail_s_en_sert():
    assert STORAGES["default"]["BACKEND"].endswith(f".{DocumentsEntiers.__name__}")


def test_un_fichier_interrompu_ne_laisse_rien(documents, tmp_path):
    with pytest.raises(OSError, match="No space"):
        documents.save("actes/acte.pdf", Casse(b""))

    assert fichiers(tmp_path) == []
    assert documents.save("actes/acte.pdf", ContentFile(b"entier")) == "actes/acte.pdf"
    assert fichiers(tmp_path) == ["acte.pdf"]


def test_deux_depots_du_meme_nom_au_meme_instant_sont_deux_fichiers(documents, tmp_path):
    """The other one takes the name between the moment when it is free and that when it is used."""
    (tmp_path / "acte.pdf").write_bytes(b"autre")

    nom = documents._save("acte.pdf", ContentFile(b"entier"))

    assert nom != "acte.pdf"
    assert (tmp_path / nom).read_bytes() == b"entier"
    assert (tmp_path / "acte.pdf").read_bytes() == b"autre"
    assert len(fichiers(tmp_path)) == 2
