"""The people of a partner, managed by its référents."""

from collections import Counter
from collections.abc import Callable

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pacte.socle.gestes import tenter
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import pluriel
from partenaires.autorisations import RequeteDeMembre, membre_requis, referent_requis
from partenaires.forms import InvitationForm
from partenaires.models import Invitation, Membre, Partenaire
from partenaires.models.membre import PROPOSITIONS


@membre_requis
@require_safe
def membres(request: RequeteDeMembre) -> HttpResponse:
    return _montrer(request, InvitationForm())


def _montrer(request: RequeteDeMembre, formulaire: InvitationForm) -> HttpResponse:
    contexte = {
        "ici": "Membres",
        "membres": _membres(request.partenaire),
        "invitations": request.partenaire.invitations.en_cours(),
        "form": formulaire,
    }
    return render(request, "espace/membres.html", contexte)


def _membres(partenaire: Partenaire) -> list[tuple[Membre, str]]:
    """Return each member with what waits under their name, in words (five queries)."""
    proposees = Counter(
        pk
        for nom in PROPOSITIONS
        for pk in getattr(partenaire, nom).en_attente().values_list("envoyee_par", flat=True)
    )
    invites = Counter(partenaire.invitations.en_cours().values_list("par", flat=True))
    return [
        (membre, _dire_en_cours(proposees[membre.utilisateur_id], invites[membre.utilisateur_id]))
        for membre in partenaire.membres.actifs()
    ]


def _dire_en_cours(propositions: int, invitations: int) -> str:
    """Return what waits under the name of somebody; "" for nothing."""
    dites = [
        pluriel(nombre, *mots)
        for nombre, mots in (
            (propositions, ("proposition en attente", "propositions en attente")),
            (invitations, ("invitation en cours", "invitations en cours")),
        )
        if nombre
    ]
    return " et ".join(dites)


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
    message = f"{membre.utilisateur} n’a plus accès à cet espace."
    if restent := membre.propositions_en_attente:
        message += f" Au nom de l’organisation : {pluriel(restent, 'proposition')} en attente."
    reponse = _tenter(request, membre.sortir, message)
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
