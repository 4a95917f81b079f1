"""The news as an Atom feed: the bulletins of visible actions, newest first."""

from datetime import datetime, time
from typing import Any, cast

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import make_aware
from django.utils.xmlutils import SimplerXMLGenerator

from actions.models import PointEtape
from contrats.models import Pacte, RequeteDuPacte
from pacte.socle import licence
from pacte.socle.editeur import editeur

NOUVELLES_DU_FLUX = 50


class AtomSousLicence(Atom1Feed):
    """Atom with its licence as a link (RFC 4946)."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": licence.ADRESSE})


class ActualitesFeed(Feed):
    feed_type = AtomSousLicence
    language = "fr"
    link = "/actualites/"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Pacte:
        return cast(RequeteDuPacte, request).pacte

    def title(self, obj: Pacte) -> str:
        return f"Actualités du {obj}"

    def subtitle(self, obj: Pacte) -> str:
        phrase = "Les points d’étape des actions, du plus récent au plus ancien."
        return " – ".join(filter(None, [obj.avertissement, phrase]))

    def author_name(self) -> str:
        return editeur().organisme

    def feed_copyright(self) -> str:
        return licence.mention()

    def items(self, obj: Pacte) -> QuerySet[PointEtape]:
        return PointEtape.objects.publics().for_liste()[:NOUVELLES_DU_FLUX]

    def item_title(self, item: PointEtape) -> str:
        return f"{item.action.titre} : {item.get_statut_display()}"

    def item_description(self, item: PointEtape) -> str:
        return item.fait or item.a_venir or item.motif

    def item_link(self, item: PointEtape) -> str:
        return f"{item.action.get_absolute_url()}#point-{item.pk}"

    def item_updateddate(self, item: PointEtape) -> datetime:
        return make_aware(datetime.combine(item.le, time.min))
