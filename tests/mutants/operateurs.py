"""The small changes: one operator, condition, filter, constant or call of a module at a time."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

RACINE = Path(__file__).resolve().parents[2]

COMPARAISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
CALCULS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
FONCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min", "sorted": "list", "abs": ""}
LOOKUPS = {"gt": "gte", "gte": "gt", "lt": "lte", "lte": "lt"}
# Steps of a chain that choose or clean, and not those that only say how to load.
ETAPES_DE_REQUETE = set(
    "filter exclude distinct order_by visibles publics publiques en_attente actifs referents "
    "en_cours accordees promises".split()
)
ETAPES = ETAPES_DE_REQUETE | set("strip lower quantize removesuffix replace capitalize".split())
# `makemigrations --check` guards declarations: only the conditions of constraints are changed.
DECLARATIONS = ("models.", "HistoricalRecords", "MontantField", "_date", "_auteur", "_piece")
# Functions that make a declaration: they have run when the tests start.
A_L_IMPORT = {"_entier_ou_absent", "_une_en_attente", "droit_de_moderer", "droits_de_publication"}
DECORATEURS_GARDES = set("property classmethod staticmethod cached_property faits".split())
REGLAGES = {"strict", "flat", "robust"}


@dataclass(frozen=True)
class Mutant:
    """One change of a module, named without any line number so that the name outlives edits."""

    module: str
    nom: str
    ligne: int
    # What it changes, for `memoire.py`: ("fonction", line), ("constante", name, value),
    # ("contraintes", class, value), ("decorateur", path) or ("import",).
    ou: tuple
    # First line of the innermost function or lambda that holds it.
    ligne_de_la_fonction: int | None
    code: CodeType

    def __str__(self) -> str:
        return f"{self.module}:{self.ligne} {self.nom}"


@dataclass(frozen=True)
class _Changement:
    parent: ast.AST
    champ: str
    rang: int | None
    nouveau: ast.AST
    avant: str
    apres: str


def muter(module: str) -> Iterator[Mutant]:
    """Yield every mutant of `module` (a path from the root), in the order of its lines."""
    chemin = str(RACINE / module)
    arbre = ast.parse(Path(chemin).read_text(encoding="utf-8"))
    vus: Counter[str] = Counter()
    for portee, fonction, changement in _parcourir(arbre, "", None):
        nom = f"{portee or '(module)'}: {changement.avant} → {changement.apres}"
        vus[nom] += 1
        if vus[nom] > 1:
            nom = f"{nom} (bis {vus[nom]})"
        with _applique(changement) as ancien:
            ligne = getattr(ancien, "lineno", getattr(changement.parent, "lineno", 0))
            code = compile(ast.fix_missing_locations(arbre), chemin, "exec")
            ou = _situer(arbre, portee, fonction, changement, ligne)
        if ou[0] == "decorateur":
            fonction = _premiere_ligne(ancien)
        yield Mutant(module, nom, ligne, ou, fonction, code)


def _situer(arbre, portee, fonction, changement, ligne) -> tuple:
    if portee in A_L_IMPORT:
        return ("import",)
    if fonction is not None:
        return "fonction", fonction
    if changement.avant == "@transaction.atomic":
        return "decorateur", portee
    classe = portee.removesuffix(".Meta")
    lignes = arbre.body if not portee else _corps_de(arbre, [classe, "Meta"])
    for instruction in (i for i in lignes if isinstance(i, ast.Assign)):
        if instruction.lineno <= ligne <= instruction.end_lineno:
            nom = ast.unparse(instruction.targets[0])
            valeur = compile(ast.Expression(instruction.value), "<valeur>", "eval")
            if not portee:
                return "constante", nom, valeur
            if nom == "constraints":
                return "contraintes", classe, valeur
    return ("import",)


def _corps_de(arbre, chemin: list[str]) -> list[ast.stmt]:
    for nom in chemin:
        arbre = next((c for c in arbre.body if isinstance(c, ast.ClassDef) and c.name == nom), None)
        if arbre is None:
            return []
    return arbre.body


class _applique:
    """Put a change in the tree for the time of a `with`, which receives what it replaces."""

    def __init__(self, changement: _Changement):
        self.changement = changement

    def __enter__(self) -> ast.AST:
        self.ancien = self._lire()
        self._ecrire(ast.copy_location(self.changement.nouveau, self.ancien))
        return self.ancien

    def __exit__(self, *_erreur) -> None:
        self._ecrire(self.ancien)

    def _lire(self):
        valeur = getattr(self.changement.parent, self.changement.champ)
        return valeur if self.changement.rang is None else valeur[self.changement.rang]

    def _ecrire(self, noeud) -> None:
        if self.changement.rang is None:
            setattr(self.changement.parent, self.changement.champ, noeud)
        else:
            getattr(self.changement.parent, self.changement.champ)[self.changement.rang] = noeud


def _parcourir(noeud, portee, fonction):
    """Yield (name of the scope, line of the function, change) for all that `noeud` holds."""
    for champ, valeur in ast.iter_fields(noeud):
        if champ in ("annotation", "returns", "decorator_list"):
            continue
        enfants = list(enumerate(valeur)) if isinstance(valeur, list) else [(None, valeur)]
        for rang, enfant in enfants:
            if not isinstance(enfant, ast.AST) or _est_declaration(enfant, fonction):
                continue
            if _est_pour_les_types(enfant):
                continue
            for nouveau, avant, apres in _changer(enfant):
                changement = _Changement(noeud, champ, rang, nouveau, avant, apres)
                # Default values and decorators run when the module is imported.
                if avant.startswith("@"):
                    yield f"{portee}.{enfant.name}".lstrip("."), None, changement
                else:
                    ligne = None if isinstance(enfant, ast.arguments) else fonction
                    yield portee, ligne, changement
            if not isinstance(enfant, ast.Raise):
                yield from _parcourir(enfant, *_entrer(enfant, portee, fonction))


def _entrer(noeud, portee, fonction):
    if isinstance(noeud, ast.arguments):
        return portee, None
    if isinstance(noeud, ast.ClassDef):
        return f"{portee}.{noeud.name}".lstrip("."), None
    if isinstance(noeud, ast.FunctionDef):
        return f"{portee}.{noeud.name}".lstrip("."), _premiere_ligne(noeud)
    if isinstance(noeud, ast.Lambda):
        return portee, noeud.lineno
    return portee, fonction


def _premiere_ligne(fonction: ast.FunctionDef) -> int:
    return min(noeud.lineno for noeud in (fonction, *fonction.decorator_list))


def _est_declaration(noeud, fonction) -> bool:
    if isinstance(noeud, ast.FunctionDef) and noeud.name in DECLARATIONS:
        return True
    if fonction is not None or not isinstance(noeud, ast.Assign | ast.AnnAssign):
        return False
    nom = ast.unparse(noeud.targets[0] if isinstance(noeud, ast.Assign) else noeud.target)
    valeur = ast.unparse(noeud.value) if noeud.value else ""
    return valeur.startswith(DECLARATIONS) or nom in ("abstract", "permissions", "indexes")


def _est_pour_les_types(noeud) -> bool:
    """Tell whether only the type checker reads it: it is no rule."""
    match noeud:
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            return True
        case ast.BinOp(op=ast.BitOr(), right=ast.Constant(None)):
            return True
    return False


def _changer(noeud):
    """Yield (new node, before, after) for each change of `noeud` itself."""
    for nouveau, *dit in _changements_de(noeud):
        avant, apres = dit or (_dire(noeud), _dire(nouveau))
        yield nouveau, avant, apres


def _changements_de(noeud):
    match noeud:
        case ast.FunctionDef(decorator_list=decorateurs):
            for rang, decorateur in enumerate(decorateurs):
                nom = ast.unparse(decorateur).partition("(")[0]
                if nom not in DECORATEURS_GARDES and nom != "wraps":
                    reste = [d for r, d in enumerate(decorateurs) if r != rang]
                    yield _avec(noeud, decorator_list=reste), f"@{nom}", "∅"
        case ast.Compare(ops=ops):
            for rang, op in enumerate(ops):
                yield (_avec(noeud, ops=[*ops[:rang], COMPARAISONS[type(op)](), *ops[rang + 1 :]]),)
        case ast.BoolOp(op=op, values=valeurs):
            autre = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield (_avec(noeud, op=autre),)
            for rang in range(len(valeurs)):
                reste = [v for r, v in enumerate(valeurs) if r != rang]
                yield (reste[0] if len(reste) == 1 else _avec(noeud, values=reste),)
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operande):
            yield (operande,)
        case ast.BinOp(left=gauche, op=op, right=droite) if type(op) in CALCULS:
            if not _est_litteral(gauche) and not _est_litteral(droite):
                yield (_avec(noeud, op=CALCULS[type(op)]()),)
            if isinstance(op, ast.BitOr | ast.BitAnd):
                yield (gauche,)
                yield (droite,)
        case ast.AugAssign(target=cible, value=valeur):
            yield (ast.Assign([cible], valeur, lineno=noeud.lineno),)
        case ast.If(test=test, orelse=[]):
            dit = f"if {ast.unparse(test)}:"
            yield _avec(noeud, test=ast.Constant(False)), dit, "if False:"
        case ast.If(test=test) | ast.IfExp(test=test):
            dit = f"if {ast.unparse(test)}:"
            contraire = ast.UnaryOp(ast.Not(), test)
            yield _avec(noeud, test=contraire), dit, f"if {ast.unparse(contraire)}:"
        case ast.comprehension(ifs=[_, *_] as filtres):
            for rang, filtre in enumerate(filtres):
                reste = [f for r, f in enumerate(filtres) if r != rang]
                yield _avec(noeud, ifs=reste), f"for … if {ast.unparse(filtre)}", "for …"
        case ast.Expr(value=ast.Call()):
            yield (ast.Pass(),)
        case ast.keyword(arg=str(nom)) if "__" in nom:
            debut, _, lookup = nom.rpartition("__")
            if lookup in LOOKUPS:
                yield (_avec(noeud, arg=f"{debut}__{LOOKUPS[lookup]}"),)
        case ast.Call():
            yield from _changements_d_appel(noeud)
    yield from _constantes_de(noeud)


def _changements_d_appel(appel: ast.Call):
    nom = getattr(appel.func, "attr", getattr(appel.func, "id", ""))
    if isinstance(appel.func, ast.Name) and nom in FONCTIONS and appel.args:
        if FONCTIONS[nom]:
            cle = [] if nom == "sorted" else appel.keywords
            yield (_avec(appel, func=ast.Name(FONCTIONS[nom], ast.Load()), keywords=cle),)
        else:
            yield (appel.args[0],)
    if isinstance(appel.func, ast.Attribute) and nom in ETAPES:
        reste = appel.func.value
        if nom in ETAPES_DE_REQUETE and isinstance(reste, ast.Attribute):
            reste = ast.Call(ast.Attribute(reste, "all", ast.Load()), [], [])
        yield reste, f".{_dire(_avec(appel, func=ast.Name(nom)))}", "∅"
    arguments = [*appel.args, *appel.keywords]
    for argument in arguments:
        est_lookup = "__" in _dire_argument(argument)
        if len(arguments) > 1 and (nom in ("filter", "exclude", "Q", "get") or est_lookup):
            reste = _avec(
                appel,
                args=[a for a in appel.args if a is not argument],
                keywords=[k for k in appel.keywords if k is not argument],
            )
            yield reste, f"{nom}(… {_dire(argument)} …)", f"{nom}(…)"


def _constantes_de(noeud):
    """Yield `noeud` with one of the numbers that it directly holds changed by one."""
    if isinstance(noeud, ast.JoinedStr | ast.FormattedValue) or _dire_argument(noeud) in REGLAGES:
        return
    for champ, valeur in ast.iter_fields(noeud):
        valeurs = valeur if isinstance(valeur, list) else [valeur]
        for rang, constante in enumerate(valeurs):
            for nouvelle in _voisines(constante):
                if isinstance(valeur, list):
                    suite = [*valeur[:rang], nouvelle, *valeur[rang + 1 :]]
                    yield (_avec(noeud, **{champ: suite}),)
                else:
                    yield (_avec(noeud, **{champ: nouvelle}),)


def _voisines(noeud):
    if isinstance(noeud, ast.Constant) and isinstance(noeud.value, bool):
        yield ast.Constant(not noeud.value)
    elif isinstance(noeud, ast.Constant) and isinstance(noeud.value, int):
        yield ast.Constant(noeud.value + 1)
        yield ast.Constant(noeud.value - 1)


def _avec(noeud, **champs):
    nouveau = copy.copy(noeud)
    for champ, valeur in champs.items():
        setattr(nouveau, champ, valeur)
    return nouveau


def _est_litteral(noeud) -> bool:
    est_texte = isinstance(noeud, ast.Constant) and isinstance(noeud.value, str)
    return est_texte or isinstance(noeud, ast.JoinedStr | ast.List | ast.Tuple)


def _dire_argument(noeud) -> str:
    return (noeud.arg or "") if isinstance(noeud, ast.keyword) else ""


def _dire(noeud) -> str:
    return " ".join(ast.unparse(noeud).split())
