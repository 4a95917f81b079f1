"""How much one address may ask for in a minute, and how many rows a form may announce.

The address is the one that the trusted proxy gives: what the caller writes about itself counts for
nothing. The figures are `ACCOUNT_RATE_LIMITS`, above what an office of two hundred people does.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from allauth.core.internal import ratelimit
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from pacte.portail.erreurs import trop_de_demandes

journal = logging.getLogger(__name__)
# What is laid out or written for the occasion costs more than a page; the first that fits counts.
COUTEUX = {
    "impression": re.compile(r"\.(pdf|odt)$|/fichier/(pdf|odt)/$"),
    "export": re.compile(r"\.(csv|xlsx|ods|json|jsonld|ttl|ics)$"),
}
# More rows than any screen of ours holds, and far fewer than what a thread would spend itself on.
LIGNES_AU_PLUS = 500


class LimitesMiddleware(MiddlewareMixin):
    """Answers 429 to an address that searches, exports or prints without measure."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        geste = _geste(request)
        if geste and not _permettre(request, geste):
            return trop_de_demandes(request, geste=geste)
        return None

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: list[Any],
        view_kwargs: dict[str, Any],
    ) -> None:
        """Refuse (400) a form that announces more rows than it has fields, before any is built."""
        if request.method == "POST" and request.path.startswith("/admin/"):
            au_plus = min(LIGNES_AU_PLUS, len(request.POST))
            for nom, valeur in request.POST.items():
                if (
                    nom.endswith(("-TOTAL_FORMS", "-INITIAL_FORMS"))
                    and _nombre(str(valeur)) > au_plus
                ):
                    raise BadRequest("Ce formulaire annonce trop de lignes.")


def _geste(request: HttpRequest) -> str:
    """Return what is counted in `request`, « » for what is not."""
    if request.method not in ("GET", "HEAD"):
        return ""
    for geste, motif in COUTEUX.items():
        if motif.search(request.path):
            return geste
    # Officers search their lists as they type.
    cherche = request.GET.get("q", "").strip() and not request.path.startswith("/admin/")
    return "recherche" if cherche else ""


def _permettre(request: HttpRequest, geste: str) -> bool:
    try:
        return bool(ratelimit.consume(request, app="allauth.account", action=geste, limit_get=True))
    except OSError:
        # The folder of the counters is full: reading goes on, uncounted.
        journal.exception("Les compteurs ne s’écrivent plus")
        return True


def _nombre(valeur: str) -> int:
    """Return what a form announces; its own check refuses what is no number."""
    chiffres = valeur.strip()
    return int(chiffres[:30]) if chiffres.isdecimal() else 0
