"""Small counts of people: published as « moins de 5 », and never to be found by subtraction.

Counts from 1 to 4 are masked, as the open data on the RSA do. A cumulative series is also masked
where two published years would differ by 1 to 4: the difference is a count of people too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

SEUIL_DU_SECRET = 5
# What is said instead of a masked count, and of a count masked for its difference with another.
PETIT_NOMBRE = f"moins de {SEUIL_DU_SECRET}"
PETITE_DIFFERENCE = f"{PETIT_NOMBRE} de différence"
PERSONNES_ENTIERES = "Un nombre de personnes est entier et positif."


def compte_juste(quantite: Decimal | None) -> bool:
    """Tell whether `quantite`, unknown or not, may be a count of people."""
    return quantite is None or (quantite >= 0 and quantite == int(quantite))


@dataclass(frozen=True)
class Publie:
    """A value as it may leave the portal: exact, masked (`valeur` is None), or unknown."""

    valeur: Decimal | None = None
    est_masquee: bool = False
    que_de_plus: bool = False


def publier_serie(
    valeurs: Iterable[Decimal | None], *, compte_personnes: bool, cumulatif: bool
) -> list[Publie]:
    """Return what may be published of a series in the order of its years; None is unknown."""
    publies: list[Publie] = []
    derniere: Decimal | None = None
    for valeur in valeurs:
        publie = _publier(valeur, derniere if cumulatif else None, compte_personnes)
        publies.append(publie)
        if publie.valeur is not None:
            derniere = publie.valeur
    return publies


def _publier(valeur: Decimal | None, precedente: Decimal | None, compte_personnes: bool) -> Publie:
    if valeur is None or not compte_personnes:
        return Publie(valeur)
    if 0 < valeur < SEUIL_DU_SECRET:
        return Publie(est_masquee=True)
    if precedente is not None and 0 < abs(valeur - precedente) < SEUIL_DU_SECRET:
        return Publie(est_masquee=True, que_de_plus=True)
    return Publie(valeur)
