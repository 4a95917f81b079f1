"""The page of one object, whose body is written once for an edition of what is published.

Whoever asks reads the same body, however it is compressed and whatever else the address carries
(the mark that a social network adds to each click): only what surrounds it is written each time.
"""

from copy import copy
from typing import Any

from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.generic import DetailView

from pacte.socle.retenues import page_pour_cette_edition


class PageAuCorpsGarde(DetailView):
    """A DetailView whose `corps`, a template, prints what `lire_le_corps` reads.

    The page prints it as `corps`. Besides what holds for a whole edition (the pact, the day), it
    may depend on the object and on the path alone.
    """

    corps: str
    context_object_name: str

    def lire_le_corps(self, objet: Any) -> dict[str, Any]:
        """Return what the body prints besides `objet`, and may be read from it."""
        raise NotImplementedError

    def get_object(self, queryset: QuerySet[Any] | None = None) -> Model:
        """Return the object as it was when its body was written; no query when both are kept."""
        objet, self.corps_ecrit = page_pour_cette_edition(self.request.path, self._ecrire)
        return objet

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(corps=self.corps_ecrit, **kwargs)

    def _ecrire(self) -> tuple[Model, SafeString]:
        objet = super().get_object()
        # What the body reads of it, which may be a lot, is not kept with it.
        lu = copy(objet)
        contexte = {self.context_object_name: lu, **self.lire_le_corps(lu)}
        return objet, render_to_string(self.corps, contexte, self.request)
