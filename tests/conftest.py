"""The cast, the two roadmaps, and a summary that says loudly what was skipped."""

import gc
import io
import os
from copy import deepcopy
from itertools import groupby
from pathlib import Path

import hypothesis
import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from contrats.models import Exercice
from pacte.management.commands.charger_referentiel import DOSSIER
from pacte.rapports.models import RapportAnnuel
from pacte.referentiel.ecriture import charger
from pacte.referentiel.roles import charger_roles
from pacte.socle.double_accord import StatutAccord
from pacte.socle.editeur import editeur
from pacte.socle.models import Utilisateur

SAUTS_INTERDITS = os.environ.get("PACTE_TESTS_SANS_SAUT") == "oui"

# A busy machine is no fault of the code: no example has a deadline.
hypothesis.settings.register_profile("sans_delai", deadline=None)
hypothesis.settings.load_profile("sans_delai")


# Threads need a database that several connections write to, COPY is PostgreSQL's: not collected
# elsewhere.
SUR_POSTGRESQL = ["test_concurrence.py", "echanges/test_copie.py", "service/test_redemarrage.py"]
collect_ignore = [] if os.environ.get("PACTE_TESTS_BASE") == "postgresql" else SUR_POSTGRESQL[:]
# The Nu checker is a Java program that no package of Debian holds: `make nu` fetches it.
if not os.environ.get("VNU_JAR"):
    collect_ignore.append("navigateur/test_nu.py")

# Invented from end to end, and small: what most tests run on.
FEUILLE = Path(__file__).parent / "feuille_fictive"

APPLICATIONS = ["socle", "axes", "partenaires", "contrats", "actions"]
# Reference files → the rows that their loading wrote.
_cliches: dict[Path, list] = {}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A base with its roles, as an installation has from its first start."""
    with django_db_blocker.unblock():
        charger_roles()


@pytest.fixture(scope="module")
def base_du_module(django_db_setup, django_db_blocker):
    """The database, filled once for the tests of a module; each test puts back what it changed.

    Everything happens inside one transaction, undone when the module ends: the transaction of a
    test is a savepoint of it. Not for tests that need transactions of their own.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


# Fixtures that fill the base of a module: the tests that want it empty run before them. What is
# built on top of another comes first here, hence last of all.
PARTAGEES = (
    "paru",
    "referentiel",
    "hautes_alpes",
    "jeu",
    "demonstration",
    "exemple",
    "pages",
    "caches",
    "distribution",
)


def pytest_itemcollected(item):
    """A test that reads what its module shares has a savepoint of its own, and is in its place."""
    if set(PARTAGEES) & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.django_db)


def pytest_collection_modifyitems(items):
    """Inside a module, an empty base first; across modules, pytest-django's order stands.

    It keeps for the end the tests that need transactions of their own: they empty the base.
    """
    groupes = (list(groupe) for _, groupe in groupby(items, key=lambda item: item.module))
    items[:] = [item for groupe in groupes for item in sorted(groupe, key=partagees_de)]


def pytest_collection_finish(session):
    """Seldom look for cycles in what is here to stay: Django, the collected tests, templates."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def partagees_de(item) -> list[bool]:
    return [nom in item.fixturenames for nom in PARTAGEES]


@pytest.fixture(scope="module")
def referentiel(base_du_module):
    """A small fictitious roadmap."""
    _peupler(FEUILLE)


@pytest.fixture(scope="module")
def hautes_alpes(base_du_module):
    """The real roadmap: for what is true of that one alone."""
    _peupler(DOSSIER)


@pytest.fixture(scope="module")
def demonstration(hautes_alpes):
    """The real roadmap and the fictitious follow-up that fills its pages."""
    call_command("charger_demo", verbosity=0, stdout=io.StringIO())


def _peupler(dossier: Path) -> None:
    """Fill the base with the reference data of `dossier`.

    The first module loads them for real; the next ones put the same rows back, much faster.
    """
    if dossier not in _cliches:
        charger(dossier)
        _cliches[dossier] = _photographier()
        return
    for modele, lignes in _cliches[dossier]:
        modele._base_manager.bulk_create(deepcopy(lignes))


def _photographier() -> list:
    """Return the rows of each model, in an order in which they may be written again."""
    modeles = [m for app in APPLICATIONS for m in apps.get_app_config(app).get_models(True)]
    lues = [(m, list(m.objects.all())) for m in modeles if m is not Utilisateur]
    return [(modele, lignes) for modele, lignes in lues if lignes]


@pytest.fixture(scope="module")
def distribution(base_du_module):
    """The accounts by role, and one row of each kind."""
    from tests import matrice  # which takes the making of accounts from here

    acteurs = matrice.distribuer()
    return acteurs, matrice.peupler(acteurs)


@pytest.fixture
def matrice_du_test(distribution):
    """The same rows for each test, which may change them as it likes."""
    return deepcopy(distribution)


@pytest.fixture
def acteurs(matrice_du_test):
    return matrice_du_test[0]


@pytest.fixture
def monde(matrice_du_test):
    return matrice_du_test[1]


@pytest.fixture
def transactional_db(transactional_db):
    """Emptying the base deletes rows that triggers protect: of a closed exercise, a report."""
    yield
    Exercice.objects.update(clos_le=None)
    RapportAnnuel.objects.update(statut=StatutAccord.RETIREE, paru_le=None)


def creer_agent(groupe: str, email: str) -> Utilisateur:
    """Return a member of staff of the group named `groupe`, whose permissions are the file's."""
    if not Group.objects.exists():  # a test with transactions of its own emptied the base
        charger_roles()
    agent = Utilisateur.objects.create_user(email, "un mot de passe assez long", is_staff=True)
    agent.groups.add(Group.objects.get(name=groupe))
    donner_un_second_facteur(agent)
    return agent


def donner_un_second_facteur(utilisateur) -> str:
    """Give `utilisateur` an authenticator, as every officer must have; return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(utilisateur, secret)
    return secret


@pytest.fixture(autouse=True)
def _sans_compteur():
    """Throttling counts in the cache: each test starts with none."""
    cache.clear()


@pytest.fixture(autouse=True)
def _reponses_lues_jusqu_au_bout(monkeypatch):
    """A browser reads an answer to its end.

    A streamed one left half read keeps a server-side cursor, which the garbage collector closes
    during some later test, in whose transaction it no longer exists.
    """
    demander = Client.request

    def demander_et_lire(client, **requete):
        reponse = demander(client, **requete)
        if reponse.streaming:
            reponse.streaming_content = list(reponse.streaming_content)
        return reponse

    monkeypatch.setattr(Client, "request", demander_et_lire)


@pytest.fixture
def editeur_complet(settings):
    """A publisher whose record has every field, fictitious."""
    settings.EDITEUR = Path(__file__).parent / "editeur-complet.yaml"
    editeur.cache_clear()
    yield editeur()
    editeur.cache_clear()


@pytest.fixture
def agent_departement(db):
    return creer_agent("Agents du Département", "agent@departement.exemple")


@pytest.fixture
def agent_etat(db):
    return creer_agent("Agents de l’État", "agent@etat.exemple")


@pytest.fixture
def administrateur(db):
    seul = Utilisateur.objects.create_superuser("admin@pacte.exemple", "un mot de passe assez long")
    donner_un_second_facteur(seul)
    return seul


def pytest_terminal_summary(terminalreporter):
    sautes = terminalreporter.stats.get("skipped", [])
    if sautes:
        terminalreporter.section("NON VÉRIFIÉ", sep="!", red=True, bold=True)
        for rapport in sautes:
            terminalreporter.write_line(f"{rapport.nodeid} : {rapport.longrepr[2]}", red=True)


def pytest_sessionfinish(session, exitstatus):
    rapporteur = session.config.pluginmanager.get_plugin("terminalreporter")
    if SAUTS_INTERDITS and rapporteur.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
