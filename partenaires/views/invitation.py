"""Accepting an invitation: with the account of its address, or by opening one."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pacte.socle.adresses import prouver
from pacte.socle.gestes import compte_de
from pacte.socle.transitions import verrouiller
from pacte.socle.typographie import de
from partenaires.forms import OuvertureForm
from partenaires.models import Invitation, InvitationInutilisable


@require_http_methods(["GET", "HEAD", "POST"])
def accepter(request: HttpRequest, jeton: str) -> HttpResponse:
    """Show the invitation; a POST accepts it once. A link that is no longer good says why."""
    refus: HttpResponse | None = consume_or_429(request, action="invitation")
    if refus:
        return refus
    invitation = Invitation.objects.retrouver(jeton)
    if invitation is None:
        raise Http404
    try:
        invitation.verifier()
        return _accueillir(request, invitation)
    except InvitationInutilisable as erreur:
        contexte = {"invitation": invitation, "dit": str(erreur)}
        return render(request, "invitation/inutilisable.html", contexte, status=410)


def _accueillir(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    compte = get_user_model().objects.filter(email__iexact=invitation.courriel).first()
    if request.user.is_authenticated:
        return _rejoindre(request, invitation)
    if compte is not None:
        retour = f"{reverse('account_login')}?next={request.path}"
        messages.info(request, "Connectez-vous avec ce compte pour accepter l’invitation.")
        return redirect(retour)
    return _ouvrir_un_compte(request, invitation)


def _rejoindre(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    compte = compte_de(request)
    est_pour_moi = compte.email.lower() == invitation.courriel.lower()
    if request.method == "POST" and est_pour_moi:
        invitation.accepter(compte)
        prouver(compte)
        return _arriver(request, invitation)
    contexte = {"invitation": invitation, "est_pour_moi": est_pour_moi}
    return render(request, "invitation/rejoindre.html", contexte)


def _ouvrir_un_compte(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    nouveau = get_user_model()(email=invitation.courriel.lower())
    formulaire = OuvertureForm(request.POST or None, instance=nouveau)
    if request.method == "POST" and formulaire.is_valid():
        with transaction.atomic():
            # Locked and verified before the account is made: a double click opens one.
            verrouiller(invitation)
            invitation.verifier()
            compte = formulaire.ouvrir()
            invitation.accepter(compte)
            prouver(compte)
        record_authentication(request, compte, method="password")
        perform_login(request, Login(user=compte))
        return _arriver(request, invitation)
    contexte = {"invitation": invitation, "form": formulaire}
    return render(request, "invitation/ouvrir.html", contexte)


def _arriver(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    messages.success(request, f"Bienvenue dans l’espace {de(invitation.partenaire.nom_articule)}.")
    return redirect("espace:partenaire", invitation.partenaire.slug)
