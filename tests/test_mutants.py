"""The mutants: which tests run on one, in which order, and what the report says of it."""

import gc
from types import SimpleNamespace
from unittest.mock import Mock

from pacte.socle.delais import ajouter_des_mois
from tests.mutants import rapport
from tests.mutants.banc import Atelier
from tests.mutants.memoire import lire_les_fonctions
from tests.mutants.operateurs import RACINE, muter

UN, AUTRE = "pacte/socle/delais.py", "pacte/socle/barres.py"


def test_une_fonction_que_les_tests_ont_gelee_se_retrouve_en_memoire():
    gc.freeze()

    fonctions = lire_les_fonctions()

    assert ajouter_des_mois in fonctions[str(RACINE / UN)]
    gc.freeze()


def test_qui_veut_une_base_vide_passe_avant_qui_la_remplit_si_lent_soit_il():
    """And the tests of a module run together: it is filled once."""
    mutant = next(m for m in muter(UN) if m.ligne_de_la_fonction)
    atelier = Atelier([mutant], {UN: ["tests/"]}, 1, lambda *_: None)

    def essai(module, nom, duree, *fixtures):
        item = Mock(nodeid=f"tests/{module}.py::{nom}", fixturenames=fixtures)
        item.module = SimpleNamespace(__name__=module)
        atelier.durees[item] = duree
        atelier.entrees[str(RACINE / UN), mutant.ligne_de_la_fonction].add(item)

    essai("long", "plein", 1, "referentiel")
    essai("long", "vide", 9)
    essai("court", "plein", 3, "referentiel")
    essai("court", "rapide", 2, "referentiel")

    ordre = [item.nodeid for item in atelier._concernes(Mock(items=[]), mutant)]
    assert ordre == [
        *("tests/court.py::rapide", "tests/court.py::plein"),
        *("tests/long.py::vide", "tests/long.py::plein"),
    ]


def test_un_module_s_ecrit_et_les_autres_restent(tmp_path):
    fichier = tmp_path / "mutants.md"
    un, autre = list(muter(UN)), list(muter(AUTRE))
    egal = un[0].nom

    rapport.ecrire([UN], {**dict.fromkeys(un, "tué"), un[0]: None}, {UN: {egal: "Égal."}}, fichier)
    rapport.ecrire([AUTRE], dict.fromkeys(autre, "tué"), {}, fichier)

    lu = fichier.read_text(encoding="utf-8")
    assert f"| `{UN}` | {len(un)} | {len(un) - 1} | 1 |" in lu
    assert f"| `{AUTRE}` | {len(autre)} | {len(autre)} | 0 |" in lu
    assert f"| **All** | {len(un) + len(autre)} | {len(un) + len(autre) - 1} | 1 |" in lu
    assert lu.endswith(f"## `{UN}`\n\n- `{egal}`: Égal.\n")


def test_un_module_repris_remplace_ce_qu_il_disait(tmp_path):
    fichier = tmp_path / "mutants.md"
    un = list(muter(UN))

    rapport.ecrire([UN], dict.fromkeys(un), {}, fichier)
    rapport.ecrire([UN], dict.fromkeys(un, "tué"), {}, fichier)

    lu = fichier.read_text(encoding="utf-8")
    assert lu.count(f"`{UN}`") == 1
    assert "not listed" not in lu
