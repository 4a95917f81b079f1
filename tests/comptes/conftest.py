"""Pages whose messages leave, and ProConnect, switched on for the tests that ask for it."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client, TestCase

from pacte.environnement import fournisseur_proconnect
from tests.comptes import fournisseur as essai


@pytest.fixture(autouse=True)
def _messages_partis_avec_la_page(monkeypatch):
    """What a page commits, it commits: the messages that it wrote leave as it is answered.

    The transaction of a test never ends, so that nothing would.
    """
    demander = Client.request

    def demander_et_valider(client, **requete):
        with TestCase.captureOnCommitCallbacks(execute=True):
            return demander(client, **requete)

    monkeypatch.setattr(Client, "request", demander_et_valider)


@pytest.fixture
def fournisseur(db, settings, monkeypatch):
    """ProConnect, switched on, at an address of this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with essai.ouvrir() as ouvert:
        settings.PROCONNECT_URL = ouvert.adresse
        settings.SOCIALACCOUNT_PROVIDERS = fournisseur_proconnect(
            ouvert.adresse, essai.IDENTIFIANT, essai.SECRET
        )
        yield ouvert


@pytest.fixture
def agent_relie(fournisseur, agent_departement):
    SocialAccount.objects.create(
        user=agent_departement, provider="proconnect", uid=fournisseur.sub, extra_data={}
    )
    return agent_departement
