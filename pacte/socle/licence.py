"""Under which licence what leaves the portal may be used again, and how each output says it.

Licence Ouverte 2.0: whoever uses the data again names their producer and their date.
"""

from typing import TypeVar

from django.http.response import HttpResponseBase
from django.utils.timezone import localdate

from pacte.socle.editeur import editeur

Reponse = TypeVar("Reponse", bound=HttpResponseBase)

NOM = "Licence Ouverte 2.0"
IDENTIFIANT = "etalab-2.0"
ADRESSE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"


def mention() -> str:
    """Return who publishes and under which licence, in one line."""
    return f"{editeur().organisme} – {NOM} ({IDENTIFIANT}) – {ADRESSE}"


def provenance() -> dict:
    """Return what a program must know of an export: schema, licence, producer, day.

    The day and not the hour: an unchanged export stays the same file until midnight.
    """
    return {
        "schema_version": "1.0",
        "licence": {"nom": NOM, "identifiant": IDENTIFIANT, "adresse": ADRESSE},
        "producteur": editeur().organisme,
        "genere_le": localdate().isoformat(),
    }


def annoncer(reponse: Reponse) -> Reponse:
    """Say the licence in the headers of `reponse` too (RFC 8288), for whoever reads no file."""
    reponse["Link"] = f'<{ADRESSE}>; rel="license"'
    return reponse
