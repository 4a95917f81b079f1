"""Workbooks: numbers are numbers, dates are dates, unknown is empty, a text is never a formula."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from pacte.socle.classeurs import COUPE, ECRIVAINS, repondre_classeur
from pacte.socle.tableaux import Colonne, Tableau
from tests.lecture import en_texte

VALEURS = [
    Decimal("1234.50"),
    0,
    date(2026, 3, 31),
    None,
    True,
    ["=1+1", "Gap"],
    "=cmd|' /C calc'!A0",
    "a\n  b",
    "x" * 40_000,
    "\x0b<b>&",
]


def _ecrire(format_export: str, valeurs=VALEURS) -> bytes:
    colonnes = tuple(
        Colonne(f"Colonne {rang}", f"c{rang}", lambda ligne, rang=rang: ligne[rang], sens="Essai")
        for rang in range(len(valeurs))
    )
    titre = "Un titre bien trop long" * 3
    tableau = Tableau("essai", colonnes, [valeurs], "Axe 1", "Fictif", titre)
    fichier = io.BytesIO()
    ECRIVAINS[format_export]([tableau], fichier)
    return fichier.getvalue()


@pytest.mark.parametrize("format_export", ECRIVAINS)
def test_chaque_valeur_garde_son_genre(format_export):
    classeur = CalamineWorkbook.from_filelike(io.BytesIO(_ecrire(format_export)))

    feuille, a_propos = (classeur.get_sheet_by_name(nom) for nom in classeur.sheet_names)
    _entetes, lue = feuille.to_python(skip_empty_area=False)

    assert lue[:5] == [1234.5, 0.0, date(2026, 3, 31), "", "oui"]
    assert lue[5:8] == ["=1+1 | Gap", "=cmd|' /C calc'!A0", "a\n  b"]
    assert lue[8].endswith(COUPE) and len(lue[8]) == 32_767
    assert lue[9] == "<b>&"
    dites = a_propos.to_python()
    assert [feuille.name, "Sélection", "Fictif – Axe 1"] in dites
    assert [feuille.name, "Colonne 0", "Essai"] in dites
    assert len(feuille.name) == 31


@pytest.mark.parametrize("format_export", ECRIVAINS)
def test_un_texte_n_est_jamais_une_formule(format_export):
    xml = en_texte(_ecrire(format_export))

    assert "=cmd" in xml
    assert not re.search(r"<f>|table:formula", xml)


def test_l_archive_d_un_ods_commence_par_son_type():
    archive = zipfile.ZipFile(io.BytesIO(_ecrire("ods")))
    premiere = archive.infolist()[0]

    assert (premiere.filename, premiere.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_un_fichier_a_moitie_ecrit_est_referme(monkeypatch):
    def casser(_ligne):
        raise RuntimeError("la base ne répond plus")

    tableau = Tableau("essai", (Colonne("A", "a", casser),), [1], "Tout")

    with pytest.raises(RuntimeError):
        repondre_classeur([tableau], "ods", "essai")
