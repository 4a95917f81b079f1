"""The people of a partner, managed by its référents."""

from collections.abc import Callable
from copy import copy

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pacte.socle.gestes import tenter
from pacte.socle.photographie import photographier
from pacte.socle.transitions import TransitionInterdite
from partenaires.autorisations import RequeteDeMembre, membre_requis, referent_requis
from partenaires.forms import FichePrevueForm, InvitationForm
from partenaires.models import Invitation, PreparationPartenaire


@membre_requis
@require_safe
def membres(request: RequeteDeMembre) -> HttpResponse:
    return _montrer(request, InvitationForm())


def _montrer(request: RequeteDeMembre, formulaire: InvitationForm) -> HttpResponse:
    contexte = {
        "ici": "Membres",
        "membres": request.partenaire.membres.actifs(),
        "invitations": request.partenaire.invitations.en_cours(),
        "form": formulaire,
    }
    return render(request, "espace/membres.html", contexte)


@membre_requis
@require_http_methods(["GET", "HEAD", "POST"])
def modifier_la_fiche(request: RequeteDeMembre) -> HttpResponse:
    """Propose what the sheet of one's organisation would say, or go on with what was proposed."""
    partenaire = request.partenaire
    presente = partenaire.preparations.en_cours().first()
    if presente and presente.preparee_par != request.user:
        messages.info(request, "Une autre personne prépare déjà une modification de cette fiche.")
        return redirect("espace:partenaire", partenaire.slug)
    preparation = presente or PreparationPartenaire(
        partenaire=partenaire, preparee_par=request.user, changements={"champs": {}}
    )
    # A copy: the page also reads the organisation as it is.
    preparation.partenaire = copy(partenaire)
    formulaire = FichePrevueForm(request.POST or None, instance=preparation.prefigurer())
    if request.method == "POST" and formulaire.is_valid():
        preparation.prevoir(photographier(formulaire.instance, preparation.CHAMPS))
        message = "Votre proposition est partie : le Département va la relire."
        if tenter(request, preparation.proposer, message):
            return redirect("espace:partenaire", partenaire.slug)
    return render(request, "espace/fiche.html", {"ici": "Notre fiche", "form": formulaire})


@membre_requis
@require_POST
def retirer_la_modification(request: RequeteDeMembre) -> HttpResponse:
    siennes = request.partenaire.preparations.en_cours().filter(preparee_par=request.user)
    preparation = get_object_or_404(siennes)
    tenter(request, preparation.abandonner, "Votre proposition est retirée.")
    return redirect("espace:partenaire", request.partenaire.slug)


@referent_requis
@require_http_methods(["GET", "HEAD", "POST"])
def inviter(request: RequeteDeMembre) -> HttpResponse:
    if request.method != "POST":
        return redirect("espace_partenaires:membres", request.partenaire.slug)
    formulaire = InvitationForm(request.POST)
    if formulaire.is_valid():
        _envoyer_l_invitation(request, formulaire)
    if formulaire.errors:
        return _montrer(request, formulaire)
    courriel = formulaire.cleaned_data["courriel"]
    messages.success(request, f"Une invitation est partie à {courriel}.")
    return redirect("espace_partenaires:membres", request.partenaire.slug)


def _envoyer_l_invitation(request: RequeteDeMembre, formulaire: InvitationForm) -> None:
    if not ratelimit.consume(request, action="inviter"):
        formulaire.add_error(None, "Trop d’invitations en une heure : réessayez plus tard.")
        return
    try:
        Invitation.envoyer_a(
            partenaire=request.partenaire, par=request.user, **formulaire.cleaned_data
        )
    except TransitionInterdite as erreur:
        formulaire.add_error("courriel", str(erreur))
    except (ValidationError, IntegrityError):
        formulaire.add_error("courriel", "Une invitation vient de partir à cette adresse.")


@referent_requis
@require_POST
def sortir(request: RequeteDeMembre, pk: int) -> HttpResponse:
    membre = get_object_or_404(request.partenaire.membres, pk=pk)
    reponse = _tenter(request, membre.sortir, f"{membre.utilisateur} n’a plus accès à cet espace.")
    # Whoever left can no longer see this page.
    est_parti = membre.pk is None and membre.utilisateur == request.user
    return redirect("espace:accueil") if est_parti else reponse


@referent_requis
@require_POST
def nommer(request: RequeteDeMembre, pk: int) -> HttpResponse:
    membre = get_object_or_404(request.partenaire.membres, pk=pk)
    message = f"{membre.utilisateur} peut maintenant inviter des collègues."
    return _tenter(request, membre.nommer_referent, message)


@referent_requis
@require_POST
def revoquer(request: RequeteDeMembre, pk: int) -> HttpResponse:
    invitation = get_object_or_404(request.partenaire.invitations, pk=pk)
    return _tenter(request, invitation.revoquer, "Invitation annulée : son lien ne sert plus.")


def _tenter(
    request: RequeteDeMembre, transition: Callable[..., object], message: str
) -> HttpResponse:
    tenter(request, transition, message)
    return redirect("espace_partenaires:membres", request.partenaire.slug)
