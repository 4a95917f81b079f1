"""What cannot be written answers 503, with what was typed; what is only read goes on.

Three middlewares: the outer one makes the database refuse while the portal is read-only, the
sessions survive a refusal, the inner one answers forms.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from pacte.comptes.sessions import DEBUT, DERNIER_GESTE
from pacte.comptes.views.comptes import repondre_fermee, repondre_occupee
from pacte.socle import ecriture

journal_technique = logging.getLogger(__name__)

Reponse = Callable[[HttpRequest], HttpResponseBase]
LECTURES = ("GET", "HEAD", "OPTIONS")
SORTIES = ("/deconnexion/", "/admin/logout/")
HORLOGE = {DEBUT, DERNIER_GESTE}


class RequeteEnLecture(HttpRequest):
    """A request that knows whether the portal is read-only while it is answered."""

    lecture_seule: bool


class LectureSeuleMiddleware:
    """Reads the mode once a request; while it lasts, no statement writes, whatever the view."""

    def __init__(self, get_response: Reponse) -> None:
        self.get_response = get_response

    def __call__(self, request: RequeteEnLecture) -> HttpResponseBase:
        request.lecture_seule = ecriture.est_demandee()
        if not request.lecture_seule:
            return self.get_response(request)
        with ecriture.sans_ecrire():
            return self.get_response(request)


class SessionsMiddleware(SessionMiddleware):
    """Django's. A session that cannot be saved breaks no page that only its clock changed."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except (Error, SessionInterrupted) as erreur:
            if not ecriture.est_refusee(erreur):
                raise
            if _horloge_seule(request):
                return response
            return _fermer(request, erreur)


def _horloge_seule(request: HttpRequest) -> bool:
    """Tell whether nothing but the clock of the session differs from what is stored."""
    session = request.session
    gardee = type(session)(session.session_key).load() if session.session_key else {}
    return _sans_horloge(gardee) == _sans_horloge(dict(session.items()))


def _sans_horloge(valeurs: dict[str, Any]) -> dict[str, Any]:
    return {nom: valeur for nom, valeur in valeurs.items() if nom not in HORLOGE}


class EcritureMiddleware(MiddlewareMixin):
    """Answers a form that cannot be taken: read-only portal, base that is busy, full or closed.

    After the check of forms: what another site sent is not given back to its reader.
    """

    def process_view(
        self,
        request: RequeteEnLecture,
        view_func: Callable[..., HttpResponseBase],
        view_args: list[Any],
        view_kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        if not request.lecture_seule or request.method in LECTURES:
            return None
        if request.path in SORTIES:
            return _sortir(request)
        return _fermer(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if ecriture.est_occupee(exception):
            reponse = repondre_occupee(request)
            reponse["Retry-After"] = "5"
            return reponse
        return _fermer(request, exception) if ecriture.est_refusee(exception) else None


def _fermer(request: HttpRequest, erreur: Exception | None = None) -> HttpResponse:
    """503 with what was typed. A refusal that nobody asked for is told to whoever watches."""
    if erreur and not isinstance(erreur, ecriture.LectureSeule):
        journal_technique.error("Rien ne s’écrit : %s", ecriture.dire_l_erreur(erreur))
    reponse = repondre_fermee(request)
    reponse["Retry-After"] = "600"
    return reponse


def _sortir(request: HttpRequest) -> HttpResponse:
    """Sign out as far as can be: the browser forgets the session, which ends by itself."""
    request.user = AnonymousUser()
    reponse = _fermer(request)
    reponse.delete_cookie(settings.SESSION_COOKIE_NAME, samesite=settings.SESSION_COOKIE_SAMESITE)
    return reponse
