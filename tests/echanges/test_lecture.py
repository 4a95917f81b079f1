"""A file that cannot be read says why; nothing of it reaches the database."""

import io
import resource
import zipfile
from contextlib import suppress

import pytest
import xlsxwriter

from pacte.echanges import lecture
from pacte.echanges.lecture import FichierIllisible, lire_fichier


def _classeur(remplir, nom: str = "Financements") -> bytes:
    fichier = io.BytesIO()
    with xlsxwriter.Workbook(fichier) as classeur:
        remplir(classeur.add_worksheet(nom))
    return fichier.getvalue()


def _archive(**entrees: bytes) -> bytes:
    fichier = io.BytesIO()
    with zipfile.ZipFile(fichier, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in entrees.items():
            archive.writestr(nom.replace("__", "/"), contenu)
    return fichier.getvalue()


def _fusionner(feuille) -> None:
    feuille.write_row(0, 0, ["Code", "Année"])
    feuille.merge_range("A2:A4", "CLS-1-01")


FORMULE = '<c r="A2"><f>1+1</f><v>2</v></c>'


@pytest.mark.parametrize(
    ("nom", "contenu", "raison"),
    [
        ("a.csv", b"", "vide"),
        ("a.csv", b"  \n", "vide"),
        ("a.doc", b"Code", "« .doc » ne se lit pas"),
        ("a.xlsm", b"PK", "« .xlsm » ne se lit pas"),
        ("a.xlsx", b"Code;Ann\xc3\xa9e", "n’est pas un classeur"),
        ("a.xlsx", _archive(a=b"x"), "ne s’ouvre pas"),
        ("a.xlsx", _archive(xl__vbaProject_bin=b"x", **{"xl__vbaProject.bin": b"x"}), "macros"),
        ("a.ods", _archive(Basic__Standard=b"x"), "macros"),
        ("a.xlsx", _archive(bombe=bytes(101 * 2**20)), "une fois déplié"),
        ("a.xlsx", _classeur(_fusionner), "« Financements » : des cellules sont fusionnées.* A2"),
        ("a.csv", b'Code;"Ann\n1;2', "guillemet"),
        ("a.csv", b"\0\1\2\xff" * 9, "pas un texte"),
        ("a.json", b"{", "pas du JSON"),
        ("a.json", b"[" * 100_000, "pas du JSON"),
    ],
)
def test_un_fichier_illisible_dit_pourquoi(nom, contenu, raison):
    with pytest.raises(FichierIllisible, match=raison):
        lire_fichier(nom, contenu)


def _aux_coins(feuille) -> None:
    feuille.write(0, 0, "Code")
    feuille.write(1_048_575, 16_383, 1)


def _repetee(lignes: int, colonnes: int) -> bytes:
    """Return an ODS of a few hundred bytes whose one cell is repeated."""
    cellule = (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{colonnes}">'
        "<text:p>x</text:p></table:table-cell>"
    )
    espaces = "".join(
        f' xmlns:{nom}="urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0"'
        for nom in ("office", "table", "text")
    )
    contenu = (
        f"<office:document-content{espaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="A"><table:table-row table:number-rows-repeated="{lignes}">'
        f"{cellule}</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifeste = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    fichier = io.BytesIO()
    with zipfile.ZipFile(fichier, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifeste)
        archive.writestr("content.xml", contenu)
    return fichier.getvalue()


def _qui_ment_sur_sa_taille() -> bytes:
    """Return a workbook whose directory says that its largest part is a few bytes long."""
    fichier = io.BytesIO()
    with zipfile.ZipFile(fichier, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(2**30 // 8))
        archive.getinfo("xl/workbook.xml").file_size = 9
    return fichier.getvalue()


@pytest.mark.parametrize(
    ("nom", "contenu", "raison"),
    [
        # Two cells: the library would lay out seventeen thousand million, and stop the process.
        ("a.xlsx", _classeur(_aux_coins), "démesuré"),
        ("a.ods", _repetee(1_000_000, 1000), "ne s’ouvre pas|démesuré"),
        ("a.ods", _repetee(50_000, 10), "Au plus 20000 lignes"),
        ("a.ods", _repetee(10, 300), "200 colonnes"),
        ("a.xlsx", _qui_ment_sur_sa_taille(), "ne s’ouvre pas|démesuré"),
        ("a.xlsx", b"MZ\x90\0" + bytes(99), "n’est pas un classeur"),
        ("a.ods", b"%PDF-1.7", "n’est pas un classeur"),
        ("a.csv", b"A" + b";" * 100_000, "100001 colonnes"),
        ("a.json", b"[" + b"{}," * 100_000 + b"{}]", "plus de 20000 lignes"),
    ],
)
def test_un_fichier_demesure_est_refuse_et_le_processus_continue(nom, contenu, raison):
    with pytest.raises(FichierIllisible, match=raison):
        lire_fichier(nom, contenu)


def test_un_classeur_qui_n_en_finit_pas_est_refuse(monkeypatch):
    monkeypatch.setattr(lecture, "SECONDES_AU_PLUS", 0.001)

    with pytest.raises(FichierIllisible, match="démesuré"):
        lire_fichier("a.xlsx", _classeur(lambda feuille: feuille.write(0, 0, "Code")))


@pytest.mark.parametrize(
    "contenu",
    [
        b"A\n" + b"\n" * (10 * 2**20 - 9) + b"1",
        b"[" + b"[]," * (3 * 2**20) + b"1]",
        b"[" + b"{}," * (3 * 2**20) + b"{}]",
    ],
)
def test_dix_mo_de_vide_ne_remplissent_pas_la_memoire(contenu):
    avant = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with suppress(FichierIllisible):
        lire_fichier("a.json" if contenu[:1] == b"[" else "a.csv", contenu)

    apres = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (apres - avant) * 1024 < 400 * 2**20


def test_trop_de_lignes(monkeypatch):
    monkeypatch.setattr(lecture, "LIGNES_AU_PLUS", 3)

    assert len(lire_fichier("a.csv", b"A\n1\n2\n3")[0].lignes) == 3
    with pytest.raises(FichierIllisible, match="plus de 3 lignes"):
        lire_fichier("a.csv", b"A\n1\n2\n3\n4")


def test_cent_mille_lignes_sont_refusees():
    contenu = b"Code\n" + b"CLS-1-01\n" * 100_000

    with pytest.raises(FichierIllisible, match="plus de 20000 lignes"):
        lire_fichier("a.csv", contenu)


def test_un_fichier_trop_lourd_est_refuse():
    with pytest.raises(FichierIllisible, match="dépasse 10 Mo"):
        lire_fichier("a.csv", b"x" * (10 * 2**20 + 1))


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separateur", [";", ",", "\t"])
def test_un_csv_de_n_importe_quel_tableur(encodage, separateur):
    contenu = f"Code{separateur}Prévu (€)\r\nCLS-1-01{separateur}12\r\n\r\n".encode(encodage)

    (feuille,) = lire_fichier("argent.csv", contenu)

    assert feuille.entetes == ["Code", "Prévu (€)"]
    assert [(ligne.numero, ligne.cellules) for ligne in feuille.lignes] == [
        (2, {"Code": "CLS-1-01", "Prévu (€)": "12"})
    ]


def test_les_lignes_portent_le_numero_du_tableur():
    contenu = "Titre\n\n\nCode;Année\n\nA;2025\n\nB;2026\n".encode()

    (feuille,) = lire_fichier("a.csv", contenu.replace(b"Titre\n", b"\n"))

    assert [ligne.numero for ligne in feuille.lignes] == [6, 8]


def test_la_feuille_a_propos_est_laissee():
    def remplir(feuille):
        feuille.write_row(0, 0, ["Feuille"])
        feuille.write_row(1, 0, ["x"])

    assert lire_fichier("a.xlsx", _classeur(remplir, "À propos")) == []
