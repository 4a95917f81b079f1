"""The sitemap for search engines: one class per noun, visible rows only."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from actions.models import Action
from axes.models import Axe
from contrats.models import Contrat
from partenaires.models import Partenaire

PAGES_DU_PORTAIL = [
    "aide",
    "glossaire",
    "contact",
    "accessibilite",
    "mentions_legales",
    "donnees_personnelles",
    "ecoconception",
]


class PagesSitemap(Sitemap):
    def items(self):
        return [
            "accueil",
            "pacte",
            "axes:liste",
            "contrats:liste",
            "actions:liste",
            "partenaires:liste",
            "contrats:registre",
            "adhesion:demander",
            "suivi",
            "actualites",
            "plan_du_site",
            *PAGES_DU_PORTAIL,
        ]

    def location(self, item):
        return reverse(item)


class AxeSitemap(Sitemap):
    def items(self):
        return Axe.objects.visibles()


class ContratSitemap(Sitemap):
    def items(self):
        return Contrat.objects.visibles()


class PartenaireSitemap(Sitemap):
    def items(self):
        return Partenaire.objects.visibles()


class ActionSitemap(Sitemap):
    def items(self):
        return Action.objects.visibles().only("slug", "modifiee_le")

    def lastmod(self, item):
        return item.modifiee_le


PLANS = {
    "pages": PagesSitemap,
    "axes": AxeSitemap,
    "contrats": ContratSitemap,
    "actions": ActionSitemap,
    "partenaires": PartenaireSitemap,
}
