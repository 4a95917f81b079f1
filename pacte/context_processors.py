"""What every page needs: the entries of the menu and the pact's name."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localdate, localtime

from pacte.portail.accessibilite import audit
from pacte.socle.courriels import adresse_complete
from pacte.socle.editeur import editeur
from pacte.socle.typographie import INSECABLE

MENU = [
    ("pacte", "Le Pacte"),
    ("axes:liste", "Axes"),
    ("contrats:liste", "Contrats"),
    ("actions:liste", "Actions"),
    ("partenaires:liste", "Partenaires"),
    ("suivi", "Suivi"),
    ("actualites", "Actualités"),
]


def portail(request: HttpRequest) -> dict[str, Any]:
    """Give templates what every page prints: the pact, the menu, who is signed in.

    `pacte` costs one query, only when printed. `personne` is None for a reader: without its
    cookie no session is touched, and the page stays the same for all. `a_des_messages` tells
    whether some may wait to be shown.

    `canonique` is the address under which search engines and shared links know the page.

    Each entry of `menu` has its address, its label and its `aria-current`, "" elsewhere.
    """
    entrees = [(reverse(nom), libelle) for nom, libelle in MENU]
    menu = [(adresse, libelle, _position(request, adresse)) for adresse, libelle in entrees]
    a_une_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return {
        "adresse_du_site": settings.ADRESSE_DU_SITE,
        "canonique": _canonique(request),
        "pacte": getattr(request, "pacte", None),
        "menu": menu,
        "mention_accessibilite": audit().mention,
        "producteur": editeur().organisme,
        # A page changes once a day for it: conditional requests still work.
        "aujourd_hui": localdate(),
        "personne": getattr(request, "user", None) if a_une_session else None,
        "a_des_messages": a_une_session or "messages" in request.COOKIES,
        "adresse_imprimee": adresse_complete(request.get_full_path()),
        "fin_de_session_dite": _dire_la_fin(getattr(request, "fin_de_session", None)),
    }


def _canonique(request: HttpRequest) -> str:
    """Return the one address of this page, without what does not change what it says.

    A page of a list past the first is another page; orders and unknown parameters are not.
    """
    adresse = f"{settings.ADRESSE_DU_SITE}{quote(request.path)}"
    page = request.GET.get("page", "")
    est_une_suite = re.fullmatch("[0-9]{1,6}", page) and int(page) > 1
    return f"{adresse}?page={int(page)}" if est_une_suite else adresse


def _dire_la_fin(instant: int | None) -> str:
    """Return « à 6 h 04 », local time, "" for None."""
    if instant is None:
        return ""
    heure = localtime(datetime.fromtimestamp(instant, UTC))
    return f"à {heure.hour}{INSECABLE}h{INSECABLE}{heure:%M}"


def _position(request: HttpRequest, adresse: str) -> str:
    if request.path == adresse:
        return "page"
    return "true" if request.path.startswith(adresse) else ""
