"""Who may act for a partner: its members; who may manage them: its référents."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from pacte.socle.models import Utilisateur
from partenaires.models import Membre, Partenaire


class RequeteDeMembre(HttpRequest):
    """What `membre_requis` makes of a request: who acts, and for which partner."""

    user: Utilisateur
    membre: Membre
    partenaire: Partenaire


def membre_requis(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view `request.membre` and `request.partenaire`, read in the address.

    404 for a partner that one does not act for, staff included: it would tell who exists.
    """

    @login_required
    @wraps(vue)
    def protegee(
        request: RequeteDeMembre, partenaire: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        membres = Membre.objects.select_related("partenaire")
        membre = membres.filter(utilisateur=request.user, partenaire__slug=partenaire).first()
        if membre is None:
            raise Http404
        request.membre = membre
        request.partenaire = membre.partenaire
        return vue(request, *args, **kwargs)

    return protegee


def referent_requis(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As `membre_requis`; 403 for a member who is not a référent."""

    @membre_requis
    @wraps(vue)
    def protegee(request: RequeteDeMembre, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.membre.est_referent:
            raise PermissionDenied
        return vue(request, *args, **kwargs)

    return protegee
