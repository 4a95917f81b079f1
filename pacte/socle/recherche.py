"""From the words that someone typed to conditions that every database understands alike."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import add, and_, or_
from typing import Any, Protocol

from django.db.models import Case, Exists, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from pacte.socle.familles import parentes
from pacte.socle.models import MOTS_D_UN_TERME, Synonyme
from pacte.socle.retenues import pour_cette_edition
from pacte.socle.texte import INTERDITS, extrait, racines

LONGUEUR_MAXIMALE = 200
TERMES_MAXIMUM = 10
EQUIVALENTS_DITS = 8
# A stem finds the words that it starts, from five letters: « écol » would find « écologie ».
DEBUT_LE_PLUS_COURT = 5
MOT = re.compile(r"[^\W_]+")
# Stems of a term → each of its equivalents with its stems.
Synonymes = dict[tuple[str, ...], dict[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Terme:
    """One word of the query, with every wording (a tuple of stems) that counts as that word.

    `variantes` are the words as they were typed, in `ecrit`, then one for each of `equivalents`,
    which the synonyms added.
    """

    variantes: tuple[tuple[str, ...], ...]
    ecrit: str = field(default="", compare=False)
    equivalents: tuple[str, ...] = ()

    def condition(self, *cles: str, fin: str = "") -> Q:
        """Return « one of the wordings stands in one of the columns `cles` ».

        A word is found whole, or as the start of a stored stem when it is long enough and `fin` is
        not a space.
        """
        return reduce(
            or_,
            (
                reduce(and_, (_porte(cle, racine, fin) for racine in variante))
                for variante in self.variantes
                for cle in cles
            ),
        )

    def reconnait(self, racine: str) -> bool:
        """Tell whether `racine` is one of the words looked for, or starts as one does."""
        return any(est_du_mot(racine, r) for variante in self.variantes for r in variante)


def formes(racine: str) -> list[tuple[str, bool]]:
    """Return each stem that counts as `racine`, with True when it may be the start of another."""
    return [(r, len(r) >= DEBUT_LE_PLUS_COURT) for r in parentes(racine)]


def _porte(cle: str, racine: str, fin: str) -> Q:
    motifs = (f" {r}{fin or ('' if est_un_debut else ' ')}" for r, est_un_debut in formes(racine))
    return reduce(or_, (Q(**{f"{cle}__contains": motif}) for motif in motifs))


@lru_cache(maxsize=32_768)
def est_du_mot(racine: str, cherchee: str) -> bool:
    """Tell whether looking for the stem `cherchee` finds the stem `racine`, as `condition` does."""
    return any(
        racine == r or (est_un_debut and racine.startswith(r))
        for r, est_un_debut in formes(cherchee)
    )


@dataclass(frozen=True)
class Requete:
    """A search as understood: empty when nothing meaningful was typed."""

    texte: str
    termes: tuple[Terme, ...]
    ecourtee: bool = False

    def __bool__(self) -> bool:
        return bool(self.termes)

    @property
    def mots_connus(self) -> list[str]:
        """The words, as typed, for which a synonym gave something else to look for."""
        return [terme.ecrit for terme in self.termes if terme.equivalents]

    def touche(self, texte: str) -> bool:
        """Tell whether one word of the query stands in `texte`."""
        return any(terme.reconnait(racine) for racine in racines(texte) for terme in self.termes)

    def condition(self, *cles: str) -> Q:
        """Return « every word is found in one of the columns `cles` »."""
        return reduce(and_, (terme.condition(*cles) for terme in self.termes))

    def pertinence(self, cle_titre: str) -> Combinable:
        """Return the rank expression: 2 for a word of the title, 1 for the start of one, else 0.

        Only the words as typed or their synonyms in `cle_titre` count, summed over the query.
        """
        return reduce(
            add,
            (
                Case(
                    When(terme.condition(cle_titre, fin=" "), then=Value(2)),
                    When(terme.condition(cle_titre), then=Value(1)),
                    default=Value(0),
                    output_field=IntegerField(),
                )
                for terme in self.termes
            ),
        )


def analyser(texte: str) -> Requete:
    """Understand the words of a search box, local synonyms included (one query, none if empty).

    Up to four words of the query that form one synonym (« pôle emploi ») count as one term, a word
    typed twice counts once, and the first ten terms are kept.
    """
    mots = [(mot, racine) for mot in decouper_mots(texte) for racine in racines(mot)]
    if not mots:
        return Requete(texte, ())
    synonymes = pour_cette_edition("synonymes", _synonymes)
    termes, position = [], 0
    while position < len(mots):
        termes.append(_lire_terme(mots[position:], synonymes))
        position += len(termes[-1].variantes[0])
    uniques = tuple(dict.fromkeys(termes))
    return Requete(texte, uniques[:TERMES_MAXIMUM], len(uniques) > TERMES_MAXIMUM)


def _lire_terme(mots: list[tuple[str, str]], synonymes: Synonymes) -> Terme:
    """Return the term that `mots`, pairs of word and stem, begin with: the longest synonym."""
    for longueur in range(min(MOTS_D_UN_TERME, len(mots)), 0, -1):
        ecrits, cle = zip(*mots[:longueur], strict=True)
        if equivalents := synonymes.get(cle):
            variantes = (cle, *equivalents.values())
            return Terme(variantes, " ".join(ecrits), tuple(equivalents))
    mot, racine = mots[0]
    return Terme(((racine,),), mot)


def lire_saisie(saisie: str) -> tuple[Requete, list[str]]:
    """Understand what someone typed, control signs and excess aside; say what was left out."""
    saisie = INTERDITS.sub(" ", saisie).strip()
    requete = analyser(saisie[:LONGUEUR_MAXIMALE])
    dits = []
    if len(saisie) > LONGUEUR_MAXIMALE:
        dits.append(f"La recherche a été limitée à ses {LONGUEUR_MAXIMALE} premiers caractères.")
    if saisie and not requete:
        dits.append(f"« {extrait(saisie)} » a été ignoré : aucun mot à chercher.")
        requete = Requete("", ())
    if requete.ecourtee:
        dits.append(f"La recherche a été limitée à ses {TERMES_MAXIMUM} premiers mots.")
    return requete, dits


def _synonymes() -> Synonymes:
    """Return the synonyms that officers entered (one query)."""
    table: Synonymes = {}
    for synonyme in Synonyme.objects.only("cle_terme", "equivalent"):
        equivalents = table.setdefault(tuple(synonyme.cle_terme.split()), {})
        equivalents.update((texte, tuple(racines(texte))) for texte in synonyme.equivalents)
    return table


class Cherchable(Protocol):
    """A queryset that a search narrows."""

    def rechercher(self, requete: Requete) -> QuerySet[Any]: ...


def equivalents_trouves(requete: Requete, *querysets: Cherchable) -> list[str]:
    """Return the equivalents that synonyms added to `requete` and that found something.

    `querysets` hold what the page found. One query, none when no synonym was used; the first
    eight equivalents are looked at.
    """
    seuls = {
        equivalent: Requete(equivalent, (Terme((variante,)),))
        for terme in requete.termes
        for equivalent, variante in zip(terme.equivalents, terme.variantes[1:], strict=True)
    }
    if not seuls:
        return []
    # One row, whichever: a synonym was used, there is one.
    une_ligne = Synonyme.objects.order_by()
    trouves = une_ligne.values_list(
        *(
            reduce(or_, (Exists(queryset.rechercher(seul).order_by()) for queryset in querysets))
            for seul in list(seuls.values())[:EQUIVALENTS_DITS]
        )
    )[0]
    return [equivalent for equivalent, trouve in zip(seuls, trouves, strict=False) if trouve]


def decouper_mots(texte: str) -> list[str]:
    """Return the words of `texte` as they are written, without apostrophes nor hyphens."""
    return MOT.findall(unicodedata.normalize("NFC", texte))


def surligner(texte: str, requete: Requete | None) -> list[tuple[str, bool]]:
    """Cut `texte` into pieces, each with True when it is a word that `requete` looked for."""
    if not requete:
        return [(texte, False)]
    morceaux: list[tuple[str, bool]] = []
    for rang, morceau in enumerate(re.split(f"({MOT.pattern})", texte)):
        # A word, then what stands between it and the next.
        trouve = bool(rang % 2) and requete.touche(morceau)
        if morceaux and morceaux[-1][1] == trouve:
            morceaux[-1] = (morceaux[-1][0] + morceau, trouve)
        elif morceau:
            morceaux.append((morceau, trouve))
    return morceaux
