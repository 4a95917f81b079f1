"""The declaration of accessibility, made from the record of the audit and from nothing else.

Source: RGAA 4.1.2, « obligations », article 47 of law 2005-102.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml
from django.utils.timezone import localdate

FICHIER = Path(__file__).resolve().parent / "referentiel" / "accessibilite.yaml"
ANNEES_DE_VALIDITE = 3
MOITIE = 50


@dataclass(frozen=True)
class Audit:
    """What was audited, when, by whom, with what result; `audite_le` None: nothing was."""

    audite_le: date | None
    audite_par: str | None
    version_du_rgaa: str
    criteres_applicables: int | None
    criteres_respectes: int | None
    etablie_le: date
    deposee_le: date | None
    non_conformites: list[str] = field(default_factory=list)
    derogations: list[str] = field(default_factory=list)
    technologies: list[str] = field(default_factory=list)
    outils: list[str] = field(default_factory=list)
    environnement_de_test: list[str] = field(default_factory=list)
    pages_verifiees: list[str] = field(default_factory=list)

    @property
    def est_valable(self) -> bool:
        """An audit holds three years, and has a result."""
        if not (self.audite_le and self.criteres_applicables):
            return False
        fin = self.audite_le.replace(year=self.audite_le.year + ANNEES_DE_VALIDITE)
        return localdate() <= fin and self.criteres_respectes is not None

    @property
    def taux(self) -> int | None:
        """Percentage of the applicable criteria that are met, None without a valid audit."""
        if not self.est_valable:
            return None
        return 100 * self.criteres_respectes // self.criteres_applicables

    @property
    def mention(self) -> str:
        """« totalement », « partiellement » (half or more) or « non » conforme."""
        if self.taux is None or self.taux < MOITIE:
            return "non conforme"
        if self.criteres_respectes == self.criteres_applicables:
            return "totalement conforme"
        return "partiellement conforme"


@lru_cache(maxsize=1)
def audit() -> Audit:
    """Return the record, read once."""
    return Audit(**yaml.safe_load(FICHIER.read_text(encoding="utf-8")))
