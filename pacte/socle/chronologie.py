"""The public timeline: codes of the journal told in sentences, at the moment they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.text import capfirst

from pacte.socle.journal import RECITS
from pacte.socle.models import EntreeJournal


@dataclass(frozen=True)
class Evenement:
    """When, the sentence, and the address of the page that it is about."""

    le: datetime
    phrase: str
    adresse: str


def entrees_publiques(sujets: Mapping | None = None):
    """Return the journal of what the public may read, newest first.

    Two rules: the code has a sentence in `RECITS`; and a person did it. What a command records,
    as loading does, carries its `origine` and stays in the internal journal: it is no news.
    `sujets` (model → primary keys) keeps the facts about these rows only.
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
            id_objet__in=list(cles),
        )
    return entrees.filter(condition)


def renvois(entree: EntreeJournal) -> dict[str, int]:
    """Return the action and the partner that a fact is about: kind → primary key."""
    trouves = {
        genre: entree.apres[genre] for genre in ("action", "partenaire") if genre in entree.apres
    }
    if entree.type_objet.model in ("action", "partenaire"):
        trouves.setdefault(entree.type_objet.model, entree.id_objet)
    return trouves


def raconter(entrees, *, actions: Mapping, partenaires: Mapping) -> list[Evenement]:
    """Tell `entrees`, given the visible actions and partners by primary key.

    A fact about anything that is not among them is left out: what is withdrawn is not named.
    """
    visibles = {"action": actions, "partenaire": partenaires}
    evenements = []
    for entree in entrees:
        objets = {genre: visibles[genre].get(cle) for genre, cle in renvois(entree).items()}
        if not objets or None in objets.values():
            continue
        noms = {genre: getattr(o, "nom_articule", None) or str(o) for genre, o in objets.items()}
        valeurs = {**entree.apres, **noms, "objet": entree.libelle}
        page = objets.get("action") or objets.get("partenaire")
        phrase = capfirst(RECITS[entree.fait](valeurs))
        evenements.append(Evenement(entree.le, phrase, page.get_absolute_url()))
    return evenements
