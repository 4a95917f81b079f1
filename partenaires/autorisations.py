"""Who may act for a partner: its members; who may manage them: its référents."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404

from partenaires.models import Membre


def membre_requis(vue):
    """Give the view `request.membre` and `request.partenaire`, read in the address.

    404 for a partner that one does not act for, staff included: it would tell who exists.
    """

    @login_required
    @wraps(vue)
    def protegee(request, partenaire, *args, **kwargs):
        membres = Membre.objects.select_related("partenaire")
        request.membre = membres.filter(
            utilisateur=request.user, partenaire__slug=partenaire
        ).first()
        if request.membre is None:
            raise Http404
        request.partenaire = request.membre.partenaire
        return vue(request, *args, **kwargs)

    return protegee


def referent_requis(vue):
    """As `membre_requis`; 403 for a member who is not a référent."""

    @membre_requis
    @wraps(vue)
    def protegee(request, *args, **kwargs):
        if not request.membre.est_referent:
            raise PermissionDenied
        return vue(request, *args, **kwargs)

    return protegee
