"""Words as the search and the alphabetical order see them: same results on every database."""

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import snowballstemmer
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler

MOTS_VIDES = frozenset(
    "a au aux avec ce ces d dans de des du en et il l la le les leur leurs ne ou par pas pour "
    "qu que qui sa sans se ses son sur un une".split()
)
_par_fil = threading.local()
EXTRAIT = 40
# What XML cannot write, and no page has to show.
INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def montrable(saisie: str) -> str:
    """Return what was typed as a page, a feed or a file may repeat it: « � » for what none can."""
    return INTERDITS.sub("\ufffd", saisie)


def extrait(saisie: str) -> str:
    """Return the beginning of what was typed, as a sentence may quote it."""
    saisie = montrable(saisie)
    return saisie if len(saisie) <= EXTRAIT else f"{saisie[:EXTRAIT]}…"


class Plis(dict[int, str | None]):
    """What `plier` makes of each character, learnt as they come: no accent, a space for a sign."""

    def __missing__(self, code: int) -> str | None:
        lettre = chr(code)
        pli = lettre if lettre.isalnum() else " "
        self[code] = None if unicodedata.combining(lettre) else pli
        return self[code]


_plis = Plis()


def plier(texte: str) -> str:
    """Return `texte` in lower case, without accents, ligatures, apostrophes nor hyphens."""
    texte = texte.lower().replace("œ", "oe").replace("æ", "ae")
    return unicodedata.normalize("NFKD", texte).translate(_plis)


def racines(texte: str) -> list[str]:
    """Return the stems of the meaningful words of `texte`, in their order.

    « L’accompagnement des élèves » gives ["accompagn", "elev"]. Words of one letter and the
    empty words of French are left out.
    """
    mots = re.findall(r"[a-z0-9]+", plier(texte))
    return [raciner(mot) for mot in mots if _compte(mot)]


@lru_cache(maxsize=16_384)
def raciner(mot: str) -> str:
    """Return the stem of one folded word, remembered: a page asks for the same ones many times.

    The stemmer leaves the plural of « emplois », « vélos », « revenus »: it is taken off first.
    """
    singulier = mot[:-1] if len(mot) > 3 and mot.endswith("s") and not mot.endswith("ss") else mot
    racine: str = _raciniseur().stemWord(singulier)
    return racine


def _compte(mot: str) -> bool:
    return mot.isdigit() or (len(mot) > 1 and mot not in MOTS_VIDES)


def _raciniseur() -> Any:
    # A stemmer keeps its state on itself: shared by threads, it mixes their words.
    if not hasattr(_par_fil, "raciniseur"):
        _par_fil.raciniseur = snowballstemmer.stemmer("french")
    return _par_fil.raciniseur


class CleDeRechercheField(models.TextField):
    """Stems of other fields of the same row, computed at each save: « ␣aid␣alimentair␣ ».

    A row indexes its own columns only; the search follows relations at query time, so that a
    renamed partner needs no reindexing elsewhere. `QuerySet.update()` bypasses it.
    """

    def __init__(self, sources: Sequence[str] = (), **kwargs: Any) -> None:
        self.sources = tuple(sources)
        super().__init__(editable=False, default="", **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["default"]
        return name, path, args, {**kwargs, "sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        textes = (getattr(model_instance, source) or "" for source in self.sources)
        cle = f" {' '.join(racines(' '.join(textes)))} "
        setattr(model_instance, self.attname, cle)
        return cle


class CleDeTriField(models.CharField):
    """Alphabetical key of another field (« École » sorts between « ADMR » and « Étoile »)."""

    def __init__(self, source: str = "", **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"max_length": 300, "editable": False, "default": "", **kwargs})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        mots = plier(getattr(model_instance, self.source)).split()
        cle = " ".join(mots)[: self.max_length]
        setattr(model_instance, self.attname, cle)
        return cle


class OrdreAlphabetique(Func):
    """The order of the characters of an alphabetical key, the same on every database.

    Not a `Collate`, of which an index refuses the subclasses.
    """

    template = '%(expressions)s COLLATE "C"'
    arity = 1

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[str | int] | tuple[str | int, ...]]:
        return compiler.compile(self.source_expressions[0])


def en_une_ligne(texte: str) -> str:
    """Return `texte` with every run of spaces and line breaks made one space."""
    return " ".join(texte.split())
