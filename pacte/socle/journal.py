"""The journal keeps codes and values, never sentences: wording may change, facts may not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur

Codes = TypeVar("Codes", bound=models.TextChoices)

LIBELLES: dict[str, str] = {}
# Code → how the public timeline says it, given the values of the fact and the names of what it
# is about. A code that is not here is never public.
RECITS: dict[str, Callable[[dict], str]] = {}


def faits(classe: type[Codes]) -> type[Codes]:
    """Register the codes of `classe` with their French labels, for whoever shows the journal."""
    LIBELLES.update(classe.choices)
    return classe


def recits(phrases: dict[str, Callable[[dict], str]]) -> None:
    """Register the sentences of the public timeline, whose first letter is made a capital.

    Each reads the values of the fact, the names of the rows that it is about by the name of their
    model, `objet` (what it was recorded on, as it was called then) and `page`: the row whose page
    the sentence leads to, with its `annonce` when it is published.
    """
    RECITS.update({str(code): phrase for code, phrase in phrases.items()})


@faits
class FaitPublication(models.TextChoices):
    RENDU_VISIBLE = "publication.rendu_visible", "Rendu visible"
    RETIRE = "publication.retire", "Retiré"


recits({FaitPublication.RENDU_VISIBLE: lambda valeurs: valeurs["page"].annonce})


@faits
class FaitCompte(models.TextChoices):
    SECOND_FACTEUR_RETIRE = "compte.second_facteur_retire", "Second facteur retiré"
    FERME = "compte.ferme", "Compte fermé après une longue absence"
    FERME_AU_DEPART = "compte.ferme_au_depart", "Compte fermé au départ de son titulaire"
    PASSATION = "compte.passation", "Ce que portait le compte, confié à d’autres"
    CHANGEMENT_DEMANDE = "compte.changement_demande", "Changement de compte demandé"
    CHANGEMENT_FAIT = "compte.changement_fait", "Changement de compte fait"
    CHANGEMENT_REFUSE = "compte.changement_refuse", "Changement de compte refusé"
    SESSIONS_FERMEES = "compte.sessions_fermees", "Sessions fermées"


@faits
class FaitFiche(models.TextChoices):
    CREEE = "fiche.creee", "Fiche créée"
    MODIFIEE = "fiche.modifiee", "Fiche modifiée"
    SUPPRIMEE = "fiche.supprimee", "Fiche supprimée"
    RETABLIE = "fiche.retablie", "Fiche rétablie"


def consigner(
    objet: models.Model,
    fait: str,
    *,
    par: "Utilisateur | None" = None,
    avant: dict[str, object] | None = None,
    **apres: object,
) -> None:
    """Append to the journal what just happened to `objet` (one query).

    `par` is the user, or None for a command; `avant` and `apres` hold JSON values. The journal
    keeps them for ever: a person is a key in it, never a name nor an address.
    """
    apps.get_model("socle", "EntreeJournal").objects.create(
        fait=str(fait),
        objet=objet,
        libelle=getattr(objet, "nom_au_journal", str(objet))[:300],
        par=par,
        avant=avant or {},
        apres=apres,
    )
