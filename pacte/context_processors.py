"""What every page needs: the entries of the menu and the pact's name."""

from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from pacte.accessibilite import audit

MENU = [
    ("pacte", "Le Pacte"),
    ("axes:liste", "Axes"),
    ("contrats:liste", "Contrats"),
    ("actions:liste", "Actions"),
    ("partenaires:liste", "Partenaires"),
    ("suivi", "Suivi"),
    ("actualites", "Actualités"),
]


def portail(request):
    """Give templates what every page prints: the pact, the menu, who is signed in.

    `pacte` costs one query, only when printed. `personne` is None for a reader: without its
    cookie no session is touched, and the page stays the same for all. `a_des_messages` tells
    whether some may wait to be shown.

    Each entry of `menu` has its address, its label and its `aria-current`, "" elsewhere.
    """
    entrees = [(reverse(nom), libelle) for nom, libelle in MENU]
    menu = [(adresse, libelle, _position(request, adresse)) for adresse, libelle in entrees]
    a_une_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return {
        "pacte": getattr(request, "pacte", None),
        "menu": menu,
        "mention_accessibilite": audit().mention,
        "personne": getattr(request, "user", None) if a_une_session else None,
        "a_des_messages": a_une_session or "messages" in request.COOKIES,
        "fin_de_session_dite": _dire_la_fin(getattr(request, "fin_de_session", None)),
    }


def _dire_la_fin(instant: int | None) -> str:
    """Return « à 14 h 32 », local time, "" for None."""
    if instant is None:
        return ""
    return localtime(datetime.fromtimestamp(instant, UTC)).strftime("à %H h %M")


def _position(request, adresse: str) -> str:
    if request.path == adresse:
        return "page"
    return "true" if request.path.startswith(adresse) else ""
