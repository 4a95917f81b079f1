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

    What precedes its line « --- » is the subject. `lien` is a path; the message gets it whole.
    A mail server that fails is logged, and breaks nothing: what was decided stays decided.
    """
    contexte = {**contexte, "lien": adresse_complete(lien), "site": settings.ADRESSE_DU_SITE}
    texte = render_to_string(f"courriels/{gabarit}.txt", contexte)
    objet, _, corps = texte.partition("\n---\n")
    for adresse in sorted(set(destinataires)):
        remettre = partial(_remettre, " ".join(objet.split()), corps.strip() + "\n", adresse)
        transaction.on_commit(remettre, robust=True)


def _remettre(objet: str, corps: str, adresse: str) -> None:
    try:
        EmailMessage(objet, corps, to=[adresse]).send()
    # ValueError: an address that no mail server could read.
    except (SMTPException, OSError, ValueError):
        journal_technique.exception("Message « %s » non remis à son destinataire", objet)
