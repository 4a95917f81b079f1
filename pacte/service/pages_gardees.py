"""Pages kept for readers, in front of Django: whole answers, compressed, for one edition.

A WSGI application around Django's: what it has kept costs no middleware, no view, no query. Django
says which answers may be kept (`pacte/service/middleware.py`), and for which edition. See decision
0026.
"""

import base64
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import brotli
from django.conf import settings
from django.utils.http import http_date, parse_http_date_safe
from django.utils.timezone import now

from pacte.service.edition import Edition
from pacte.service.veille import Veille

Environ = dict[str, Any]
EnTetes = list[tuple[str, str]]
Demarrer = Callable[..., Any]
Application = Callable[[Environ, Demarrer], Iterable[bytes]]
# What a page of ours lets a proxy do: share it for a second, then ask again.
FRAICHEUR = "max-age=0, s-maxage=1"
VARIE = "Accept-Encoding, Cookie"
# Django asks for these in `environ`: that a page may be kept, then that it may be, and for what.
PROPOSEE, GARDABLE = "pacte.page_proposee", "pacte.page_gardable"
SE_COMPRIME = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/xml",
    "application/atom+xml",
)
# A page built this soon after its edition has no date: two editions of one second would share it.
SECONDES_DE_DOUTE = 2
OCTETS_D_UNE_ENTREE = 1024


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer: what is sent, and what is compared to send nothing.

    `change_le` is a number of seconds since 1970, None when the page is too young to have a date.
    """

    en_tetes: EnTetes
    corps: bytes
    marque: str
    en_tetes_du_304: EnTetes
    change_le: int | None

    def est_connue_de(self, environ: Environ) -> bool:
        """Tell whether the reader already has this page (RFC 9110, 13.1): the mark decides."""
        if (marques := environ.get("HTTP_IF_NONE_MATCH")) is not None:
            return self.marque in marques or marques.strip() == "*"
        depuis = environ.get("HTTP_IF_MODIFIED_SINCE")
        if depuis is None or self.change_le is None:
            return False
        instant = parse_http_date_safe(depuis)
        return instant is not None and instant >= self.change_le

    def repondre(self, environ: Environ, demarrer: Demarrer) -> Iterable[bytes]:
        if self.est_connue_de(environ):
            demarrer("304 Not Modified", self.en_tetes_du_304)
            return []
        demarrer("200 OK", self.en_tetes)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.corps]


class Etagere:
    """The pages of one edition, at most `octets` in all: the least recently read goes first."""

    def __init__(self, octets: int) -> None:
        self.octets, self.pris = octets, 0
        self.pages: OrderedDict[tuple[str, ...], Page] = OrderedDict()
        self.edition: Edition | None = None
        self.verrou = Lock()

    def lire(self, edition: Edition, cle: tuple[str, ...]) -> Page | None:
        """Return the page kept for `edition`, None when there is none; another edition empties."""
        if edition != self.edition:
            self._changer_d_edition(edition)
        page = self.pages.get(cle)
        if page is not None:
            with suppress(KeyError):  # another thread has just made room
                self.pages.move_to_end(cle)
        return page

    def garder(self, edition: Edition, cle: tuple[str, ...], page: Page) -> None:
        """Keep `page`, unless it is of another edition than the others or takes over an eighth."""
        poids = len(page.corps) + OCTETS_D_UNE_ENTREE
        with self.verrou:
            if edition != self.edition or poids > self.octets // 8:
                return
            self._oter(cle)
            self.pages[cle] = page
            self.pris += poids
            while self.pris > self.octets:
                self._oter(next(iter(self.pages)))

    def _oter(self, cle: tuple[str, ...]) -> None:
        if (page := self.pages.pop(cle, None)) is not None:
            self.pris -= len(page.corps) + OCTETS_D_UNE_ENTREE

    def _changer_d_edition(self, edition: Edition) -> None:
        with self.verrou:
            if edition != self.edition:
                self.pages.clear()
                self.edition, self.pris = edition, 0


class PagesGardees:
    """Django, and before it the pages that it has already made."""

    def __init__(self, application: Application, veille: Veille, octets: int) -> None:
        self.application, self.veille = application, veille
        self.etagere = Etagere(octets)
        self.passent = tuple(settings.ZONES_PRIVEES) + (f"/{settings.STATIC_URL.strip('/')}/",)
        self.cookies = (f"{settings.SESSION_COOKIE_NAME}=", "messages=")

    def __call__(self, environ: Environ, demarrer: Demarrer) -> Iterable[bytes]:
        if not self._est_pour_tous(environ) or (edition := self.veille.regarder()) is None:
            return self.application(environ, demarrer)
        cle = _cle_de(environ)
        page = self.etagere.lire(edition, cle)
        if page is not None:
            return page.repondre(environ, demarrer)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self.application(environ, demarrer)
        return self._produire(environ, demarrer, cle)

    def _est_pour_tous(self, environ: Environ) -> bool:
        """Tell whether the answer depends on nobody: no session, no message waiting, no secret."""
        cookies = environ.get("HTTP_COOKIE")
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not environ["PATH_INFO"].startswith(self.passent)
            and (cookies is None or not any(nom in cookies for nom in self.cookies))
            and "HTTP_AUTHORIZATION" not in environ
        )

    def _produire(
        self, environ: Environ, demarrer: Demarrer, cle: tuple[str, ...]
    ) -> Iterable[bytes]:
        recu: list[Any] = []
        environ[PROPOSEE] = True
        reponse = self.application(environ, lambda *arguments: recu.extend(arguments))
        edition: Edition | None = environ.get(GARDABLE)
        if edition is None:
            demarrer(*recu)
            return reponse
        with closing(reponse):  # type: ignore[type-var]  # Django's answers have a `close`
            corps = b"".join(reponse)
        page = _faire_une_page(recu[1], corps, cle[-1], edition)
        self.etagere.garder(edition, cle, page)
        return page.repondre(environ, demarrer)


def _cle_de(environ: Environ) -> tuple[str, ...]:
    """Return what an answer depends on: what was asked, where, and what the reader can unpack."""
    return (
        environ["wsgi.url_scheme"],
        environ.get("HTTP_X_FORWARDED_PROTO", ""),
        environ.get("HTTP_HOST", ""),
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        _encodage(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )


def _encodage(acceptes: str) -> str:
    """Return the best encoding of ours that the reader takes: « br », « gzip » or « »."""
    noms = {
        nom.strip()
        for nom, _, poids in (choix.partition(";") for choix in acceptes.lower().split(","))
        if poids.strip().removeprefix("q=").strip("0.") or not poids
    }
    return "br" if "br" in noms else "gzip" if "gzip" in noms else ""


def _faire_une_page(en_tetes: EnTetes, corps: bytes, encodage: str, edition: Edition) -> Page:
    nommes = {nom.lower(): valeur for nom, valeur in en_tetes}
    se_comprime = nommes["content-type"].startswith(SE_COMPRIME)
    encodage = encodage if se_comprime and len(corps) > 200 else ""
    marque = _marquer(encodage, corps)
    commun = [("ETag", marque), ("Cache-Control", FRAICHEUR), ("Vary", VARIE)]
    change_le = edition.date_de_derniere_modification.timestamp()
    est_datee = now().timestamp() > change_le + SECONDES_DE_DOUTE
    comprime = COMPRIMER[encodage](corps)
    propres = [*commun, ("Content-Length", str(len(comprime)))]
    propres += [("Last-Modified", http_date(change_le))] if est_datee else []
    propres += [("Content-Encoding", encodage)] if encodage else []
    remplaces = {nom.lower() for nom, _ in propres} | {"last-modified"}
    autres = [(nom, valeur) for nom, valeur in en_tetes if nom.lower() not in remplaces]
    return Page(
        [*autres, *propres], comprime, marque, commun, int(change_le) if est_datee else None
    )


def _marquer(encodage: str, corps: bytes) -> str:
    """Return a strong mark of these bytes, the same on every server that makes the same page."""
    empreinte = hashlib.blake2b(corps, digest_size=6, person=encodage.encode()).digest()
    return f'"{base64.urlsafe_b64encode(empreinte).decode()}"'


COMPRIMER: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda corps: brotli.compress(corps, quality=5),
    # The same bytes whatever the hour.
    "gzip": lambda corps: gzip.compress(corps, 6, mtime=0),
    "": lambda corps: corps,
}
