"""Putting a mutant in the memory of a running process, where a fork of it will test it.

What cannot be put there (`False`) is for a process that imports the module changed.
"""

import gc
import sys
from collections import defaultdict
from types import CodeType, FunctionType

from tests.mutants.operateurs import RACINE, Mutant

Fonctions = dict[str, list[FunctionType]]


def lire_les_fonctions() -> Fonctions:
    """Return every function that lives in memory, closures and lambdas too, by its file."""
    fonctions = defaultdict(list)
    # The collected tests are frozen (`tests/conftest.py`), which hides all that they hold.
    gc.unfreeze()
    for objet in gc.get_objects():
        if type(objet) is FunctionType:
            fonctions[objet.__code__.co_filename].append(objet)
    return fonctions


def mettre_en_memoire(mutant: Mutant, fonctions: Fonctions, module) -> bool:
    """Change `module`, as imported, into `mutant`; False when that cannot be done."""
    match mutant.ou:
        case ("fonction", _):
            return _changer_les_fonctions(fonctions[str(RACINE / mutant.module)], mutant.code)
        case ("constante", nom, expression):
            nouvelle = eval(expression, vars(module))
            return _remplacer_partout(nom, getattr(module, nom), nouvelle)
        case ("contraintes", classe, expression):
            return _changer_les_contraintes(vars(module)[classe], eval(expression, vars(module)))
        case ("decorateur", chemin):
            return _oter_le_decorateur(module, chemin)
    return False


def _changer_les_fonctions(fonctions: list[FunctionType], code: CodeType) -> bool:
    nouveaux = defaultdict(list)
    for nouveau in _codes_de(code):
        nouveaux[nouveau.co_qualname, nouveau.co_firstlineno].append(nouveau)
    est_change = False
    for fonction in fonctions:
        ancien = fonction.__code__
        candidats = nouveaux[ancien.co_qualname, ancien.co_firstlineno]
        if ancien in candidats:
            continue
        if len(candidats) != 1 or candidats[0].co_freevars != ancien.co_freevars:
            return False
        fonction.__code__ = candidats[0]
        est_change = True
    return est_change


def _codes_de(code: CodeType):
    for constante in code.co_consts:
        if isinstance(constante, CodeType):
            yield constante
            yield from _codes_de(constante)


def _remplacer_partout(nom: str, ancien, nouveau) -> bool:
    """Give `nom` its new value in the module that defines it and in those that import it."""
    for module in list(sys.modules.values()):
        if nom in getattr(module, "__dict__", {}) and module.__dict__[nom] is ancien:
            setattr(module, nom, nouveau)
    return True


def _changer_les_contraintes(classe, contraintes) -> bool:
    """Change them in the models that have them and, as a migration would, in the database."""
    from django.apps import apps
    from django.db import connection

    from tests.mutants.greffon import oter_les_declencheurs, poser_les_declencheurs

    # SQLite refuses to make a table anew under a trigger that reads it.
    oter_les_declencheurs()
    for modele in (m for m in apps.get_models() if issubclass(m, classe)):
        noms = {"app_label": modele._meta.app_label, "class": modele._meta.model_name}
        nouvelles = {contrainte.name % noms: contrainte.clone() for contrainte in contraintes}
        for rang, ancienne in enumerate(modele._meta.constraints):
            nouvelle = nouvelles.get(ancienne.name)
            if nouvelle is None:
                continue
            nouvelle.name = ancienne.name
            if nouvelle != ancienne:
                with connection.schema_editor() as editeur:
                    editeur.remove_constraint(modele, ancienne)
                    modele._meta.constraints[rang] = nouvelle
                    editeur.add_constraint(modele, nouvelle)
    poser_les_declencheurs(connection.alias, apps)
    return True


def _oter_le_decorateur(module, chemin: str) -> bool:
    *classes, nom = chemin.split(".")
    objet = module
    for classe in classes:
        objet = getattr(objet, classe)
    brut = vars(objet)[nom]
    fonction = getattr(brut, "__func__", brut)
    if not hasattr(fonction, "__wrapped__"):
        return False
    if not classes:
        return _remplacer_partout(nom, fonction, fonction.__wrapped__)
    nue = fonction.__wrapped__
    setattr(objet, nom, nue if fonction is brut else type(brut)(nue))
    return True
