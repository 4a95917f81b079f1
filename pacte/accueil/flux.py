"""The news as an Atom feed: the bulletins of visible actions, newest first."""

from datetime import datetime, time

from django.contrib.syndication.views import Feed
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import make_aware

from actions.models import PointEtape
from pacte.socle import licence
from pacte.socle.editeur import editeur

NOUVELLES_DU_FLUX = 50


class AtomSousLicence(Atom1Feed):
    """Atom with its licence as a link (RFC 4946)."""

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": licence.ADRESSE})


class ActualitesFeed(Feed):
    feed_type = AtomSousLicence
    language = "fr"
    link = "/actualites/"

    def get_object(self, request):
        return request.pacte

    def title(self, obj):
        return f"Actualités du {obj}"

    def subtitle(self, obj):
        phrase = "Les points d’étape des actions, du plus récent au plus ancien."
        return " – ".join(filter(None, [obj.avertissement, phrase]))

    def author_name(self):
        return editeur().organisme

    def feed_copyright(self):
        return licence.mention()

    def items(self, obj):
        return PointEtape.objects.publics().for_liste()[:NOUVELLES_DU_FLUX]

    def item_title(self, item):
        return f"{item.action.titre} : {item.get_statut_display()}"

    def item_description(self, item):
        return item.fait or item.a_venir or item.motif

    def item_link(self, item):
        return f"{item.action.get_absolute_url()}#point-{item.pk}"

    def item_updateddate(self, item):
        return make_aware(datetime.combine(item.le, time.min))
