"""The news as an Atom feed: the bulletins of visible actions, newest first.

The query string of the list of actions narrows it to what that list shows.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import make_aware
from django.utils.xmlutils import SimplerXMLGenerator

from actions.filtres import FiltreActions
from actions.models import PointEtape
from actions.models.suivi import PointEtapeQuerySet
from contrats.models import Pacte, RequeteDuPacte
from pacte.socle import licence
from pacte.socle.editeur import editeur

NOUVELLES_DU_FLUX = 50


class AtomSousLicence(Atom1Feed):
    """Atom with its licence as a link (RFC 4946)."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": licence.ADRESSE})


@dataclass(frozen=True)
class DemandeDeFlux:
    """What the address of a feed asks for, of which pact."""

    pacte: Pacte
    filtre: FiltreActions
    adresse: str

    @property
    def points(self) -> PointEtapeQuerySet:
        return self.filtre.retenir(PointEtape.objects.publics().for_liste())


class ActualitesFeed(Feed):
    feed_type = AtomSousLicence
    language = "fr"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> DemandeDeFlux:
        pacte = cast(RequeteDuPacte, request).pacte
        filtre = FiltreActions(request.GET, pacte.annees)
        return DemandeDeFlux(pacte, filtre, request.get_full_path())

    def title(self, obj: DemandeDeFlux) -> str:
        return obj.filtre.titrer(f"Actualités du {obj.pacte}")

    def subtitle(self, obj: DemandeDeFlux) -> str:
        phrase = "Les points d’étape des actions, du plus récent au plus ancien."
        return " – ".join(filter(None, [obj.pacte.avertissement, phrase, obj.filtre.mention]))

    def link(self, obj: DemandeDeFlux) -> str:
        """The page that shows the same rows: also what tells one feed from another."""
        if not obj.filtre.criteres:
            return reverse("actualites")
        return reverse("actions:liste") + obj.filtre.adresse(tri=None)

    def feed_url(self, obj: DemandeDeFlux) -> str:
        return obj.adresse

    def author_name(self) -> str:
        return editeur().organisme

    def feed_copyright(self) -> str:
        return licence.mention()

    def items(self, obj: DemandeDeFlux) -> PointEtapeQuerySet:
        return obj.points[:NOUVELLES_DU_FLUX]

    def item_title(self, item: PointEtape) -> str:
        return f"{item.action.titre} : {item.get_statut_display()}"

    def item_description(self, item: PointEtape) -> str:
        return item.fait or item.a_venir or item.motif

    def item_link(self, item: PointEtape) -> str:
        return f"{item.action.get_absolute_url()}#point-{item.pk}"

    def item_updateddate(self, item: PointEtape) -> datetime:
        return make_aware(datetime.combine(item.le, time.min))
