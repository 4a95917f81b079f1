"""What a partner does about its actions: confirm, propose, follow, withdraw."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from actions.forms import (
    PropositionContributionForm,
    PropositionForm,
    PropositionNoteForm,
    PropositionReleveForm,
)
from actions.models import (
    GENRES,
    Action,
    Contribution,
    Indicateur,
    PropositionContribution,
    PropositionNote,
    PropositionReleve,
)
from actions.models.moderation import Proposition
from contrats.models import Annee
from pacte.socle.gestes import tenter
from partenaires.autorisations import RequeteDeMembre, membre_requis

DEJA = "Une proposition attend déjà une réponse à ce sujet : la voici."


@membre_requis
@require_http_methods(["GET", "HEAD", "POST"])
def reformuler(request: RequeteDeMembre, pk: int) -> HttpResponse:
    """Propose another wording of a contribution of one's own."""
    contribution = get_object_or_404(
        request.partenaire.contributions.select_related("action"), pk=pk
    )
    attentes = contribution.propositions.en_attente()
    attente = attentes.filter(partenaire=request.partenaire).first()
    nouvelle = PropositionContribution(contribution=contribution, partenaire=request.partenaire)
    initial = {"texte": contribution.texte}
    return _proposer(request, PropositionContributionForm, nouvelle, attente, initial)


@membre_requis
@require_http_methods(["GET", "HEAD", "POST"])
def renseigner(request: RequeteDeMembre, pk: int, annee: int) -> HttpResponse:
    """Report the value of an indicator that one's organisation is in charge of."""
    indicateur = get_object_or_404(
        Indicateur.objects.select_related("action").filter(responsable=request.partenaire), pk=pk
    )
    annee_lue = get_object_or_404(Annee, pk=annee, pk__lte=localdate().year)
    attentes = indicateur.propositions.en_attente().filter(partenaire=request.partenaire)
    attente = attentes.filter(annee=annee_lue).first()
    nouvelle = PropositionReleve(
        indicateur=indicateur, annee=annee_lue, partenaire=request.partenaire
    )
    return _proposer(request, PropositionReleveForm, nouvelle, attente)


@membre_requis
@require_http_methods(["GET", "HEAD", "POST"])
def noter(request: RequeteDeMembre, slug: str) -> HttpResponse:
    """Write a short progress note on an action to which one contributes."""
    siennes = Action.objects.filter(pk__in=request.partenaire.contributions.values("action"))
    action = get_object_or_404(siennes, slug=slug)
    attente = action.propositions.en_attente().filter(partenaire=request.partenaire).first()
    nouvelle = PropositionNote(action=action, partenaire=request.partenaire)
    return _proposer(request, PropositionNoteForm, nouvelle, attente)


def _proposer(
    request: RequeteDeMembre,
    classe: type[PropositionForm],
    nouvelle: Proposition,
    attente: Proposition | None,
    initial: dict[str, str] | None = None,
) -> HttpResponse:
    """Ask, show again before sending, send. One pending proposal: it is shown instead.

    What was typed while a colleague sent theirs is kept on the page.
    """
    if attente and (request.method != "POST" or attente.envoyee_par_id == request.user.pk):
        messages.info(request, DEJA)
        return redirect(attente)
    formulaire = classe(request.POST or None, instance=nouvelle, initial=initial)
    contexte = {"form": formulaire, "nouvelle": nouvelle, "action": nouvelle.action}
    if attente:
        formulaire.add_error(None, f"{attente.envoyee_par} vient d’envoyer une proposition.")
    if request.method != "POST" or not formulaire.is_valid() or "corriger" in request.POST:
        return render(request, "espace/proposer.html", contexte)
    if formulaire.a_change:
        formulaire.relire()
        return render(request, "espace/proposer.html", {**contexte, "a_change": True})
    if "envoyer" not in request.POST:
        return render(request, "espace/verifier.html", contexte)
    return _envoyer(request, formulaire, contexte)


def _envoyer(
    request: RequeteDeMembre, formulaire: PropositionForm, contexte: dict[str, Any]
) -> HttpResponse:
    proposition = formulaire.instance
    try:
        proposition.envoyer(par=request.user)
    except IntegrityError:
        messages.info(request, "Cette proposition était déjà partie.")
        return redirect("espace:partenaire", request.partenaire.slug)
    except ValidationError as erreur:
        formulaire.add_error(None, erreur.messages)
        return render(request, "espace/proposer.html", contexte)
    messages.success(request, "Votre proposition est partie : le Département va la relire.")
    return redirect(proposition)


@membre_requis
@require_http_methods(["GET", "HEAD", "POST"])
def confirmer(request: RequeteDeMembre, pk: int) -> HttpResponse:
    """Say that a contribution stands this year."""
    contribution = get_object_or_404(
        Contribution.objects.select_related("action", "partenaire"),
        pk=pk,
        partenaire=request.partenaire,
    )
    if request.method != "POST":
        return render(
            request, "espace/confirmer.html", {"contribution": contribution, "ici": "Confirmer"}
        )
    contribution.confirmer(par=request.user)
    messages.success(request, "Contribution confirmée à la date du jour.")
    return redirect("espace:partenaire", request.partenaire.slug)


@membre_requis
@require_safe
def proposition(request: RequeteDeMembre, genre: str, pk: int) -> HttpResponse:
    contexte = {"proposition": _retrouver(request, genre, pk), "ici": "Ma proposition"}
    return render(request, "espace/proposition.html", contexte)


@membre_requis
@require_POST
def retirer(request: RequeteDeMembre, genre: str, pk: int) -> HttpResponse:
    envoyee = _retrouver(request, genre, pk)
    tenter(request, envoyee.retirer, "Proposition retirée.")
    return redirect(envoyee)


def _retrouver(request: RequeteDeMembre, genre: str, pk: int) -> Proposition:
    if genre not in GENRES:
        raise Http404
    siennes = GENRES[genre].objects.de(request.partenaire)
    envoyee: Proposition = get_object_or_404(siennes, pk=pk)
    return envoyee
