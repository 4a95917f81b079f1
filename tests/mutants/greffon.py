"""A plugin of pytest for runs on mutants: tables made at once, one module imported changed."""

import os
from importlib.machinery import SourceFileLoader

import pytest

from tests.mutants.operateurs import RACINE, muter


def pytest_collection():
    import hypothesis

    # No example kept from one mutant to the next.
    hypothesis.settings.register_profile("mutants", deadline=None, database=None)
    hypothesis.settings.load_profile("mutants")


def _importer_mute(module: str, nom: str) -> None:
    """Make the import of `module` give the mutant called `nom`."""
    code = next(mutant.code for mutant in muter(module) if mutant.nom == nom)
    lire = SourceFileLoader.get_code

    def get_code(chargeur, complet):
        chemin = str(RACINE / module)
        return code if chargeur.get_filename(complet) == chemin else lire(chargeur, complet)

    SourceFileLoader.get_code = get_code


if "PACTE_MUTANT" in os.environ:
    _importer_mute(*os.environ["PACTE_MUTANT"].split("::", 1))


@pytest.fixture(scope="session", autouse=True)
def _declencheurs(django_db_setup, django_db_blocker):
    """Tables made from the models, without migrations, lack the triggers that migrations put."""
    from django.apps import apps
    from django.db import connection

    from contrats.migrations._declencheurs import poser

    with django_db_blocker.unblock(), connection.schema_editor() as editeur:
        poser(apps, editeur)
