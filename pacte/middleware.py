"""What each request goes through: headers of every answer, its language, its pact, methods and
characters that no view takes, and the two addresses that a probe calls."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from contrats.models import Pacte, RequeteDuPacte
from pacte.socle.retenues import pour_cette_edition
from pacte.socle.typographie import INSECABLE

# Files that any site may read, without the cookies of the reader.
FICHIERS_OUVERTS = re.compile(r"/donnees-ouvertes/(?:schemas/)?[^/]+\.[^/]+")
# The one page that any site may show in a frame: it holds links, and nothing to press by mistake.
PAGE_A_INTEGRER = "/integrer/actions/"
FONCTIONS_COUPEES = "camera geolocation microphone payment usb browsing-topics".split()

Reponse = Callable[[HttpRequest], HttpResponseBase]


def _politique(directives: dict[str, list[str]]) -> str:
    return "; ".join(" ".join([nom, *sources]) for nom, sources in directives.items())


class EnTetesMiddleware:
    """Adds the security headers to whatever leaves the application, errors and files included."""

    def __init__(self, get_response: Reponse) -> None:
        self.get_response = get_response
        self.en_tetes = {
            "Content-Security-Policy": _politique(settings.SECURE_CSP),
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Permissions-Policy": ", ".join(f"{nom}=()" for nom in FONCTIONS_COUPEES),
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if FICHIERS_OUVERTS.fullmatch(request.path):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.path == PAGE_A_INTEGRER:
            self._laisser_integrer(response)
        else:
            self._ajouter(response, self.en_tetes)
        est_privee = request.path.startswith(settings.ZONES_PRIVEES)
        if est_privee:
            response.headers["X-Robots-Tag"] = "noindex"
        if est_privee or self._a_une_session(request):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def _laisser_integrer(self, response: HttpResponseBase) -> None:
        """Allow frames and nothing else; on a 304 too, whose headers replace those of the page."""
        politique = _politique({**settings.SECURE_CSP, "frame-ancestors": ["*"]})
        self._ajouter(
            response,
            {
                **self.en_tetes,
                "Content-Security-Policy": politique,
                # A site that isolates itself may only hold what says that it may be held.
                "Cross-Origin-Resource-Policy": "cross-origin",
                "X-Robots-Tag": "noindex",
            },
        )
        del response.headers["X-Frame-Options"]

    @staticmethod
    def _ajouter(response: HttpResponseBase, en_tetes: dict[str, str]) -> None:
        for nom, valeur in en_tetes.items():
            response.headers.setdefault(nom, valeur)

    @staticmethod
    def _a_une_session(request: HttpRequest) -> bool:
        """Tell whether the answer may depend on who asks: static files never do."""
        est_statique = request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/")
        return settings.SESSION_COOKIE_NAME in request.COOKIES and not est_statique


class LangueMiddleware:
    """Activates the one language of the site for the request, whatever the browser prefers.

    Django's own would also do it, and tell every cache that the answer varies with the browser.
    """

    def __init__(self, get_response: Reponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        translation.activate(settings.LANGUAGE_CODE)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", settings.LANGUAGE_CODE)
        return response


def _lire_le_pacte() -> Pacte:
    return pour_cette_edition("pacte", Pacte.objects.actuel)


class PacteMiddleware:
    """Gives each request its `pacte`: one query, at the first use, for the view and the page."""

    def __init__(self, get_response: Reponse) -> None:
        self.get_response = get_response

    def __call__(self, request: RequeteDuPacte) -> HttpResponseBase:
        request.pacte = cast(Pacte, SimpleLazyObject(_lire_le_pacte))
        return self.get_response(request)


class MethodeMiddleware(MiddlewareMixin):
    """Answers 405 to a method that the view does not have, before anything else judges it."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: list[Any],
        view_kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        vue = getattr(view_func, "view_class", None)
        methode = "get" if request.method == "HEAD" else str(request.method).lower()
        if vue is None or hasattr(vue, methode):
            return None
        permises = [nom.upper() for nom in vue.http_method_names if hasattr(vue, nom)]
        return HttpResponseNotAllowed(permises)


class CaractereNulMiddleware(MiddlewareMixin):
    """Keeps the NUL character away from the database: PostgreSQL cannot even compare it.

    A cookie that holds one is none of ours, and is dropped; an address of the administration that
    does, or that names an empty column (`_to_field`), is no address: 400. Public pages drop it.
    """

    def process_request(self, request: HttpRequest) -> None:
        for nom in [nom for nom, valeur in request.COOKIES.items() if "\0" in valeur]:
            del request.COOKIES[nom]

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: list[Any],
        view_kwargs: dict[str, Any],
    ) -> None:
        if not request.path.startswith("/admin/"):
            return
        valeurs = [v for _, liste in request.GET.lists() for v in liste]
        if any("\0" in valeur for valeur in valeurs) or request.GET.get("_to_field") == "":
            raise BadRequest("Adresse illisible")


class SanteMiddleware:
    """`/healthz` says that the process answers, `/readyz` that what it stands on does.

    When something does not, its name and no more: « indisponible : base, cache, documents ».
    """

    def __init__(self, get_response: Reponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return self._repondre([])
        if request.path == "/readyz":
            return self._repondre([nom for nom, va_bien in SONDES.items() if not va_bien()])
        return self.get_response(request)

    @staticmethod
    def _repondre(en_panne: list[str]) -> HttpResponse:
        response = HttpResponse(
            f"indisponible{INSECABLE}: {', '.join(en_panne)}\n" if en_panne else "ok\n",
            content_type="text/plain; charset=utf-8",
            status=503 if en_panne else 200,
        )
        response["Cache-Control"] = "no-store"
        return response


def _base_repond() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _cache_s_ecrit() -> bool:
    try:
        cache.set("sonde", True, 60)
        return cache.get("sonde") is True
    except OSError:
        return False


def _documents_s_ecrivent() -> bool:
    """Tell whether a byte is taken, in a file that has no name there."""
    dossier = Path(settings.MEDIA_ROOT)
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=dossier, buffering=0) as sonde:
            return sonde.write(b".") == 1
    except OSError:
        return False


SONDES = {"base": _base_repond, "cache": _cache_s_ecrit, "documents": _documents_s_ecrivent}
