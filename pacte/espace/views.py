"""The home of the partner space: what is expected, then all that a partner does in the pact."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from actions.models import GENRES, Action
from actions.models.moderation import Proposition
from pacte.espace.attendus import attendus_de
from pacte.socle.gestes import compte_de
from partenaires.autorisations import RequeteDeMembre, membre_requis
from partenaires.models import Partenaire

PROPOSITIONS_MONTREES = 10


@login_required
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Go to one's partner; choose among several; say what to do without any."""
    appartenances = list(compte_de(request).appartenances.select_related("partenaire"))
    if len(appartenances) == 1:
        return redirect("espace:partenaire", appartenances[0].partenaire.slug)
    return render(request, "espace/choisir.html", {"appartenances": appartenances})


@membre_requis
@require_safe
def tableau_de_bord(request: RequeteDeMembre) -> HttpResponse:
    """Everything on one screen. What is not public yet is shown to its own partner."""
    partenaire = request.partenaire
    contributions = partenaire.contributions.select_related(
        "action__volet__contrat", "action__volet__axe"
    ).order_by("action__code", "pk")
    signatures = partenaire.signatures.select_related("acte__contrat")
    contexte = {
        "attendus": attendus_de(partenaire),
        "contributions": contributions,
        "propositions": _propositions(partenaire),
        "argent": partenaire.financements.filter(action__in=Action.objects.visibles()).tableau(
            parite=False
        ),
        "indicateurs": partenaire.indicateurs.publics(),
        "signatures": signatures,
        "preparation": partenaire.preparations.en_cours().first(),
        "signataire_depuis": signatures.premiere_date(),
        "appartenances": request.user.appartenances.select_related("partenaire"),
    }
    return render(request, "espace/partenaire.html", contexte)


def _propositions(partenaire: Partenaire) -> list[Proposition]:
    toutes = [
        p
        for modele in GENRES.values()
        for p in modele.objects.de(partenaire)[:PROPOSITIONS_MONTREES]
    ]
    return sorted(toutes, key=lambda p: p.envoyee_le, reverse=True)[:PROPOSITIONS_MONTREES]
