"""« Prendre part à la convention »: an organisation asks, follows its request, withdraws it."""

from uuid import UUID

from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contrats.forms import AdhesionForm, OrganisationForm
from contrats.models import Adhesion
from pacte.socle.editeur import editeur
from pacte.socle.gestes import tenter
from pacte.socle.transitions import verrouiller

DEJA_PAR_VOUS = (
    "Vous avez déjà une demande en cours pour ce contrat : le lien qui permet de la suivre, ou de "
    "la retirer pour en faire une autre, vient de vous être renvoyé."
)


@require_http_methods(["GET", "HEAD", "POST"])
def demander(request: HttpRequest) -> HttpResponse:
    """The public form. Sent twice, it makes one request; too often, it is kept on the page."""
    organisation = OrganisationForm(request.POST or None, prefix="organisation")
    demande = AdhesionForm(request.POST or None)
    if request.method != "POST":
        return _montrer(request, organisation, demande)
    # Both are read, so that every mistake is said at once.
    if not all([organisation.is_valid(), demande.is_valid()]):
        return _montrer(request, organisation, demande)
    if not ratelimit.consume(request, action="adhesion"):
        demande.add_error(None, "Trop de demandes en peu de temps : réessayez dans dix minutes.")
        return _montrer(request, organisation, demande, status=429)
    _tenter_de_deposer(organisation, demande)
    if demande.errors:
        return _montrer(request, organisation, demande)
    return redirect("adhesion:envoyee")


def _tenter_de_deposer(organisation: OrganisationForm, demande: AdhesionForm) -> None:
    """File the request; when somebody else's came in meanwhile, read what is there and retry."""
    for dernier_essai in (False, True):
        try:
            return _deposer(organisation, demande)
        except IntegrityError:
            if dernier_essai:
                demande.add_error(None, "Une autre demande est arrivée au même moment : renvoyez.")
        except ValidationError as erreur:
            return demande.add_error(None, erreur.messages)


def _montrer(
    request: HttpRequest, organisation: OrganisationForm, demande: AdhesionForm, status: int = 200
) -> HttpResponse:
    contexte = {"organisation": organisation, "demande": demande}
    reponse = render(request, "adhesion/demande.html", contexte, status=status)
    if status == 429:
        reponse["Retry-After"] = "600"
    return reponse


@transaction.atomic
def _deposer(organisation: OrganisationForm, demande: AdhesionForm) -> None:
    partenaire = organisation.enregistrer()
    # Two at once for one organisation: the second reads what the first made.
    verrouiller(partenaire)
    adhesion = demande.save(commit=False)
    adhesion.partenaire = partenaire
    ouvertes = list(partenaire.adhesions.en_attente().filter(contrat=adhesion.contrat))
    courriel = adhesion.contact_courriel.lower()
    deja = next((d for d in ouvertes if d.contact_courriel.lower() == courriel), None)
    if deja is None:
        # Whoever came first may not be who they say: the second waits, and is not refused.
        adhesion.apres = ouvertes[0] if ouvertes else None
        adhesion.deposer()
    elif deja.apport != adhesion.apport:
        deja.ecrire_au_demandeur("adhesion_recue")
        demande.add_error("contrat", DEJA_PAR_VOUS)


@require_safe
def envoyee(request: HttpRequest) -> HttpResponse:
    return render(request, "adhesion/envoyee.html")


@require_safe
def suivre(request: HttpRequest, cle: UUID) -> HttpResponse:
    """Where the request stands, for whoever holds the link of the acknowledgement."""
    contexte = {"adhesion": _retrouver(cle), "editeur": editeur()}
    return render(request, "adhesion/suivi.html", contexte)


@require_POST
def retirer(request: HttpRequest, cle: UUID) -> HttpResponse:
    adhesion = _retrouver(cle)
    # Whoever holds the link withdraws: the journal has no account to name.
    tenter(request, lambda par: adhesion.retirer(), "Votre demande est retirée.")
    return redirect(adhesion)


def _retrouver(cle: UUID) -> Adhesion:
    return get_object_or_404(Adhesion.objects.select_related("partenaire", "contrat"), cle=cle)
