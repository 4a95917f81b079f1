"""The cast, the real roadmap, and a summary that says loudly what was skipped."""

import os

import pytest

from pacte.chargement.ecriture import charger
from pacte.chargement.roles import charger_roles
from pacte.management.commands.charger_referentiel import DOSSIER
from pacte.socle.models import Utilisateur

SAUTS_INTERDITS = os.environ.get("PACTE_TESTS_SANS_SAUT") == "oui"


@pytest.fixture
def referentiel(db):
    """The reference data of the Hautes-Alpes and the roles, loaded for real."""
    charger_roles()
    return charger(DOSSIER)


def creer_agent(groupe: str, email: str) -> Utilisateur:
    """Return a member of staff of the group named `groupe`, whose permissions are the file's."""
    from django.contrib.auth.models import Group

    charger_roles()
    agent = Utilisateur.objects.create_user(email, "un mot de passe assez long", is_staff=True)
    agent.groups.add(Group.objects.get(name=groupe))
    return agent


@pytest.fixture
def agent_departement(db):
    return creer_agent("Agents du Département", "agent@departement.exemple")


@pytest.fixture
def agent_etat(db):
    return creer_agent("Agents de l’État", "agent@etat.exemple")


@pytest.fixture
def administrateur(db):
    return Utilisateur.objects.create_superuser("admin@pacte.exemple", "un mot de passe assez long")


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
