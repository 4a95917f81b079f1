"""What Django says of a page to the application that keeps pages (`pages_gardees.py`)."""

from collections.abc import Callable
from contextlib import ExitStack

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from pacte.service.edition import lire_edition
from pacte.service.pages_gardees import GARDABLE, PROPOSEE
from pacte.socle.instants import instant
from pacte.socle.retenues import lire_l_edition

Reponse = Callable[[HttpRequest], HttpResponseBase]


class PageGardeeMiddleware:
    """Makes a page that may be kept at one instant, and says for which edition it is true.

    Two edits never meet on one page: all that it reads is of the instant at which its edition was.
    """

    def __init__(self, get_response: Reponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if PROPOSEE not in request.META:
            return self.get_response(request)
        with ExitStack() as pile:
            pile.enter_context(instant())
            edition = lire_edition()
            with lire_l_edition(edition):
                reponse = self.get_response(request)
            if reponse.streaming:
                # A download is read to its end in the same instant: closed after what it reads.
                fermetures: list[Callable[[], None]] = vars(reponse)["_resource_closers"]
                fermetures.append(pile.pop_all().close)
        if _est_gardable(reponse):
            request.META[GARDABLE] = edition
        return reponse


class CompressionMiddleware(GZipMiddleware):
    """Django's, for what is not kept: pages that are kept are compressed once, when they are."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if GARDABLE in request.META:
            return response
        return super().process_response(request, response)


def _est_gardable(reponse: HttpResponseBase) -> bool:
    """Tell whether `reponse` says the same to every reader."""
    permis = {mot.strip().split("=")[0] for mot in reponse.get("Cache-Control", "").split(",")}
    varie = {mot.strip().lower() for mot in reponse.get("Vary", "").split(",")}
    return (
        reponse.status_code == 200
        and not reponse.streaming
        and not reponse.cookies
        and permis.isdisjoint({"private", "no-store", "no-cache"})
        and varie <= {"", "cookie", "accept-encoding"}
    )
