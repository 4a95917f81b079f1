"""What the sheet of an action reads, on the site and on paper."""

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from actions.champs import ACTION, CONTRIBUTION
from actions.models import Action, Contribution, Indicateur, Libelle, PointEtape
from actions.models.action import ActionQuerySet
from pacte.socle.chronologie import Evenement, entrees_publiques, raconter
from partenaires.models import Partenaire

FAITS_MONTRES = 12


def pour_la_fiche() -> ActionQuerySet:
    """Return the visible actions with what a sheet prints of their own row."""
    return (
        Action.objects.visibles()
        .select_related("volet__axe", "volet__contrat", "objectif", "acte__contrat")
        .with_echeance()
        .with_completude()
    )


def completer(action: Action) -> list[Indicateur]:
    """Read what surrounds `action` into it, and return its public indicators (ten queries)."""
    prefetch_related_objects(
        [action],
        "constats",
        "jalons",
        Prefetch("points", PointEtape.objects.en_vigueur().select_related("partenaire")),
        "publics",
        "territoires",
        Prefetch("libelles", Libelle.objects.select_related("source")),
        Prefetch("libelles__partenaires_cites", Partenaire.objects.visibles()),
        Prefetch("contributions", Contribution.objects.publiques()),
    )
    return list(action.indicateurs.publics())


def lire_la_fiche(action: Action) -> dict[str, Any]:
    """Return what the page of `action`, of `pour_la_fiche()`, prints (thirteen queries)."""
    indicateurs = completer(action)
    return {
        "en_bref": ACTION.lire_la_partie("bref", action),
        "recit": ACTION.lire_la_partie("recit", action),
        "completude": action.completude,
        "argent": action.financements.tableau({"action": action.slug}),
        "contributions": [
            CONTRIBUTION.lire_la_partie("tableau", contribution)
            for contribution in action.contributions.all()
        ],
        "indicateurs": indicateurs,
        "decisions": action.decisions.publiques(),
        "chronologie": _chronologie(action, indicateurs),
    }


def _chronologie(action: Action, indicateurs: list[Indicateur]) -> list[Evenement]:
    """Return the last public facts about `action` (one query)."""
    contributions = action.contributions.all()
    sujets = {
        Action: [action.pk],
        Contribution: [c.pk for c in contributions],
        Indicateur: [i.pk for i in indicateurs],
    }
    partenaires = {c.partenaire_id: c.partenaire for c in contributions}
    entrees = entrees_publiques(sujets)[:FAITS_MONTRES]
    return raconter(entrees, {Action: {action.pk: action}, Partenaire: partenaires})
