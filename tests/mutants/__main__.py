"""`make mutants`: do the tests see a small change in a rule? See docs/decisions/0014-mutants.md."""

import argparse
import os
import random
import sys
from pathlib import Path

import pytest
import yaml

from tests.mutants import rapport
from tests.mutants.banc import OPTIONS, Atelier
from tests.mutants.operateurs import Mutant, muter
from tests.mutants.table import TESTS

PART_A_ATTRAPER = 0.95
EGAUX: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "egaux.yaml").read_text(encoding="utf-8")
)


def lire_les_arguments() -> argparse.Namespace:
    lecteur = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    lecteur.add_argument("--module", action="append", choices=TESTS, help="répétable ; tous sinon")
    lecteur.add_argument("--contient", default="", help="ceux dont le nom contient ce texte")
    lecteur.add_argument("--combien", type=int, help="seulement ce nombre, tirés au hasard")
    lecteur.add_argument("--graine", type=int, default=0, help="le hasard, reproductible")
    lecteur.add_argument("-j", type=int, default=os.cpu_count(), help="combien à la fois")
    lecteur.add_argument("--tueurs", action="store_true", help="dit quel test attrape chacun")
    lecteur.add_argument(
        "--rapport", action="store_true", help="écrit ces modules dans docs/mutants.md"
    )
    return lecteur.parse_args()


def trouver_les_fautes(tueurs: dict[Mutant, str | None], est_complet: bool) -> list[str]:
    """Return what must be mended: unlisted survivors, stale lines of the list, a low score."""
    egaux = {(module, nom) for module, noms in EGAUX.items() for nom in noms}
    survivants = {(m.module, m.nom): str(m) for m, tueur in tueurs.items() if tueur is None}
    attrapes = {(m.module, m.nom): str(m) for m, tueur in tueurs.items() if tueur}
    fautes = [f"survit : {dit}" for cle, dit in survivants.items() if cle not in egaux]
    fautes += [f"dit égal, mais attrapé : {attrapes[cle]}" for cle in egaux & attrapes.keys()]
    if est_complet:
        inconnus = egaux - survivants.keys() - attrapes.keys()
        modules = {mutant.module for mutant in tueurs}
        fautes += [f"dit égal, mais disparu : {m} {nom}" for m, nom in inconnus if m in modules]
    if len(attrapes) < PART_A_ATTRAPER * (len(tueurs) - len(egaux & survivants.keys())):
        fautes.append(f"moins de {PART_A_ATTRAPER:.0%} de ceux qui se verraient sont attrapés")
    return sorted(fautes)


def ecrire_le_rapport(module: str, tueurs: dict[Mutant, str | None]) -> None:
    """Write a module as soon as it is done: a run of hours may be stopped."""
    rapport.ecrire([module], tueurs, EGAUX)


def ne_rien_ecrire(_module: str, _tueurs: dict[Mutant, str | None]) -> None:
    pass


def main() -> int:
    choix = lire_les_arguments()
    modules = choix.module or list(TESTS)
    mutants = [m for module in modules for m in muter(module) if choix.contient in m.nom]
    if choix.combien:
        mutants = random.Random(choix.graine).sample(mutants, min(choix.combien, len(mutants)))
    tests = list(dict.fromkeys(test for module in modules for test in TESTS[module]))
    apres = ecrire_le_rapport if choix.rapport else ne_rien_ecrire
    atelier = Atelier(mutants, TESTS, choix.j, apres)
    code = pytest.main([*OPTIONS, *tests], plugins=[atelier])
    if len(atelier.tueurs) < len(mutants):
        return code or 1
    if choix.tueurs:
        print("\n", *(f"{mutant} | {tueur}\n" for mutant, tueur in atelier.tueurs.items()))
    fautes = trouver_les_fautes(atelier.tueurs, not (choix.combien or choix.contient))
    attrapes = sum(tueur is not None for tueur in atelier.tueurs.values())
    print("", *fautes, f"{attrapes} mutants attrapés sur {len(mutants)}", sep="\n")
    return 1 if fautes else 0


if __name__ == "__main__":
    sys.exit(main())
