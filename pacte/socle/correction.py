"""A word that gave nothing, and the published word of which it is likely a misspelling."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from operator import methodcaller

from pacte.socle.familles import parentes
from pacte.socle.models import Synonyme
from pacte.socle.recherche import DEBUT_LE_PLUS_COURT, MOT, Requete
from pacte.socle.texte import plier, raciner, racines

# Letters of the typed word from which one fault, then two, may be corrected.
UNE_FAUTE, DEUX_FAUTES = 4, 8
# At one letter in four, an acronym is another one: « CCAS » is not « CCSS ».
SIGLE_LE_PLUS_LONG = 4


def proposer_correction(requete: Requete, textes_publies: Iterable[str]) -> str:
    """Return what was typed with its misspelt words corrected, or "" when none is.

    The other words, and every sign between them, stay as they were typed. `textes_publies` yields
    what may be found; the terms of the synonyms count as known words (one query). Whether the
    correction finds something, its words taken together, is for the caller to check.
    """
    termes = Synonyme.objects.values_list("terme", flat=True)
    vocabulaire = _vocabulaire({m for t in chain(textes_publies, termes) for m in MOT.findall(t)})
    racines_connues = {raciner(mot) for mot in vocabulaire}
    saisie = unicodedata.normalize("NFC", requete.texte)

    def corriger(trouve: re.Match[str]) -> str:
        mot = trouve.group()
        cherchees = racines(mot)
        est_connu = any(_est_connue(racine, racines_connues) for racine in cherchees)
        return mot if est_connu else _plus_proche(mot, vocabulaire) or mot

    correction = MOT.sub(corriger, saisie)
    return correction if correction != saisie else ""


def _est_connue(racine: str, connues: set[str]) -> bool:
    """Tell whether looking for `racine` finds one of `connues`, as `est_du_mot` does."""
    entieres = parentes(racine)
    debuts = tuple(r for r in entieres if len(r) >= DEBUT_LE_PLUS_COURT)
    return not connues.isdisjoint(entieres) or any(map(methodcaller("startswith", debuts), connues))


def _vocabulaire(mots: set[str]) -> dict[str, str]:
    """Return folded word → how it is written, in small letters rather than in capitals."""
    return {plie: mot for mot in sorted(mots) if (plie := _plier_un_mot(mot))}


@lru_cache(maxsize=32_768)
def _plier_un_mot(mot: str) -> str:
    """Return a word folded, "" when it means nothing; remembered, as `raciner` is."""
    return plier(mot) if racines(mot) else ""


def _plus_proche(mot: str, vocabulaire: dict[str, str]) -> str:
    """Return the word of `vocabulaire` that `mot` likely misspells, "" when none is near enough."""
    plie = plier(mot)
    if len(plie) < UNE_FAUTE or not plie.isalpha():
        return ""
    # Two faults change at most four of the letters that a word is made of: cheaper to see.
    lettres = set(plie)
    candidats = (
        (distance(plie, connu), connu)
        for connu, ecrit in vocabulaire.items()
        if len(connu) >= UNE_FAUTE and abs(len(connu) - len(plie)) <= 2
        if len(lettres.symmetric_difference(connu)) <= 4
        if not _est_un_autre_sigle(mot, ecrit)
    )
    fautes = [(d, connu) for d, connu in candidats if _est_une_faute(plie, connu, d)]
    return vocabulaire[min(fautes)[1]] if fautes else ""


def _est_une_faute(mot: str, connu: str, ecart: int) -> bool:
    """Tell a misspelling from another word, as far as letters can.

    A short word keeps its first letter (« raison » is not « maison »), and two faults keep the
    consonants (« expulsion » is not « exclusion », « solidére » is « solidaire »).
    """
    if len(mot) < DEUX_FAUTES:
        return ecart <= 1 and mot[0] == connu[0]
    return ecart <= 1 or (ecart == 2 and _consonnes(mot) == _consonnes(connu))


def _consonnes(mot: str) -> str:
    """Return the consonants of a folded word, each pair of the same as one."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouy]", "", mot))


def _est_un_autre_sigle(mot: str, connu: str) -> bool:
    return connu.isupper() and (mot.isupper() or len(connu) <= SIGLE_LE_PLUS_LONG)


def distance(un: str, autre: str) -> int:
    """Return the fewest letters to add, drop, replace or swap with the next one (Damerau)."""
    avant: list[int] = []
    ligne = list(range(len(autre) + 1))
    for i, lettre in enumerate(un):
        derniere, ligne = ligne, [i + 1]
        for j, voisine in enumerate(autre):
            cout = min(derniere[j + 1] + 1, ligne[j] + 1, derniere[j] + (lettre != voisine))
            if i and j and (lettre, un[i - 1]) == (autre[j - 1], voisine):
                cout = min(cout, avant[j - 1] + 1)
            ligne.append(cout)
        avant = derniere
    return ligne[-1]
