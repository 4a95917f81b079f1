"""Messages: French plain text, one subject, one link, sent after the commit."""

import logging
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

journal_technique = logging.getLogger(__name__)


def adresse_complete(chemin: str) -> str:
    """Return `chemin` of this site as an address that an e-mail may carry."""
    return f"{settings.ADRESSE_DU_SITE}{chemin}"


def envoyer(gabarit: str, destinataires, lien: str, **contexte) -> None:
    """Send template `courriels/<gabarit>.txt` once the transaction commits, one message each.

    Its first line is the subject. `lien` is a path; the message gets it complete as `lien`.
    A mail server that fails is logged, and breaks nothing: what was decided stays decided.
    """
    contexte = {**contexte, "lien": adresse_complete(lien), "site": settings.ADRESSE_DU_SITE}
    texte = render_to_string(f"courriels/{gabarit}.txt", contexte)
    objet, _, corps = texte.partition("\n")
    for adresse in sorted(set(destinataires)):
        transaction.on_commit(partial(_remettre, objet.strip(), corps.strip() + "\n", adresse))


def _remettre(objet: str, corps: str, adresse: str) -> None:
    try:
        EmailMessage(" ".join(objet.split()), corps, to=[adresse]).send()
    except (SMTPException, OSError):
        journal_technique.exception("Message « %s » non remis à son destinataire", objet)
