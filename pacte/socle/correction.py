"""A word that gave nothing, and the published word of which it is likely a misspelling."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import chain
from operator import methodcaller, or_

from pacte.socle.familles import parentes
from pacte.socle.models import Synonyme
from pacte.socle.recherche import DEBUT_LE_PLUS_COURT, MOT, Requete
from pacte.socle.texte import plier, raciner, racines

# Letters of the typed word from which one fault, then two, may be corrected.
UNE_FAUTE, DEUX_FAUTES = 4, 8
# At one letter in four, an acronym is another one: « CCAS » is not « CCSS ».
SIGLE_LE_PLUS_LONG = 4


class Vocabulaire:
    """The words of what is published, in which misspelt ones are looked for.

    `ecrits` gives each folded word as it is written, `racines` their stems. The terms of the
    synonyms are known words too (one query).
    """

    def __init__(self, textes_publies: Iterable[str]) -> None:
        termes = Synonyme.objects.values_list("terme", flat=True)
        mots = {mot for texte in chain(textes_publies, termes) for mot in MOT.findall(texte)}
        self.ecrits = _plier_les_mots(mots)
        self.racines = {raciner(mot) for mot in self.ecrits}
        self._par_longueur: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for mot in self.ecrits:
            self._par_longueur[len(mot)].append((_lettres(mot), mot))

    def mots_connus(self, requete: Requete) -> list[str]:
        """Return those of several words looked for that, alone, are found somewhere."""
        if len(requete.termes) < 2:
            return []
        return [t.ecrit for t in requete.termes if any(map(self._connait, t.variantes))]

    def _connait(self, variante: Sequence[str]) -> bool:
        return all(_est_connue(racine, self.racines) for racine in variante)

    def voisins(self, mot: str) -> Iterator[str]:
        """Yield the words that two faults, at most, may have made of the folded word `mot`.

        Two faults change at most four of the letters that a word is made of: cheaper to see.
        """
        lettres = _lettres(mot)
        for longueur in range(max(UNE_FAUTE, len(mot) - 2), len(mot) + 3):
            for autres, connu in self._par_longueur.get(longueur, ()):
                if (lettres ^ autres).bit_count() <= 4:
                    yield connu


def proposer_correction(requete: Requete, vocabulaire: Vocabulaire) -> str:
    """Return what was typed with its misspelt words corrected, or "" when none is.

    The other words, and every sign between them, stay as they were typed. Whether the correction
    finds something, its words taken together, is for the caller to check. No query.
    """
    saisie = unicodedata.normalize("NFC", requete.texte)

    def corriger(trouve: re.Match[str]) -> str:
        mot = trouve.group()
        cherchees = racines(mot)
        est_connu = any(_est_connue(racine, vocabulaire.racines) for racine in cherchees)
        return mot if est_connu else _plus_proche(mot, vocabulaire) or mot

    correction = MOT.sub(corriger, saisie)
    return correction if correction != saisie else ""


def _est_connue(racine: str, connues: set[str]) -> bool:
    """Tell whether looking for `racine` finds one of `connues`, as `est_du_mot` does."""
    entieres = parentes(racine)
    debuts = tuple(r for r in entieres if len(r) >= DEBUT_LE_PLUS_COURT)
    return not connues.isdisjoint(entieres) or any(map(methodcaller("startswith", debuts), connues))


def _plier_les_mots(mots: set[str]) -> dict[str, str]:
    """Return folded word → how it is written, in small letters rather than in capitals."""
    return {plie: mot for mot in sorted(mots) if (plie := _plier_un_mot(mot))}


@lru_cache(maxsize=32_768)
def _plier_un_mot(mot: str) -> str:
    """Return a word folded, "" when it means nothing; remembered, as `raciner` is."""
    return plier(mot) if racines(mot) else ""


def _lettres(mot: str) -> int:
    """Return the set of the letters of a folded word, one bit for each."""
    return reduce(or_, (1 << ord(lettre) % 64 for lettre in mot), 0)


def _plus_proche(mot: str, vocabulaire: Vocabulaire) -> str:
    """Return the word of `vocabulaire` that `mot` likely misspells, "" when none is near enough."""
    plie = plier(mot)
    if len(plie) < UNE_FAUTE or not plie.isalpha():
        return ""
    candidats = (
        (distance(plie, connu), connu)
        for connu in vocabulaire.voisins(plie)
        if not _est_un_autre_sigle(mot, vocabulaire.ecrits[connu])
    )
    fautes = [(d, connu) for d, connu in candidats if _est_une_faute(plie, connu, d)]
    return vocabulaire.ecrits[min(fautes)[1]] if fautes else ""


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
