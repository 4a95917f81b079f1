"""Messages: French plain text, one subject, one link, sent after the commit and aside."""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from pacte.socle.editeur import editeur

journal_technique = logging.getLogger(__name__)


def adresse_complete(chemin: str) -> str:
    """Return `chemin` of this site as an address that an e-mail may carry."""
    return f"{settings.ADRESSE_DU_SITE}{chemin}"


def envoyer(gabarit: str, destinataires: Iterable[str], lien: str, **contexte: object) -> None:
    """Send template `courriels/<gabarit>.txt` once the transaction commits, one message each.

    What precedes its line « --- » is the subject. `lien` is a path; the message gets it whole,
    and `editeur`, the service that signs.
    """
    commun = {"lien": adresse_complete(lien), "site": settings.ADRESSE_DU_SITE}
    contexte = {**contexte, **commun, "editeur": editeur()}
    texte = render_to_string(f"courriels/{gabarit}.txt", contexte)
    objet, _, corps = texte.partition("\n---\n")
    for adresse in sorted(set(destinataires)):
        message = EmailMessage(" ".join(objet.split()), corps.strip() + "\n", to=[adresse])
        transaction.on_commit(partial(expedier, message), robust=True)


def expedier(message: EmailMessage) -> None:
    """Send `message`, outside of the request.

    Whoever waits for the page waits as long, and reads the same, whatever the mail server does. A
    server that fails is logged, and breaks nothing: what was decided stays decided.
    """
    if settings.COURRIELS_A_PART:
        _facteur().submit(_remettre, message)
    else:
        _remettre(message)


@cache
def _facteur() -> ThreadPoolExecutor:
    """The thread that talks to the mail server; a process that stops lets it finish."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="courriels")


def _remettre(message: EmailMessage) -> None:
    try:
        message.send()
    # ValueError: an address that no mail server could read.
    except (SMTPException, OSError, ValueError):
        journal_technique.exception("Message « %s » non remis", message.subject)
