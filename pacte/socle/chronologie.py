"""The public timeline: codes of the journal told in sentences, at the moment they are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model, Q, QuerySet
from django.utils.text import capfirst

from pacte.socle.journal import RECITS
from pacte.socle.models import EntreeJournal


class Page(Protocol):
    """A row that has a page of its own."""

    def get_absolute_url(self) -> str: ...


Visibles = Mapping[type[Model], Mapping[int, Page]]


@dataclass(frozen=True)
class Evenement:
    """When, the sentence, and the address of the page that it is about."""

    le: datetime
    phrase: str
    adresse: str


def entrees_publiques(
    sujets: Mapping[type[Model], Iterable[int] | QuerySet[Any]] | None = None,
) -> QuerySet[EntreeJournal]:
    """Return the journal of what the public may read, newest first.

    Two rules: the code has a sentence in `RECITS`; and a person did it. What a command records,
    as loading does, carries its `origine` and stays in the internal journal: it is no news.
    `sujets` (model → primary keys, or a query of them) keeps the facts about these rows only.
    """
    entrees = (
        EntreeJournal.objects.filter(fait__in=RECITS)
        .filter(~Q(apres__has_key="origine"))
        .select_related("type_objet")
    )
    if sujets is None:
        return entrees
    condition = Q(pk__in=[])
    for modele, cles in sujets.items():
        condition |= Q(
            type_objet__app_label=modele._meta.app_label,
            type_objet__model=modele._meta.model_name,
            id_objet__in=cles if isinstance(cles, QuerySet) else list(cles),
        )
    return entrees.filter(condition)


def renvois(entree: EntreeJournal, modeles: Iterable[type[Model]]) -> dict[type[Model], int]:
    """Return which rows of `modeles` a fact is about: model → primary key.

    The row it was recorded on, or one that its values name.
    """
    trouves = {}
    for modele in modeles:
        nom = modele._meta.model_name
        if nom in entree.apres:
            trouves[modele] = entree.apres[nom]
        elif entree.type_objet.model == nom:
            trouves[modele] = entree.id_objet
    return trouves


def raconter(entrees: Iterable[EntreeJournal], visibles: Visibles) -> list[Evenement]:
    """Tell `entrees`; each leads to the page of the first model of `visibles` that it is about.

    `visibles` has what the public may read: model → primary key → row. A fact about anything that
    is not there is left out: what is withdrawn is not named.
    """
    evenements = []
    for entree in entrees:
        cles = renvois(entree, visibles)
        objets = {m: visibles[m][cle] for m, cle in cles.items() if cle in visibles[m]}
        if not objets or len(objets) < len(cles):
            continue
        noms = {m._meta.model_name: _nommer(objet) for m, objet in objets.items()}
        page = next(iter(objets.values()))
        valeurs = {**entree.apres, **noms, "objet": entree.libelle, "page": page}
        phrase = capfirst(RECITS[entree.fait](valeurs))
        evenements.append(Evenement(entree.le, phrase, page.get_absolute_url()))
    return evenements


def raconter_ce_qui_est_visible(
    entrees: Iterable[EntreeJournal], modeles: Iterable[type[Model]]
) -> list[Evenement]:
    """Tell `entrees` that are about visible rows of `modeles` (one query a model)."""
    lues, ordre = list(entrees), list(modeles)
    vus = [renvois(entree, ordre) for entree in lues]
    visibles: Visibles = {
        modele: modele._default_manager.visibles().in_bulk(  # type: ignore[attr-defined]  # of each
            {cles[modele] for cles in vus if modele in cles}
        )
        for modele in ordre
    }
    return raconter(lues, visibles)


def _nommer(objet: Page) -> str:
    return getattr(objet, "nom_articule", None) or str(objet)
