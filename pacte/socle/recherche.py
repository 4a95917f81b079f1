"""From the words that someone typed to conditions that every database understands alike."""

import difflib
import re
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_

from django.db.models import Case, IntegerField, Q, Value, When

from pacte.socle.models import MOTS_D_UN_TERME, Synonyme
from pacte.socle.texte import plier, racines

LONGUEUR_MAXIMALE = 200
TERMES_MAXIMUM = 10


@dataclass(frozen=True)
class Terme:
    """One word of the query, with every wording (a tuple of stems) that counts as that word."""

    variantes: tuple[tuple[str, ...], ...]

    def condition(self, *cles: str) -> Q:
        """Return « one of the wordings stands in one of the columns `cles` »."""
        return reduce(
            or_,
            (
                reduce(and_, (Q(**{f"{cle}__contains": f" {racine}"}) for racine in variante))
                for variante in self.variantes
                for cle in cles
            ),
        )

    def reconnait(self, racine: str) -> bool:
        return any(racine.startswith(r) for variante in self.variantes for r in variante)


@dataclass(frozen=True)
class Requete:
    """A search as understood: empty when nothing meaningful was typed."""

    texte: str
    termes: tuple[Terme, ...]
    ecourtee: bool = False

    def __bool__(self) -> bool:
        return bool(self.termes)

    def touche(self, texte: str) -> bool:
        """Tell whether one word of the query stands in `texte`."""
        return any(terme.reconnait(racine) for racine in racines(texte) for terme in self.termes)

    def condition(self, *cles: str, par_terme=lambda terme: Q()) -> Q:
        """Return « every word is found », in columns `cles` or by what `par_terme` adds."""
        return reduce(and_, (terme.condition(*cles) | par_terme(terme) for terme in self.termes))

    def pertinence(self, cle_titre: str):
        """Return the rank expression: 2 for a word of the title, 1 for the start of one, else 0.

        Only the words as typed or their synonyms in `cle_titre` count, summed over the query.
        """
        return reduce(
            add,
            (
                Case(
                    When(_mot_entier(terme, cle_titre), then=Value(2)),
                    When(terme.condition(cle_titre), then=Value(1)),
                    default=Value(0),
                    output_field=IntegerField(),
                )
                for terme in self.termes
            ),
        )


def _mot_entier(terme: Terme, cle: str) -> Q:
    return reduce(
        or_,
        (
            reduce(and_, (Q(**{f"{cle}__contains": f" {racine} "}) for racine in variante))
            for variante in terme.variantes
        ),
    )


def analyser(texte: str) -> Requete:
    """Understand the words of a search box, local synonyms included (one query, none if empty).

    Up to four words of the query that form one synonym (« pôle emploi ») count as one term, a word
    typed twice counts once, and the first ten terms are kept.
    """
    mots = racines(texte)
    if not mots:
        return Requete(texte, ())
    synonymes = _synonymes()
    termes, position = [], 0
    while position < len(mots):
        longueur, equivalents = _plus_long_synonyme(mots[position:], synonymes)
        termes.append(Terme((tuple(mots[position : position + longueur]), *equivalents)))
        position += longueur
    uniques = tuple(dict.fromkeys(termes))
    return Requete(texte, uniques[:TERMES_MAXIMUM], len(uniques) > TERMES_MAXIMUM)


def lire_saisie(saisie: str) -> tuple[Requete, list[str]]:
    """Understand what someone typed, NUL bytes and excess aside, and say what was left out."""
    saisie = saisie.replace("\x00", " ").strip()
    requete = analyser(saisie[:LONGUEUR_MAXIMALE])
    dits = []
    if len(saisie) > LONGUEUR_MAXIMALE:
        dits.append(f"La recherche a été limitée à ses {LONGUEUR_MAXIMALE} premiers caractères.")
    if requete.ecourtee:
        dits.append(f"La recherche a été limitée à ses {TERMES_MAXIMUM} premiers mots.")
    return requete, dits


def _synonymes() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    table: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for cle, equivalent in Synonyme.objects.values_list("cle_terme", "equivalent"):
        table.setdefault(tuple(cle.split()), []).append(tuple(racines(equivalent)))
    return table


def _plus_long_synonyme(mots, synonymes):
    for longueur in range(min(MOTS_D_UN_TERME, len(mots)), 0, -1):
        equivalents = synonymes.get(tuple(mots[:longueur]))
        if equivalents:
            return longueur, equivalents
    return 1, []


def proposer_correction(texte: str, textes_connus) -> str:
    """Return `texte` with its unknown words replaced by their nearest known one, or "".

    `textes_connus` yields published texts; a word counts as known when its stem is.
    """
    vocabulaire = {plier(mot): mot for connu in textes_connus for mot in decouper_mots(connu)}
    connues = {racine for mot in vocabulaire for racine in racines(mot)}
    corriges, change = [], False
    for mot in decouper_mots(texte):
        if not racines(mot) or any(connue.startswith(racines(mot)[0]) for connue in connues):
            corriges.append(mot)
            continue
        proches = difflib.get_close_matches(plier(mot), vocabulaire, n=1, cutoff=0.7)
        corriges.append(vocabulaire[proches[0]] if proches else mot)
        change = change or bool(proches)
    return " ".join(corriges) if change else ""


def decouper_mots(texte: str) -> list[str]:
    """Return the words of `texte` as they are written, without apostrophes nor hyphens."""
    return re.findall(r"[^\W_]+", texte)


def surligner(texte: str, requete: Requete | None) -> list[tuple[str, bool]]:
    """Cut `texte` into pieces, each with True when it is a word that `requete` looked for."""
    if not requete:
        return [(texte, False)]
    morceaux: list[tuple[str, bool]] = []
    for morceau in re.split(r"([^\W_]+)", texte):
        trouve = requete.touche(morceau)
        if morceaux and morceaux[-1][1] == trouve:
            morceaux[-1] = (morceaux[-1][0] + morceau, trouve)
        elif morceau:
            morceaux.append((morceau, trouve))
    return morceaux
