"""Nearly every function says what it takes and what it gives; mypy checks that it is true."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_architecture import MODULES, nom_de

PART_ANNOTEE = 0.98
PIRES_MONTRES = 10


def fonctions_de(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of `source`, methods and inner ones included, lambdas aside."""
    noeuds = ast.walk(ast.parse(source))
    return [n for n in noeuds if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def est_annotee(fonction: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether what it returns and each parameter, `self` and `cls` aside, has a type."""
    a = fonction.args
    parametres = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, [a.vararg, a.kwarg])]
    nus = [p for p in parametres if p.arg not in ("self", "cls") and p.annotation is None]
    return fonction.returns is not None and not nus


def test_presque_toutes_les_fonctions_sont_annotees():
    comptes = {}
    for chemin in MODULES:
        fonctions = fonctions_de(chemin.read_text())
        comptes[nom_de(chemin)] = (sum(map(est_annotee, fonctions)), len(fonctions))
    annotees, toutes = map(sum, zip(*comptes.values(), strict=True))
    pires = sorted(comptes, key=lambda nom: comptes[nom][0] - comptes[nom][1])[:PIRES_MONTRES]
    dits = [f"{n} : {comptes[n][0]} sur {comptes[n][1]}" for n in pires if len(set(comptes[n])) > 1]

    assert annotees / toutes >= PART_ANNOTEE, (
        f"{annotees} fonctions annotées sur {toutes} ({annotees / toutes:.1%})\n" + "\n".join(dits)
    )


@pytest.mark.parametrize(
    ("source", "attendu"),
    [
        ("def f(x: int) -> int: ...", True),
        ("class A:\n    def f(self) -> None: ...", True),
        ("def f(x) -> int: ...", False),
        ("def f(x: int): ...", False),
        ("def f(*, x) -> int: ...", False),
        ("def f(**options) -> int: ...", False),
        ("async def f(x, /) -> int: ...", False),
    ],
)
def test_une_fonction_est_annotee_quand_tout_l_est(source, attendu):
    (fonction,) = fonctions_de(source)

    assert est_annotee(fonction) is attendu


def exceptions_muettes(source: str) -> Iterator[str]:
    """Yield the errors that `source` silences without naming them, or without saying why.

    The reason is on the same line, or in the comment just above.
    """
    avant = ""
    for ligne in source.splitlines():
        if "# type: ignore" in ligne:
            est_expliquee = avant.startswith("#") or re.search(r"ignore\[[^\]]+\]  # \w", ligne)
            if not est_expliquee or "# type: ignore[" not in ligne:
                yield ligne.strip()
        avant = ligne.strip()


@pytest.mark.parametrize("chemin", MODULES, ids=nom_de)
def test_une_erreur_de_type_que_l_on_tait_a_son_nom_et_sa_raison(chemin):
    assert list(exceptions_muettes(chemin.read_text())) == []


@pytest.mark.parametrize(
    ("source", "muettes"),
    [
        ("x = 1  # type: ignore[misc]  # Django says so", 0),
        ("# Django says so.\nx = 1  # type: ignore[misc]", 0),
        ("x = 1  # type: ignore[misc]", 1),
        ("x = 1  # type: ignore", 1),
        ("# Django says so.\nx = 1  # type: ignore", 1),
    ],
)
def test_une_exception_muette_est_vue(source, muettes):
    assert len(list(exceptions_muettes(source))) == muettes
