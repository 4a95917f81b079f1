"""Parity: does the State bring the share that a volet promises? It warns and never blocks.

Source: « Le CLS prévoit un co-financement entre l’État et le Département ». The expected share is
data of each volet; the money of other funders stands outside the ratio. Each volet is judged by
itself, so that none hides another; a verdict says which, against what, and by how many euros.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from pacte.socle.montants import CENTIME, Total, euros
from pacte.socle.typographie import INSECABLE, nombre_fr


class Verdict(Enum):
    RESPECTEE = "respectee"
    ECART = "ecart"
    NON_CALCULABLE = "non_calculable"


@dataclass(frozen=True)
class Parite:
    """What the two parties plan for `volet` (« CLS, axe 1 »), against the share that it promises.

    `part` and `tolerance` are in percents of the money of the two parties together.
    """

    volet: str
    part: Decimal
    tolerance: Decimal
    etat: Total = Total()
    departement: Total = Total()

    @property
    def manque(self) -> str:
        """Whose amount is not wholly known, in words; "" when both are."""
        parties = (("de l’État", self.etat), ("du Département", self.departement))
        return " et ".join(nom for nom, total in parties if not total.est_exact)

    @property
    def _ensemble(self) -> Decimal | None:
        """What the two parties plan together, in euros; None when an amount is unknown."""
        return None if self.manque else (self.etat + self.departement).somme

    @property
    def attendu(self) -> Decimal | None:
        """What the State should plan, in euros; None when an amount is unknown."""
        ensemble = self._ensemble
        return None if ensemble is None else (ensemble * self.part / 100).quantize(CENTIME)

    @property
    def ecart(self) -> Decimal | None:
        """What the State plans beyond its share (below zero: less), None when unknown."""
        if self.attendu is None or self.etat.somme is None:
            return None
        return self.etat.somme - self.attendu

    @property
    def verdict(self) -> Verdict:
        if self._ensemble is None or self.ecart is None:
            return Verdict.NON_CALCULABLE
        permis = self._ensemble * self.tolerance / 100
        return Verdict.RESPECTEE if abs(self.ecart) <= permis else Verdict.ECART

    @property
    def regle(self) -> str:
        """« part attendue de l’État : 50 %, à 2 points près »."""
        part = f"part attendue de l’État{INSECABLE}: {nombre_fr(self.part)}{INSECABLE}%"
        if not self.tolerance:
            return part
        points = "point" if self.tolerance < 2 else "points"
        return f"{part}, à {nombre_fr(self.tolerance)}{INSECABLE}{points} près"

    @property
    def constat(self) -> str:
        """The verdict in words, with its euros and without its volet."""
        if self.manque:
            return f"parité non calculable, montant {self.manque} inconnu"
        if not self.ecart:
            return "parité exacte"
        sens = "plus" if self.ecart > 0 else "moins"
        message = f"l’État prévoit {euros(abs(self.ecart))} de {sens} que sa part"
        dans = "dans la tolérance" if self.verdict is Verdict.RESPECTEE else "écart"
        return f"{dans}, {message}"

    def __str__(self) -> str:
        return f"{self.volet}{INSECABLE}: {self.constat} ({self.regle})"
