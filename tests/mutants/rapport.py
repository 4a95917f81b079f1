"""`docs/mutants.md`: what each module gave when it was last run."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tests.mutants.operateurs import RACINE, Mutant
from tests.mutants.table import TESTS

FICHIER = RACINE / "docs" / "mutants.md"
TETE = """# Mutants

Written by `make mutants OPTIONS="--rapport"`, for the modules that it runs (`--module`): one
operator, condition, filter, constant or call changed at a time in the rules, and the tests run.
What they do not catch changes nothing that anyone could see, and says why. A whole run takes more
than an hour.
See [decision 0014](decisions/0014-mutants.md).

| Module | Mutants | Caught | Equal | Run on |
|---|---:|---:|---:|---|
"""
LIGNE = re.compile(r"^\| `(?P<module>[^`]+)` \|(?P<reste>.*)$", re.MULTILINE)
RAISONS = re.compile(r"^## `(?P<module>[^`]+)`\n\n(?P<reste>(?:- .*\n)+)", re.MULTILINE)


def ecrire(
    modules: list[str],
    tueurs: Mapping[Mutant, str | None],
    egaux: Mapping[str, Mapping[str, str]],
    fichier: Path = FICHIER,
) -> None:
    """Write the lines of `modules`; those of the others stay as they are."""
    connu = fichier.read_text(encoding="utf-8") if fichier.exists() else ""
    lignes = {m["module"]: m["reste"] for m in LIGNE.finditer(connu)}
    raisons = {m["module"]: m["reste"] for m in RAISONS.finditer(connu)}
    for module in modules:
        sorts = {mutant.nom: tueur for mutant, tueur in tueurs.items() if mutant.module == module}
        survivants = sorted(nom for nom, tueur in sorts.items() if tueur is None)
        attrapes = len(sorts) - len(survivants)
        lignes[module] = f" {len(sorts)} | {attrapes} | {len(survivants)} | {date.today()} |"
        dits = ((nom, egaux.get(module, {}).get(nom, "not listed")) for nom in survivants)
        raisons[module] = "".join(f"- `{nom}`: {raison}\n" for nom, raison in dits)
    fichier.write_text(TETE + _tableau(lignes) + _suite(raisons), encoding="utf-8")


def _tableau(lignes: dict[str, str]) -> str:
    presents = [module for module in TESTS if module in lignes]
    nombres = [[int(n) for n in lignes[module].split("|")[:3]] for module in presents]
    sommes = " | ".join(str(sum(colonne)) for colonne in zip(*nombres, strict=True))
    ecrites = "".join(f"| `{module}` |{lignes[module]}\n" for module in presents)
    reste = len(TESTS) - len(presents)
    return f"{ecrites}| **All** | {sommes} | {reste} modules never run |\n"


def _suite(raisons: dict[str, str]) -> str:
    dites = [module for module in TESTS if raisons.get(module)]
    return "".join(f"\n## `{module}`\n\n{raisons[module]}" for module in dites)
