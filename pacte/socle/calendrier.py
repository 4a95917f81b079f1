"""Deadlines for calendars (RFC 5545): the writer knows the format and never models."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from icalendar import Calendar, Event

from pacte.socle import licence

# A portal that changes its address keeps its events.
DOMAINE = "pacte-local-des-solidarites"


@dataclass(frozen=True)
class Echeance:
    """A whole day to remember. `cle` never changes: a calendar then moves, not doubles, it.

    `change_le` is when it was last written: the same answer then stays the same, and its ETag.
    """

    cle: str
    titre: str
    jour: date
    detail: str
    adresse: str
    change_le: datetime


def repondre_calendrier(
    nom: str,
    titre: str,
    echeances: Iterable[Echeance],
    *,
    avertissement: str = "",
    mention: str = "",
) -> HttpResponse:
    """Answer the deadlines as one calendar file, valid even when there is none.

    `avertissement` says what must be known of the data, in the calendar's name and each event;
    `mention` what was selected, in the calendar's description.
    """
    calendrier = Calendar()
    calendrier.add("prodid", "-//Pacte local des solidarités//FR")
    calendrier.add("version", "2.0")
    calendrier.add("x-wr-calname", " – ".join(filter(None, [avertissement, titre])))
    # RFC 7986 has no property for rights: the description says them, and so do the headers.
    calendrier.add("description", " – ".join(filter(None, [mention, licence.mention()])))
    for echeance in echeances:
        calendrier.add_component(_evenement(echeance, avertissement))
    reponse = HttpResponse(calendrier.to_ical(), content_type="text/calendar; charset=utf-8")
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.ics"'
    return licence.annoncer(reponse)


def _evenement(echeance: Echeance, avertissement: str) -> Event:
    evenement = Event()
    evenement.add("uid", f"{echeance.cle}@{DOMAINE}")
    evenement.add("dtstamp", echeance.change_le)
    evenement.add("dtstart", echeance.jour)
    evenement.add("dtend", echeance.jour + timedelta(days=1))
    evenement.add("summary", echeance.titre)
    evenement.add("description", "\n".join(filter(None, [echeance.detail, avertissement])))
    evenement.add("url", echeance.adresse)
    evenement.add("transp", "TRANSPARENT")
    return evenement
