"""The edition changes with whatever a reader may see, in the same transaction, and with no more."""

import io
import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from actions.models import Action, Public
from axes.models import Axe
from pacte.service.edition import lire_edition, oublier_les_editions_anciennes
from pacte.socle.publication import Publication
from tests.conftest import creer_agent
from tests.parcours import DEPART, parcourir
from tests.service.gestes import nouvelle_transaction

TABLE_LUE = re.compile(r'\b(?:FROM|JOIN) "(\w+)"')
TRIGGERS = {
    "sqlite": "SELECT tbl_name, COUNT(*) FROM sqlite_master WHERE type = 'trigger' "
    "AND name LIKE '%%_edition_%%' GROUP BY tbl_name",
    "postgresql": "SELECT event_object_table, COUNT(*) FROM information_schema.triggers "
    "WHERE action_statement LIKE '%%pacte_noter_edition%%' GROUP BY event_object_table",
}
EVENEMENTS = 3
# What a page reads and that changes only with something else, or with a version of the portal.
HISTORIQUES = {m._meta.db_table for m in apps.get_models() if "Historical" in m.__name__}
SANS_EDITION = HISTORIQUES | {"django_content_type"}


def tables_suivies() -> set[str]:
    """Return the tables with a trigger for each of the three events, whatever migrations did."""
    with connection.cursor() as curseur:
        curseur.execute(TRIGGERS[connection.vendor])
        return {table for table, nombre in curseur.fetchall() if nombre == EVENEMENTS}


def test_ce_que_lisent_les_pages_publiques_a_des_editions(demonstration, db):
    with CaptureQueriesContext(connection) as lues:
        pages = parcourir(DEPART, avec_requete=False, avec_fichiers=False)

    tables = {table for q in lues for table in TABLE_LUE.findall(q["sql"])}
    assert len(pages) > 60
    assert len(tables) > 30
    assert tables - tables_suivies() - SANS_EDITION == set()


def test_ce_que_personne_ne_lit_n_en_change_pas(demonstration, db):
    """Signing in, a message, a proposal: readers keep their pages."""
    privees = {"socle_utilisateur", "django_session", "pacte_message", "partenaires_invitation"}

    avant = lire_edition()
    creer_agent("Agents de l’État", "nouvelle@etat.exemple")

    assert lire_edition() == avant
    assert tables_suivies().isdisjoint(privees | HISTORIQUES)


@pytest.mark.parametrize(
    "geste",
    [
        lambda: Axe.objects.filter(numero=1).update(titre="Un autre intitulé"),
        lambda: Action.objects.last().publics.set(
            Public.objects.exclude(actions=Action.objects.last())
        ),
        lambda: Action.objects.filter(pk=Action.objects.last().pk).update(
            publication=Publication.BROUILLON, visible_depuis=None
        ),
    ],
    ids=["un champ", "un lien", "une publication retirée"],
)
def test_tout_changement_fait_une_edition(demonstration, db, geste):
    avant = lire_edition()
    nouvelle_transaction()

    geste()

    assert lire_edition().numero != avant.numero


def test_ce_qui_est_annule_n_a_pas_fait_d_edition(demonstration, db):
    avant = lire_edition()
    nouvelle_transaction()

    with transaction.atomic():
        Axe.objects.update(titre="Un autre intitulé")
        pendant = lire_edition()
        transaction.set_rollback(True)

    assert pendant != avant
    assert lire_edition() == avant


@pytest.mark.django_db(transaction=True)
def test_une_transaction_fait_une_seule_ligne():
    lignes = "SELECT COUNT(*) FROM pacte_edition"
    with connection.cursor() as curseur:
        curseur.execute("DELETE FROM pacte_edition")
        for _ in range(2):
            with transaction.atomic():
                for numero in range(1, 6):
                    Axe.objects.update_or_create(numero=numero, defaults={"titre": "Axe"})
        curseur.execute(lignes)

        assert curseur.fetchone()[0] == (2 if connection.vendor == "postgresql" else 1)


def test_le_jour_compte(demonstration, db, monkeypatch):
    avant = lire_edition()
    demain = avant.jour.replace(year=avant.jour.year + 1)
    monkeypatch.setattr("pacte.service.edition.localdate", lambda: demain)

    apres = lire_edition()

    assert apres != avant
    assert apres.date_de_derniere_modification.date() >= avant.change_le.date()
    assert apres.date_de_derniere_modification > avant.date_de_derniere_modification


def test_la_purge_de_chaque_jour_oublie_les_editions_anciennes(demonstration, db):
    nouvelle_transaction()
    Axe.objects.update(titre="Un autre intitulé")
    with connection.cursor() as curseur:
        curseur.execute("UPDATE pacte_edition SET le = '2024-01-01 00:00:00'")
    ancienne = lire_edition()

    call_command("purger", "--simuler", stdout=io.StringIO())
    assert lire_edition() == ancienne
    nouvelle_transaction()
    call_command("purger", stdout=io.StringIO())

    assert lire_edition().change_le > ancienne.change_le or lire_edition().numero == "None-0"


def test_les_editions_anciennes_s_oublient(demonstration, db):
    Axe.objects.update(titre="Un autre intitulé")
    recente = lire_edition()

    assert oublier_les_editions_anciennes() == 0
    with connection.cursor() as curseur:
        curseur.execute("UPDATE pacte_edition SET le = '2024-01-01 00:00:00'")

    assert oublier_les_editions_anciennes() >= 1
    assert lire_edition() != recente
    assert lire_edition().numero == "None-0"
