"""« Prendre part à la convention »: an organisation asks, follows its request, withdraws it."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contrats.forms import AdhesionForm, OrganisationForm
from contrats.models import Adhesion
from pacte.socle.transitions import TransitionInterdite


@require_http_methods(["GET", "HEAD", "POST"])
def demander(request):
    """The public form. Throttled by address; sent twice, it makes one request."""
    if request.method != "POST":
        formulaires = OrganisationForm(prefix="organisation"), AdhesionForm()
        return _montrer(request, *formulaires)
    if refus := consume_or_429(request, action="adhesion"):
        return refus
    organisation = OrganisationForm(request.POST, prefix="organisation")
    demande = AdhesionForm(request.POST)
    # Both are read, so that every mistake is said at once.
    if not all([organisation.is_valid(), demande.is_valid()]):
        return _montrer(request, organisation, demande)
    try:
        _deposer(organisation, demande)
    except IntegrityError:
        demande.add_error(None, "Cette demande vient d’être déposée : rien n’a été fait deux fois.")
    if demande.errors:
        return _montrer(request, organisation, demande)
    return redirect("adhesion:envoyee")


def _montrer(request, organisation, demande):
    contexte = {"organisation": organisation, "demande": demande}
    return render(request, "adhesion/demande.html", contexte)


@transaction.atomic
def _deposer(organisation, demande) -> None:
    partenaire = organisation.enregistrer()
    adhesion = demande.save(commit=False)
    adhesion.partenaire = partenaire
    deja = partenaire.adhesions.en_attente().filter(contrat=adhesion.contrat).first()
    if deja is None:
        adhesion.deposer()
    elif deja.contact_courriel.lower() != adhesion.contact_courriel.lower():
        demande.add_error(
            "contrat", "Une demande de cette organisation est déjà en cours pour ce contrat."
        )


@require_safe
def envoyee(request):
    return render(request, "adhesion/envoyee.html")


@require_safe
def suivre(request, cle):
    """Where the request stands, for whoever holds the link of the acknowledgement."""
    return render(request, "adhesion/suivi.html", {"adhesion": _retrouver(cle)})


@require_POST
def retirer(request, cle):
    adhesion = _retrouver(cle)
    try:
        adhesion.retirer()
    except TransitionInterdite as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Votre demande est retirée.")
    return redirect(adhesion)


def _retrouver(cle) -> Adhesion:
    return get_object_or_404(Adhesion.objects.select_related("partenaire", "contrat"), cle=cle)
