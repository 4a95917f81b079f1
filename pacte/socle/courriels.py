"""Messages: French plain text, one subject, one link, written with what they tell."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from pacte.socle.courrier import Courrier, faire_partir
from pacte.socle.editeur import editeur


def adresse_complete(chemin: str) -> str:
    """Return `chemin` of this site as an address that an e-mail may carry."""
    return f"{settings.ADRESSE_DU_SITE}{chemin}"


def envoyer(
    gabarit: str,
    destinataires: Iterable[str],
    lien: str,
    *,
    expire_le: datetime | None = None,
    **contexte: object,
) -> None:
    """Write template `courriels/<gabarit>.txt` in the outbox, one message each (see `expedier`).

    What precedes its line « --- » is the subject. `lien` is a path; the message gets it whole,
    and `editeur`, the service that signs.
    """
    commun = {"lien": adresse_complete(lien), "site": settings.ADRESSE_DU_SITE}
    contexte = {**contexte, **commun, "editeur": editeur()}
    texte = render_to_string(f"courriels/{gabarit}.txt", contexte)
    objet, _, corps = texte.partition("\n---\n")
    message = EmailMessage(" ".join(objet.split()), corps.strip() + "\n")
    message.to = sorted(set(destinataires))
    expedier(message, expire_le=expire_le)


def expedier(message: EmailMessage, *, expire_le: datetime | None = None) -> None:
    """Write the subject and the plain text of `message` in the outbox, for each of its recipients.

    Rows of the transaction under way: they leave once it commits, soon after, and are tried again
    for days; after `expire_le`, they are not worth sending. What was decided stays decided
    whatever the mail server does.
    """
    objet, corps = str(message.subject), str(message.body)
    courriers = Courrier.objects.bulk_create(
        Courrier(destinataire=adresse, objet=objet, corps=corps, expire_le=expire_le)
        for adresse in message.to
    )
    faire_partir(courriers)
