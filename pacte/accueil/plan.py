"""The sitemap for search engines: one class per noun, visible rows only, each with its date.

One file, or the index of several once the actions alone would fill more than one.
"""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import index, sitemap
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import make_aware
from django.views.decorators.http import require_safe

from actions.models import Action, Constat, PointEtape
from axes.models import Axe
from contrats.models import Contrat, Exercice, Signature
from pacte.donnees_ouvertes.dates import dater_les_jeux
from pacte.donnees_ouvertes.jeux import JEUX, Jeu
from pacte.socle.modifications import derniere_version, with_changement
from partenaires.models import Partenaire

# Pages whose words come with the software: they change when it does.
PAGES_DU_PORTAIL = [
    "adhesion:demander",
    "plan_du_site",
    "aide",
    "aide_partenaires",
    "aide_agents",
    "glossaire",
    "contact",
    "accessibilite",
    "mentions_legales",
    "donnees_personnelles",
    "ecoconception",
]


def _dernier_changement(queryset: QuerySet) -> datetime | None:
    return queryset.aggregate(le=Max("change_le"))["le"]


def _dernier_point() -> datetime | None:
    point = PointEtape.objects.publics().only("le").first()
    return make_aware(datetime.combine(point.le, time.min)) if point else None


def _derniere_action() -> datetime | None:
    derniere: datetime | None = Action.objects.visibles().aggregate(le=Max("modifiee_le"))["le"]
    return derniere


def _rapportes() -> QuerySet[Exercice]:
    """Return the exercises of visible contracts that were reported, and when they last were."""
    paru_le = Max("rapports__paru_le")
    visibles = Exercice.objects.filter(contrat__in=Contrat.objects.visibles())
    return visibles.annotate(paru_le=paru_le).filter(paru_le__isnull=False).order_by("pk")


def dates_des_listes() -> dict[str, datetime | None]:
    """Return when each page that lists rows last changed (eight queries), None when it is empty."""
    signatures = Signature.objects.publiques().annotate(change_le=derniere_version(Signature))
    dates = {
        "axes:liste": _dernier_changement(with_changement(Axe.objects.visibles())),
        "contrats:liste": _dernier_changement(with_changement(Contrat.objects.visibles())),
        **dict.fromkeys(("actions:liste", "actions:je_cherche"), _derniere_action()),
        "actions:diagnostic": _dernier_changement(with_changement(Constat.objects.visibles())),
        "partenaires:liste": _dernier_changement(with_changement(Partenaire.objects.visibles())),
        "contrats:registre": _dernier_changement(signatures),
        "actualites": _dernier_point(),
        "rapports:liste": _rapportes().aggregate(le=Max("paru_le"))["le"],
    }
    de_tout = max(filter(None, dates.values()), default=None)
    partout = ("accueil", "pacte", "suivi", "donnees_ouvertes:liste")
    return {**dict.fromkeys(partout, de_tout), **dates}


class PagesSitemap(Sitemap):
    def items(self) -> list[tuple[str, datetime | None]]:
        return [
            *dates_des_listes().items(),
            *((nom, settings.VERSION_LE) for nom in PAGES_DU_PORTAIL),
        ]

    def location(self, item: tuple[str, datetime | None]) -> str:
        return reverse(item[0])

    def lastmod(self, item: tuple[str, datetime | None]) -> datetime | None:
        return item[1]


class PubliableSitemap(Sitemap):
    """The visible rows of `modele`."""

    modele: type[Axe] | type[Contrat] | type[Partenaire]

    def items(self) -> QuerySet:
        return with_changement(self.modele.objects.visibles())

    def lastmod(self, item: Any) -> datetime:
        return item.change_le


class AxeSitemap(PubliableSitemap):
    modele = Axe


class ContratSitemap(PubliableSitemap):
    modele = Contrat


class PartenaireSitemap(PubliableSitemap):
    modele = Partenaire


class ActionSitemap(Sitemap):
    limit = 5_000

    def items(self) -> QuerySet[Action]:
        return Action.objects.visibles().only("slug", "modifiee_le").order_by("pk")

    def lastmod(self, item: Action) -> datetime:
        return item.modifiee_le

    def get_latest_lastmod(self) -> datetime | None:
        """As Django's, which would read every row for it."""
        return _derniere_action()


class RapportSitemap(Sitemap):
    """The page of each exercise whose report was released."""

    def items(self) -> QuerySet[Exercice]:
        return _rapportes().select_related("contrat")

    def location(self, item: Exercice) -> str:
        return reverse("rapports:exercice", args=[item.contrat.slug, item.annee_id])

    def lastmod(self, item: Any) -> datetime:
        return item.paru_le


class JeuSitemap(Sitemap):
    """The page of each dataset."""

    def items(self) -> list[tuple[Jeu, datetime | None]]:
        dates = dater_les_jeux()
        return [(jeu, dates.de(jeu).derniere) for jeu in JEUX.values()]

    def location(self, item: tuple[Jeu, datetime | None]) -> str:
        return item[0].get_absolute_url()

    def lastmod(self, item: tuple[Jeu, datetime | None]) -> datetime | None:
        return item[1]


PLANS: "dict[str, type[Sitemap[Any]] | Sitemap[Any]]" = {
    "pages": PagesSitemap,
    "axes": AxeSitemap,
    "contrats": ContratSitemap,
    "actions": ActionSitemap,
    "partenaires": PartenaireSitemap,
    "rapports": RapportSitemap,
    "donnees": JeuSitemap,
}


@require_safe
def plan(request: HttpRequest, section: str | None = None) -> HttpResponse:
    """Answer every address, those of `section`, or the index of sections when all are too many."""
    if section is None and ActionSitemap().paginator.num_pages > 1:
        return index(request, PLANS, sitemap_url_name="sitemap_partie")
    return sitemap(request, PLANS, section)
