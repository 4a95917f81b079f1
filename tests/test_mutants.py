"""The report of the mutants: a run writes the modules that it ran, and no other."""

from tests.mutants import rapport
from tests.mutants.operateurs import muter

UN, AUTRE = "pacte/socle/delais.py", "pacte/socle/barres.py"


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
