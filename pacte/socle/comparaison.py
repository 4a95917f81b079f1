"""Two versions of a row side by side: field by field, and word by word in a long text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Field, Model
from django.utils.text import capfirst
from simple_history.models import DeletedObject, ModelChange
from simple_history.template_utils import HistoricalRecordContextHelper, ObjDiffDisplay

from pacte.socle.typographie import dire

# Below, two values are read at a glance.
TEXTE_LONG = 40
# Above, or when so little is common, word by word tells less than both texts.
TROP_DE_MOTS = 6000
RESSEMBLANCE = 0.25


def dire_le_champ(champ: Any, valeur: object) -> str:
    """Return a value of a field in words: the label of a choice, a date, « vide »."""
    if isinstance(valeur, list):
        return dire([_dire_la_cible(cible) for cible in valeur])
    if champ.choices:
        phrase: str = dict(champ.flatchoices).get(valeur, dire(valeur))
        return phrase
    return dire(_dire_la_cible(valeur))


def _dire_la_cible(valeur: object) -> object:
    if isinstance(valeur, DeletedObject):
        return f"{valeur.model._meta.verbose_name} n° {valeur.pk}, qui n’existe plus"
    return valeur


class EcartAbrege(ObjDiffDisplay):
    """Two long values in a list of versions, cut where they are the same."""

    def shortened_str(self, prefix: str, num_skipped_chars: int, suffix: str) -> str:
        return f"{prefix} […] {suffix}"


class VersionDite(HistoricalRecordContextHelper):
    """Says in French what a version changed: labels of choices, dates, « vide »."""

    def prepare_delta_change_value(self, change: ModelChange, value: object) -> str:
        champ = self.model._meta.get_field(change.field)
        return dire_le_champ(champ, super().prepare_delta_change_value(change, value))

    def get_obj_diff_display(self) -> EcartAbrege:
        return EcartAbrege(max_length=self.max_displayed_delta_change_chars)


@dataclass(frozen=True)
class Morceau:
    """A part of a text that both versions have, or one of them."""

    texte: str
    est_supprime: bool = False
    est_ajoute: bool = False


@dataclass(frozen=True)
class Ecart:
    """One field that differs; `morceaux` when it is better read word by word."""

    nom: str
    avant: str
    apres: str
    morceaux: list[Morceau] = field(default_factory=list)


@dataclass(frozen=True)
class Choix:
    """Two versions to compare, the older first, or the sentence that says why there are not."""

    avant: Any = None
    apres: Any = None
    message: str = ""

    @property
    def en_titres(self) -> list[tuple[str, Any]]:
        return [("Avant", self.avant), ("Après", self.apres)]


class VersionInconnue(Exception):
    """A number that is not one of a version of the row."""


def choisir(versions: list[Any], avant: str, apres: str) -> Choix:
    """Return the two of `versions` (newest first) that an address names, by default the last two.

    Raises VersionInconnue for a number that is not theirs.
    """
    if len(versions) < 2:
        return Choix(message="Cette fiche n’a qu’une version : il n’y a rien à comparer.")
    numeros = [str(version.history_id) for version in versions]
    if not {avant, apres} <= {"", *numeros}:
        raise VersionInconnue
    if avant and avant == apres:
        return Choix(message="C’est deux fois la même version : en choisir deux différentes.")
    rang_apres = numeros.index(apres) if apres else 0 if avant != numeros[0] else 1
    suivante = min(rang_apres + 1, len(versions) - 1)
    rang_avant = numeros.index(avant) if avant else suivante - (suivante == rang_apres)
    recente, ancienne = sorted([rang_apres, rang_avant])
    return Choix(versions[ancienne], versions[recente])


def ordonner_les_champs(modele: type[Model]) -> list[str]:
    """Return the names of the fields of `modele`, in the order in which people read them."""
    return [champ.name for champ in [*modele._meta.fields, *modele._meta.many_to_many]]


def comparer(modele: type[Model], avant: Any, apres: Any) -> list[Ecart]:
    """Return what differs between two versions of a row, in the order of the fields."""
    dite = VersionDite(modele, apres)
    changements = apres.diff_against(avant, foreign_keys_are_objs=True).changes
    rangs = ordonner_les_champs(modele)
    return [
        _ecart(
            modele._meta.get_field(changement.field),
            dite.prepare_delta_change_value(changement, changement.old),
            dite.prepare_delta_change_value(changement, changement.new),
        )
        for changement in sorted(changements, key=lambda c: rangs.index(c.field))
    ]


def _ecart(champ: "Field[Any, Any] | Any", avant: str, apres: str) -> Ecart:
    est_long = max(len(avant), len(apres)) > TEXTE_LONG and not champ.many_to_one
    morceaux = mot_a_mot(avant, apres) if est_long and "vide" not in (avant, apres) else []
    return Ecart(str(capfirst(champ.verbose_name)), avant, apres, morceaux)


def mot_a_mot(avant: str, apres: str) -> list[Morceau]:
    """Return both texts as one, word by word; empty when that would not be readable.

    Between words that both have, the spaces and the line breaks are those of `apres`.
    """
    avants, apres_ = _mots(avant), _mots(apres)
    if len(avants) + len(apres_) > TROP_DE_MOTS:
        return []
    cles = ([mot.strip() for mot in avants], [mot.strip() for mot in apres_])
    comparaison = SequenceMatcher(None, *cles, autojunk=False)
    if comparaison.ratio() < RESSEMBLANCE:
        return []
    return [
        morceau
        for nature, a, b, c, d in comparaison.get_opcodes()
        for morceau in _dire("".join(avants[a:b]), "".join(apres_[c:d]), nature == "equal")
    ]


def _mots(texte: str) -> list[str]:
    """Cut before each word and sign, so that a comma that is added is all that is added."""
    return re.findall(r"(?:\w+|[^\w\s])\s*", texte)


def _dire(avant: str, apres: str, est_commun: bool) -> Iterator[Morceau]:
    if est_commun:
        yield Morceau(apres)
        return
    if avant:
        yield Morceau(avant, est_supprime=True)
    if apres:
        yield Morceau(apres, est_ajoute=True)
