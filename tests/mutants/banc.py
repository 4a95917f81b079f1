"""Running the tests on a mutant: in a fork of a process that is ready, else in a new process.

A fork costs a tenth of a second: Django is set up, the database created and the reference data
loaded once. The mutant is put in its memory; then run, the fastest first, the tests seen to enter
the function that changed.
"""

import gc
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from tests.mutants.memoire import lire_les_fonctions, mettre_en_memoire
from tests.mutants.operateurs import RACINE, Mutant
from tests.mutants.table import CONTRAINTES

SURVIT, ATTRAPE = 0, 1
OPTIONS = "-x -q --no-header --nomigrations --hypothesis-seed=0 -p tests.mutants.greffon".split()
SECONDES_AU_PLUS = 600


class Atelier:
    """A plugin of pytest: runs the tests once, then each mutant against those that concern it."""

    def __init__(
        self,
        mutants: list[Mutant],
        tests: dict[str, list[str]],
        en_parallele: int,
        apres_un_module: Callable[[str, dict[Mutant, str | None]], None],
    ):
        self.mutants, self.tests, self.en_parallele = mutants, tests, en_parallele
        self.apres_un_module = apres_un_module
        self.restants = Counter(mutant.module for mutant in mutants)
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
        self.fonctions, en_cours = lire_les_fonctions(), {}
        # The children share these pages, and their collector leaves them alone.
        gc.freeze()
        for mutant in self.mutants:
            if len(en_cours) >= self.en_parallele:
                self._attendre(en_cours)
            lu, ecrit = os.pipe()
            if (pid := os.fork()) == 0:
                os.close(lu)
                self._essayer(session, mutant, ecrit)
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

    def _concernes(self, session, mutant: Mutant) -> list:
        """The tests that enter what changed; all those of the module when it is no function."""
        choisis = tuple(self.tests[mutant.module])
        entrants = session.items
        if mutant.ligne_de_la_fonction:
            entrants = self.entrees[str(RACINE / mutant.module), mutant.ligne_de_la_fonction]
        retenus = [item for item in entrants if item.nodeid.startswith(choisis)]
        durees: Counter[str] = Counter()
        for item in retenus:
            durees[item.module.__name__] += self.durees[item]
        return sorted(retenus, key=lambda item: self._urgence(mutant, item, durees))

    def _urgence(self, mutant: Mutant, item, durees: Counter[str]) -> tuple:
        """The fastest module first; inside it, the order of the fixtures that it shares.

        A test that wants the base empty fails after one that filled it, whatever the mutant.
        """
        from tests.conftest import partagees_de

        est_contrainte = mutant.ou[0] == "contraintes"
        module = item.module.__name__
        rang_du_module = est_contrainte and CONTRAINTES not in item.nodeid, durees[module], module
        return *rang_du_module, partagees_de(item), self.durees[item], item.nodeid

    def _mettre_en_memoire(self, session, mutant: Mutant) -> bool:
        from pytest_django.plugin import blocking_manager_key

        module = sys.modules.get(mutant.module.removesuffix(".py").replace("/", "."))
        try:
            with session.config.stash[blocking_manager_key].unblock():
                return mettre_en_memoire(mutant, self.fonctions, module)
        except Exception:
            # What does not even stand in memory is judged by a true import.
            return False

    def _essayer(self, session, mutant, ecrit) -> None:
        """In the child: run the tests until one fails, and tell the parent which one."""
        signal.alarm(SECONDES_AU_PLUS)
        session.config.pluginmanager.unregister(name="terminalreporter")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        try:
            if self._mettre_en_memoire(session, mutant):
                tueur = self._lancer(session, self._concernes(session, mutant))
            else:
                tueur = essayer_a_froid(mutant, self.tests[mutant.module])
            os.write(ecrit, (tueur or "").encode())
            os._exit(ATTRAPE if tueur else SURVIT)
        except BaseException as erreur:
            os.write(ecrit, repr(erreur).encode())
            os._exit(ATTRAPE)

    def _lancer(self, session, items) -> str | None:
        for rang, item in enumerate(items):
            if rang == 0:
                # Nothing that the tests of a module share is left from the observation.
                session._setupstate.teardown_exact(session)
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
        self.restants[mutant.module] -= 1
        if not self.restants[mutant.module]:
            self.apres_un_module(mutant.module, self.tueurs)


def essayer_a_froid(mutant: Mutant, tests: list[str]) -> str | None:
    """Run `tests` in a process where the module is imported mutated; return what failed."""
    commande = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    env = {**os.environ, "PACTE_MUTANT": f"{mutant.module}::{mutant.nom}"}
    fait = subprocess.run(commande, cwd=RACINE, env=env, capture_output=True, text=True)
    if fait.returncode == 0:
        return None
    trouve = re.search(r"^(?:FAILED|ERROR) (\S+)", fait.stdout, re.MULTILINE)
    return trouve[1] if trouve else "l’import"
