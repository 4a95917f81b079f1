"""Bars: the parts of one line, each in percents of the whole that it is drawn in."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

Cle = TypeVar("Cle")


@dataclass(frozen=True)
class Segment(Generic[Cle]):
    """A part of a bar: what it stands for, how much, where it starts, how long it is."""

    cle: Cle
    quantite: Decimal | int
    debut: float
    largeur: float

    @property
    def fin(self) -> float:
        return self.debut + self.largeur


def segmenter(
    parts: Iterable[tuple[Cle, Decimal | int | None]], entier: Decimal | int
) -> list[Segment[Cle]]:
    """Return the segments of `parts` in their order, `entier` being 100 %; none for nothing."""
    segments, debut = [], 0.0
    for cle, quantite in parts:
        if quantite and entier:
            largeur = float(100 * quantite / entier)
            segments.append(Segment(cle, quantite, debut, largeur))
            debut += largeur
    return segments
