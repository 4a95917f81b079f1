"""Running the tests on a mutant: in a fork when a function alone changes, else in a new process.

A fork costs a tenth of a second: Django is set up, the database created and the reference data
loaded once. It gives the functions that live in memory the code of the mutant, and runs, the
fastest first, the tests seen to enter the function that changed.
"""

import gc
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from types import CodeType, FunctionType

from tests.mutants.operateurs import RACINE, Mutant
from tests.mutants.table import CONTRAINTES

SURVIT, ATTRAPE = 0, 1
OPTIONS = "-x -q --no-header --nomigrations --hypothesis-seed=0 -p tests.mutants.greffon".split()
SECONDES_AU_PLUS = 600


class Atelier:
    """A plugin of pytest: runs the tests once, then each mutant against those that concern it."""

    def __init__(self, mutants: list[Mutant], tests: dict[str, list[str]], en_parallele: int):
        self.mutants, self.tests, self.en_parallele = mutants, tests, en_parallele
        self.tueurs: dict[Mutant, str | None] = {}
        self.entrees: dict[tuple[str, int], set] = defaultdict(set)
        self.durees: dict = {}
        self.echecs: list[str] = []

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.echecs.append(report.nodeid)

    def pytest_runtestloop(self, session):
        self._observer(session)
        if self.echecs:
            session.shouldfail = "les tests échouent sans aucun mutant"
            return True
        fonctions, en_cours = _fonctions_en_memoire(), {}
        for mutant in self.mutants:
            if len(en_cours) >= self.en_parallele:
                self._attendre(en_cours)
            lu, ecrit = os.pipe()
            if (pid := os.fork()) == 0:
                os.close(lu)
                self._essayer(session, mutant, fonctions[str(RACINE / mutant.module)], ecrit)
            os.close(ecrit)
            en_cours[pid] = mutant, lu
        while en_cours:
            self._attendre(en_cours)
        return True

    def _observer(self, session) -> None:
        """Run every test, and note which functions of the mutated modules each one enters."""
        modules = {str(RACINE / mutant.module) for mutant in self.mutants}

        for item, suivant in zip(
            session.items, [*session.items[1:], session.items[0]], strict=True
        ):
            vus = set()

            def noter(cadre, evenement, _argument, vus=vus):
                if cadre.f_code.co_filename in modules:
                    vus.add((cadre.f_code.co_filename, cadre.f_code.co_firstlineno))

            depart = time.monotonic()
            sys.settrace(noter)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=suivant)
            sys.settrace(None)
            self.durees[item] = time.monotonic() - depart
            for entree in vus:
                self.entrees[entree].add(item)

    def _concernes(self, mutant: Mutant) -> list:
        choisis = tuple(self.tests[mutant.module])
        entrants = self.entrees[str(RACINE / mutant.module), mutant.fonction]
        retenus = [item for item in entrants if item.nodeid.startswith(choisis)]
        return sorted(retenus, key=lambda item: (self.durees[item], item.nodeid))

    def _essayer(self, session, mutant, fonctions, ecrit) -> None:
        """In the child: run the tests until one fails, and tell the parent which one."""
        signal.alarm(SECONDES_AU_PLUS)
        session.config.pluginmanager.unregister(name="terminalreporter")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        try:
            if mutant.fonction is None or not _remplacer(fonctions, mutant.code):
                tueur = essayer_a_froid(mutant, self.tests[mutant.module])
            else:
                tueur = self._lancer(session, self._concernes(mutant))
            os.write(ecrit, (tueur or "").encode())
            os._exit(ATTRAPE if tueur else SURVIT)
        except BaseException as erreur:
            os.write(ecrit, repr(erreur).encode())
            os._exit(ATTRAPE)

    def _lancer(self, session, items) -> str | None:
        for rang, item in enumerate(items):
            if rang == 0:
                session._setupstate.teardown_exact(item)
            suivant = items[rang + 1] if rang + 1 < len(items) else item
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=suivant)
            if self.echecs:
                return self.echecs[0]
        return None

    def _attendre(self, en_cours) -> None:
        pid, statut = os.wait()
        mutant, lu = en_cours.pop(pid)
        with os.fdopen(lu, "rb") as tube:
            tueur = tube.read().decode()
        code = os.waitstatus_to_exitcode(statut)
        self.tueurs[mutant] = tueur or "sans fin" if code else None
        print("." if code else f"\n{mutant}\n", end="", flush=True)


def _fonctions_en_memoire() -> dict[str, list[FunctionType]]:
    fonctions = defaultdict(list)
    for objet in gc.get_objects():
        if type(objet) is FunctionType:
            fonctions[objet.__code__.co_filename].append(objet)
    return fonctions


def _remplacer(fonctions: list[FunctionType], code: CodeType) -> bool:
    """Give `fonctions` the code of the mutant; False when that cannot be done in memory."""
    nouveaux = defaultdict(list)
    for nouveau in _codes_de(code):
        nouveaux[nouveau.co_qualname, nouveau.co_firstlineno].append(nouveau)
    change = False
    for fonction in fonctions:
        ancien = fonction.__code__
        candidats = nouveaux[ancien.co_qualname, ancien.co_firstlineno]
        if ancien in candidats:
            continue
        if len(candidats) != 1 or candidats[0].co_freevars != ancien.co_freevars:
            return False
        fonction.__code__ = candidats[0]
        change = True
    return change


def _codes_de(code: CodeType):
    for constante in code.co_consts:
        if isinstance(constante, CodeType):
            yield constante
            yield from _codes_de(constante)


def essayer_a_froid(mutant: Mutant, tests: list[str]) -> str | None:
    """Run `tests` in a process where the module is imported mutated; return what failed."""
    if ".Meta:" in mutant.nom:
        tests = sorted(tests, key=lambda test: test != CONTRAINTES)
    commande = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    env = {**os.environ, "PACTE_MUTANT": f"{mutant.module}::{mutant.nom}"}
    fait = subprocess.run(commande, cwd=RACINE, env=env, capture_output=True, text=True)
    if fait.returncode == 0:
        return None
    trouve = re.search(r"^(?:FAILED|ERROR) (\S+)", fait.stdout, re.MULTILINE)
    return trouve[1] if trouve else "l’import"
