"""What a partner proposes that its own sheet would say."""

from copy import copy

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from pacte.socle.gestes import tenter
from pacte.socle.photographie import photographier
from partenaires.autorisations import RequeteDeMembre, membre_requis
from partenaires.forms import FichePrevueForm
from partenaires.models import PreparationPartenaire


@membre_requis
@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: RequeteDeMembre) -> HttpResponse:
    """Propose another sheet, or go on with what one proposed; a colleague's is left alone."""
    partenaire = request.partenaire
    presente = partenaire.preparations.en_cours().first()
    if presente and presente.preparee_par != request.user:
        messages.info(request, "Une autre personne prépare déjà une modification de cette fiche.")
        return redirect("espace:partenaire", partenaire.slug)
    preparation = presente or PreparationPartenaire(
        partenaire=partenaire, preparee_par=request.user, changements={"champs": {}}
    )
    depart = preparation.depart
    # A copy: the page also reads the organisation as it is.
    preparation.partenaire = copy(partenaire)
    formulaire = FichePrevueForm(request.POST or None, instance=preparation.prefigurer())
    if request.method == "POST" and formulaire.is_valid():
        preparation.prevoir(photographier(formulaire.instance, preparation.CHAMPS))
        if _proposer(request, preparation):
            return redirect("espace:partenaire", partenaire.slug)
    contexte = {"ici": "Notre fiche", "form": formulaire, "lu": depart}
    return render(request, "espace/fiche.html", contexte)


def _proposer(request: RequeteDeMembre, preparation: PreparationPartenaire) -> bool:
    """Send it; the other of two sent at once was the same click, or a colleague's: say so."""
    message = "Votre proposition est partie : le Département va la relire."
    try:
        return tenter(request, preparation.proposer, message, lu=request.POST.get("lu", ""))
    except IntegrityError:
        messages.info(request, "Une proposition de cette fiche vient de partir.")
        return True


@membre_requis
@require_POST
def retirer(request: RequeteDeMembre) -> HttpResponse:
    siennes = request.partenaire.preparations.en_cours().filter(preparee_par=request.user)
    tenter(request, get_object_or_404(siennes).abandonner, "Votre proposition est retirée.")
    return redirect("espace:partenaire", request.partenaire.slug)
