"""Handing one message to the mail server, and what its refusal means."""

import logging
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage

journal_technique = logging.getLogger(__name__)

DEFINITIF = 500
SIGNES_D_UNE_RAISON = 300


class NonRemis(Exception):
    """The server did not take a message. The text says why, in one line fit for a table.

    `est_definitif`: another try would be answered the same. `est_du_serveur`: the others due now
    would be too, for it is not about this message.
    """

    def __init__(
        self, raison: str, *, est_definitif: bool = False, est_du_serveur: bool = False
    ) -> None:
        super().__init__(_en_une_ligne(raison))
        self.est_definitif, self.est_du_serveur = est_definitif, est_du_serveur


def remettre(message: EmailMessage) -> None:
    """Hand `message`, of one recipient, to the mail server. Raises NonRemis, and nothing else.

    Only what the server says of this recipient or of this text is definite. A refused sender or
    password is a setting that somebody will mend: it is tried again, as a silence is.
    """
    try:
        if not message.send():
            raise NonRemis("Aucun destinataire", est_definitif=True)
    except SMTPRecipientsRefused as refus:
        code, texte = next(iter(refus.recipients.values()))
        raise _refus(code, texte) from refus
    except SMTPDataError as refus:
        raise _refus(refus.smtp_code, refus.smtp_error) from refus
    except ValueError as faute:
        raise NonRemis(f"Adresse ou objet illisible : {faute}", est_definitif=True) from faute
    except (SMTPException, OSError) as panne:
        raison = f"Serveur de messagerie : {str(panne) or type(panne).__name__}"
        raise NonRemis(raison, est_du_serveur=True) from panne
    except NonRemis:
        raise
    except Exception as panne:  # One message that breaks us must not keep the others waiting.
        journal_technique.exception("Un courriel n’a pas pu être remis")
        raise NonRemis(f"Erreur du portail : {type(panne).__name__}") from panne


def _refus(code: int, texte: bytes | str) -> NonRemis:
    dit = texte.decode(errors="replace") if isinstance(texte, bytes) else texte
    return NonRemis(f"Refus du serveur : {code} {dit}", est_definitif=code >= DEFINITIF)


def _en_une_ligne(raison: str) -> str:
    """What a server answers is not to be trusted: PostgreSQL refuses a null character."""
    lisible = "".join(signe if signe.isprintable() else " " for signe in raison)
    return " ".join(lisible.split())[:SIGNES_D_UNE_RAISON]
