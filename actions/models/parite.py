"""Parity: does the State bring the share that a volet promises? It warns and never blocks.

Source: « Le CLS prévoit un co-financement entre l’État et le Département ». The expected share is
data of each volet; the money of other funders stands outside the ratio.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from pacte.socle.montants import CENTIME, Total, euros


class Verdict(Enum):
    RESPECTEE = "respectee"
    ECART = "ecart"
    NON_CALCULABLE = "non_calculable"


@dataclass(frozen=True)
class Apport:
    """What the two parties plan for one volet, with the share (%) that it promises."""

    part: Decimal
    tolerance: Decimal
    etat: Total = Total()
    departement: Total = Total()


@dataclass(frozen=True)
class Parite:
    """The verdict, the gap in euros (State less expected, None when unknown), what is missing."""

    verdict: Verdict
    ecart: Decimal | None = None
    manque: str = ""

    def __str__(self) -> str:
        if self.verdict is Verdict.NON_CALCULABLE:
            return f"parité non calculable : {self.manque}"
        if self.verdict is Verdict.RESPECTEE:
            return "parité respectée"
        sens = "de plus" if self.ecart > 0 else "de moins"
        return f"écart\u00a0: l’État prévoit {euros(abs(self.ecart))} {sens} que sa part"


def juger(apports: Iterable[Apport]) -> Parite | None:
    """Return the verdict over several volets, None when none promises anything.

    Each volet counts with its own share and tolerance; one unknown amount makes the whole
    impossible to compute, never wrong.
    """
    apports = list(apports)
    if not apports:
        return None
    manques = [nom for nom, totaux in _par_partie(apports) if not all(t.est_exact for t in totaux)]
    if manques:
        return Parite(Verdict.NON_CALCULABLE, manque=f"montant {' et '.join(manques)} inconnu")
    attendu = permis = Decimal()
    for apport in apports:
        ensemble = apport.etat.somme + apport.departement.somme
        attendu += ensemble * apport.part / 100
        permis += ensemble * apport.tolerance / 100
    ecart = (sum((a.etat.somme for a in apports), Decimal()) - attendu).quantize(CENTIME)
    return Parite(Verdict.RESPECTEE if abs(ecart) <= permis else Verdict.ECART, ecart)


def _par_partie(apports):
    return [
        ("de l’État", [apport.etat for apport in apports]),
        ("du Département", [apport.departement for apport in apports]),
    ]
