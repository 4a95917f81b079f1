"""A form sent twice, by a double click or by going back, does nothing twice.

Two at the same moment are in `tests/test_concurrence.py`.
"""

import pytest
from django.core import mail
from django.urls import resolve

from pacte.portail.models import Message
from pacte.socle.typographie import INSECABLE
from tests.doubles import ENVOIS, contact
from tests.matrice import ESPACE, PUBLIQUES_QUI_AGISSENT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("preparer", ENVOIS, ids=lambda p: p.__name__)
def test_un_formulaire_envoye_deux_fois_ne_fait_rien_deux_fois(
    preparer, django_capture_on_commit_callbacks
):
    envoi = preparer()
    with django_capture_on_commit_callbacks(execute=True):
        envoi.envoyer()
    envoi.verifier()
    partis = len(mail.outbox)

    with django_capture_on_commit_callbacks(execute=True):
        statut = envoi.envoyer()

    assert statut < 500
    envoi.verifier()
    assert len(mail.outbox) == partis


def test_chaque_formulaire_public_ou_de_partenaire_y_est():
    """A new address that writes has its line in `tests/doubles.py`."""
    ecrivent = {nom for nom, (_, _, post) in PUBLIQUES_QUI_AGISSENT.items() if post != 405}
    ecrivent |= {nom for nom, (_, (_, post), _) in ESPACE.items() if post != 405}

    assert {resolve(preparer().adresse).view_name for preparer in ENVOIS} == ecrivent


def test_un_message_repondu_ou_autre_se_renvoie():
    envoi = contact()
    envoi.envoyer()
    Message.objects.update(repondu_le="2100-01-01T00:00Z")
    envoi.envoyer()
    envoi.champs["texte"] = f"Bonjour{INSECABLE}!"
    envoi.envoyer()

    assert Message.objects.count() == 3
