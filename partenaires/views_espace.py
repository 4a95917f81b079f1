"""The people of a partner, managed by its référents."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pacte.socle.transitions import TransitionInterdite
from partenaires.autorisations import membre_requis, referent_requis
from partenaires.forms import InvitationForm
from partenaires.models import Invitation


@membre_requis
@require_safe
def membres(request):
    return _montrer(request, InvitationForm())


def _montrer(request, formulaire):
    contexte = {
        "ici": "Membres",
        "membres": request.partenaire.membres.actifs(),
        "invitations": request.partenaire.invitations.en_cours(),
        "form": formulaire,
    }
    return render(request, "espace/membres.html", contexte)


@referent_requis
@require_http_methods(["GET", "HEAD", "POST"])
def inviter(request):
    if request.method != "POST":
        return redirect("espace_partenaires:membres", request.partenaire.slug)
    formulaire = InvitationForm(request.POST)
    if formulaire.is_valid():
        donnees = formulaire.cleaned_data
        try:
            Invitation.envoyer_a(
                donnees["courriel"],
                partenaire=request.partenaire,
                role=donnees["role"],
                par=request.user,
            )
        except (TransitionInterdite, ValidationError) as erreur:
            formulaire.add_error("courriel", str(erreur))
    if formulaire.errors:
        return _montrer(request, formulaire)
    messages.success(request, f"Une invitation est partie à {donnees['courriel']}.")
    return redirect("espace_partenaires:membres", request.partenaire.slug)


@referent_requis
@require_POST
def sortir(request, pk):
    membre = get_object_or_404(request.partenaire.membres, pk=pk)
    return _tenter(request, membre.sortir, f"{membre.utilisateur} n’a plus accès à cet espace.")


@referent_requis
@require_POST
def revoquer(request, pk):
    invitation = get_object_or_404(request.partenaire.invitations, pk=pk)
    return _tenter(request, invitation.revoquer, "Invitation annulée : son lien ne sert plus.")


def _tenter(request, transition, dit: str):
    try:
        transition(par=request.user)
    except TransitionInterdite as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, dit)
    return redirect("espace_partenaires:membres", request.partenaire.slug)
