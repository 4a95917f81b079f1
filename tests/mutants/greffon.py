"""A plugin of pytest for runs on mutants: tables made at once, one module imported changed."""

import os
from importlib import import_module
from importlib.machinery import SourceFileLoader

from tests.mutants.operateurs import RACINE, muter

# What only migrations put: rules that no constraint says, and the editions with their table.
DECLENCHEURS = {"pacte.socle.declencheurs", "pacte.migrations._editions"}


def pytest_collection():
    import hypothesis
    from django.apps import apps
    from django.db.models.signals import post_migrate

    post_migrate.connect(poser_les_declencheurs, sender=apps.get_app_config("contrats"))
    # No example kept from one mutant to the next.
    hypothesis.settings.register_profile("mutants", deadline=None, database=None)
    hypothesis.settings.load_profile("mutants")


def poser_les_declencheurs(using, apps, **_envoi):
    """Put the triggers, which tables made from the models lack: migrations put them."""
    from django.db import connections

    with connections[using].schema_editor() as editeur:
        for operation in _operations():
            operation.code(apps, editeur)


def oter_les_declencheurs():
    from django.apps import apps
    from django.db import connection

    with connection.schema_editor() as editeur:
        for operation in reversed(_operations()):
            operation.reverse_code(apps, editeur)


def _operations():
    """Return what migrations do that models cannot say: the tables that they need are all there."""
    dossiers = ("pacte/socle", "contrats", "actions", "pacte")
    fichiers = [
        f for dossier in dossiers for f in sorted(RACINE.glob(f"{dossier}/migrations/0*.py"))
    ]
    noms = [".".join(f.relative_to(RACINE).with_suffix("").parts) for f in fichiers]
    operations = [o for nom in noms for o in import_module(nom).Migration.operations]
    return [o for o in operations if _pose_des_regles(getattr(o, "code", None))]


def _pose_des_regles(geste) -> bool:
    return getattr(geste, "__module__", None) in DECLENCHEURS


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
