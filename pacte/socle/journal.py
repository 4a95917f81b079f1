"""The journal keeps codes and values, never sentences: wording may change, facts may not."""

from collections.abc import Callable

from django.apps import apps
from django.db import models

from pacte.socle.typographie import de

LIBELLES: dict[str, str] = {}
# Code → how the public timeline says it, given the values of the fact and the names of what it
# is about. A code that is not here is never public.
RECITS: dict[str, Callable[[dict], str]] = {}


def faits(classe):
    """Register the codes of `classe` with their French labels, for whoever shows the journal."""
    LIBELLES.update(classe.choices)
    return classe


def recits(phrases: dict[str, Callable[[dict], str]]) -> None:
    """Register the sentences of the public timeline, whose first letter is made a capital.

    Each reads `action` and `partenaire` (names, the latter with its article), `objet` (what the
    fact was recorded on, as it was called then) and the values of the fact.
    """
    RECITS.update({str(code): phrase for code, phrase in phrases.items()})


@faits
class FaitPublication(models.TextChoices):
    RENDU_VISIBLE = "publication.rendu_visible", "Rendu visible"
    RETIRE = "publication.retire", "Retiré"


def _dire_publication(valeurs: dict) -> str:
    if "action" in valeurs:
        return f"« {valeurs['action']} » est publiée."
    return f"La page {de(valeurs['partenaire'])} est publiée."


recits({FaitPublication.RENDU_VISIBLE: _dire_publication})


@faits
class FaitCompte(models.TextChoices):
    SECOND_FACTEUR_RETIRE = "compte.second_facteur_retire", "Second facteur retiré"
    FERME = "compte.ferme", "Compte fermé après une longue absence"
    CHANGEMENT_DEMANDE = "compte.changement_demande", "Changement de compte demandé"
    CHANGEMENT_FAIT = "compte.changement_fait", "Changement de compte fait"
    CHANGEMENT_REFUSE = "compte.changement_refuse", "Changement de compte refusé"
    SESSIONS_FERMEES = "compte.sessions_fermees", "Sessions fermées"


@faits
class FaitFiche(models.TextChoices):
    CREEE = "fiche.creee", "Fiche créée"
    MODIFIEE = "fiche.modifiee", "Fiche modifiée"
    SUPPRIMEE = "fiche.supprimee", "Fiche supprimée"


def consigner(objet, fait: str, *, par=None, avant=None, **apres) -> None:
    """Append to the journal what just happened to `objet` (one query).

    `par` is the user, or None for a command; `avant` and `apres` hold JSON values.
    """
    apps.get_model("socle", "EntreeJournal").objects.create(
        fait=str(fait),
        objet=objet,
        libelle=str(objet)[:300],
        par=par,
        avant=avant or {},
        apres=apres,
    )
