"""Pages of the single sign-on: leave for ProConnect, come back, link, sign out of both."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.views import LogoutView
from allauth.socialaccount import views as sociaux
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe
from requests import RequestException

from pacte.comptes.proconnect import (
    Echange,
    adresse_de_sortie,
    demande_de_lien,
    est_configure,
    peut_relier,
    refuser,
)
from pacte.socle.gestes import compte_de

Vue = Callable[..., HttpResponse]


def si_configure(vue: Vue) -> Vue:
    """Without a provider in the environment, these addresses do not exist."""

    @wraps(vue)
    def existante(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not est_configure():
            raise Http404
        return vue(request, *args, **kwargs)

    return existante


def dire_la_panne(vue: Vue) -> Vue:
    """A provider that is down, or speaks nonsense, gives a page: the password still works."""

    @wraps(vue)
    def prudente(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return vue(request, *args, **kwargs)
        except (RequestException, OAuth2Error, ValueError):
            return refuser(request, "panne")

    return prudente


@si_configure
def partir(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider, by POST; a GET asks first."""
    if request.method == "POST" and demande_de_lien(request):
        reponse: HttpResponse = _relier(request, provider_id)
        return reponse
    return _partir(request, provider_id)


@login_required
@reauthentication_required(app="allauth.socialaccount")
def _relier(request: HttpRequest, provider_id: str) -> HttpResponse:
    if not peut_relier(compte_de(request)):
        return refuser(request, "agent")
    return _partir(request, provider_id)


@dire_la_panne
def _partir(request: HttpRequest, provider_id: str) -> HttpResponse:
    reponse: HttpResponse = OAuth2LoginView.adapter_view(Echange(request, provider_id))(request)
    return reponse


@si_configure
@require_safe
@dire_la_panne
def revenir(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Receive the provider's answer: a session opens, or a page says why not."""
    reponse: HttpResponse = OAuth2CallbackView.adapter_view(Echange(request, provider_id))(request)
    return reponse


class DeconnexionView(LogoutView):
    """Ends our session first, then the provider's, when it opened ours."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        sortie = adresse_de_sortie(self.request)
        reponse = super().post(*args, **kwargs)
        return redirect(sortie) if sortie else reponse


connexions = si_configure(sociaux.connections)
renoncement = si_configure(sociaux.login_cancelled)
echec = si_configure(sociaux.login_error)
inscription = si_configure(sociaux.signup)
