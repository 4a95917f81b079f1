"""How long a session lasts, what becomes of a form sent too late, and the second factor."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from pacte.socle.ecriture import est_refusee
from pacte.socle.models import Utilisateur

DEBUT, DERNIER_GESTE, SAISIE = "session_debut", "session_dernier_geste", "saisie_en_attente"
FACTEUR_DU_FOURNISSEUR = "second_facteur_du_fournisseur"
SANS_SAISIE = ("/compte/", "/connexion/", "/deconnexion/", "/admin/logout/")
TAILLE_GARDEE = 1_000_000
# The clock of the session is written at most once a minute: not one write per page.
PRECISION = 60


def minutes_d_inactivite(utilisateur: Utilisateur) -> int:
    """Return how long `utilisateur` may stay without a click."""
    return settings.INACTIVITE_AGENT if utilisateur.is_staff else settings.INACTIVITE_PARTENAIRE


class RequeteDeSession(HttpRequest):
    """A request of whoever is signed in: in seconds, when the session ends."""

    fin_de_session: int


class DureeDeSessionMiddleware(MiddlewareMixin):
    """Ends a session left idle or too old; a form sent too late is kept for its author.

    Readers have no session: nothing is read for a request without its cookie.
    """

    def process_view(
        self,
        request: RequeteDeSession,
        view_func: Callable[..., HttpResponseBase],
        view_args: list[Any],
        view_kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.user.is_anonymous:
            return None
        maintenant = time.time()
        debut, dernier = (_lire(request, nom, maintenant) for nom in (DEBUT, DERNIER_GESTE))
        if maintenant > _fin(request.user, debut, dernier):
            return _fermer(request)
        if maintenant - dernier > PRECISION or request.method == "POST":
            request.session[DERNIER_GESTE] = dernier = maintenant
        if request.method == "POST" and _garde(request, request.path):
            del request.session[SAISIE]
        request.fin_de_session = int(_fin(request.user, debut, dernier))
        return None


def _lire(request: HttpRequest, horloge: str, maintenant: float) -> float:
    """Return `horloge` of the session, set to `maintenant` if it has none or one yet to come.

    A clock set back would otherwise keep the session open until it is that late again.
    """
    lue: float = request.session.setdefault(horloge, maintenant)
    if lue > maintenant + PRECISION:
        request.session[horloge] = lue = maintenant
    return lue


def _fin(utilisateur: Utilisateur, debut: float, dernier_geste: float) -> float:
    """Return when a session ends, in seconds: left idle for too long, or too old."""
    inactive = dernier_geste + minutes_d_inactivite(utilisateur) * 60
    return min(inactive, debut + settings.DUREE_MAXIMALE * 60 * 60)


def _garde(request: HttpRequest, chemin: str) -> bool:
    """Tell whether a form of this very address waits to be sent again."""
    adresse: str = request.session.get(SAISIE, {}).get("adresse", "")
    return urlsplit(adresse).path == chemin


def _fermer(request: HttpRequest) -> HttpResponse | None:
    """End the session; a form goes through the login, any other request goes on, signed out."""
    saisie = saisie_de(request)
    try:
        logout(request)
    except DatabaseError as erreur:
        if not est_refusee(erreur):
            raise
        # The row stays, for lack of a base that writes; it opens nothing more.
        request.user = AnonymousUser()
    if saisie is None:
        return None
    request.session[SAISIE] = saisie
    return redirect_to_login(reverse("reprendre_saisie"))


def saisie_de(request: HttpRequest) -> dict | None:
    """Return what was typed in a form that could not be taken, to be sent again by its author.

    None for what is no text to lose: accounts, signing out, too long. Passwords and files are
    not kept; `fichiers` tells that there were some.
    """
    if request.method != "POST" or request.path.startswith(SANS_SAISIE):
        return None
    champs = [(nom, v) for nom, valeurs in request.POST.lists() for v in valeurs]
    champs = [(n, v) for n, v in champs if n != "csrfmiddlewaretoken" and "password" not in n]
    if sum(len(valeur) for _, valeur in champs) > TAILLE_GARDEE:
        return None
    return {
        "adresse": request.get_full_path(),
        "champs": champs,
        "fichiers": bool(request.FILES),
        "pour": request.user.pk,
    }


class SecondFacteurMiddleware(MiddlewareMixin):
    """Sends an officer without a second factor to the page where one is set up."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: list[Any],
        view_kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        if not settings.SECOND_FACTEUR_DES_AGENTS or not request.path.startswith("/admin/"):
            return None
        if request.user.is_anonymous or not request.user.is_staff:
            return None
        if request.session.get(FACTEUR_DU_FOURNISSEUR) or is_mfa_enabled(request.user):
            return None
        return redirect("mfa_activate_totp")
