"""The technical log: one line of JSON an event, without what would name a person."""

import json
import logging
import re
from datetime import UTC, datetime

ADRESSE = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# What follows is a secret, or was typed by a reader.
CHEMIN_SECRET = re.compile(r"(/adhesion/suivi/|/compte/invitation/|/compte/mot-de-passe/)[^\s\"']+")
RECHERCHE = re.compile(r"\?[^\s\"']+")


def taire(texte: str) -> str:
    """Return `texte` without e-mail addresses, secret addresses nor what was searched."""
    texte = ADRESSE.sub("…@…", texte)
    return RECHERCHE.sub("?…", CHEMIN_SECRET.sub(r"\1…", texte))


class LigneJson(logging.Formatter):
    """Formats an event as one line: hour (UTC), level, where from, message, trace if any."""

    def format(self, record: logging.LogRecord) -> str:
        ligne = {
            "heure": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "niveau": record.levelname,
            "journal": record.name,
            "message": taire(record.getMessage()),
        }
        if isinstance(statut := getattr(record, "status_code", None), int):
            ligne["statut"] = str(statut)
        if record.exc_info:
            ligne["trace"] = taire(self.formatException(record.exc_info))
        return json.dumps(ligne, ensure_ascii=False)


class LigneSimple(logging.Formatter):
    """Formats an event for the eyes of who tries the portal; as silent about people."""

    def format(self, record: logging.LogRecord) -> str:
        return taire(super().format(record))
