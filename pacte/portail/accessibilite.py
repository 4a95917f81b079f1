"""The declaration of accessibility, made from the record of the audit and from nothing else.

Source: RGAA 4.1.2, « obligations », article 47 of law 2005-102.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning, register
from django.utils.timezone import localdate

from pacte.socle.delais import ajouter_des_mois
from pacte.socle.typographie import date_fr

FICHIER = Path(__file__).resolve().parents[1] / "referentiel" / "accessibilite.yaml"
MOIS_DE_VALIDITE = 36
# After a new version of the RGAA, an audit made with the one before holds this long.
MOIS_APRES_UNE_VERSION = 18
JOURS_DE_PREAVIS = 90
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
    version_suivante_le: date | None = None
    non_conformites: list[str] = field(default_factory=list)
    derogations: list[str] = field(default_factory=list)
    technologies: list[str] = field(default_factory=list)
    outils: list[str] = field(default_factory=list)
    environnement_de_test: list[str] = field(default_factory=list)
    pages_verifiees: list[str] = field(default_factory=list)

    @property
    def valable_jusqu_au(self) -> date | None:
        """Three years after the audit, or eighteen months after a newer RGAA; None without one."""
        if not (self.audite_le and self.criteres_applicables):
            return None
        fins = [ajouter_des_mois(self.audite_le, MOIS_DE_VALIDITE)]
        if self.version_suivante_le:
            fins.append(ajouter_des_mois(self.version_suivante_le, MOIS_APRES_UNE_VERSION))
        return min(fins)

    @property
    def est_valable(self) -> bool:
        """Tell whether there is an audit, with a result, that still holds."""
        fin = self.valable_jusqu_au
        return fin is not None and localdate() <= fin and self.criteres_respectes is not None

    @property
    def taux(self) -> int | None:
        """Percentage of the applicable criteria that are met, None without a valid audit."""
        if not self.est_valable or not self.criteres_applicables or self.criteres_respectes is None:
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


@register(deploy=True)
def verifier_l_audit(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """`check --deploy` warns while a new audit can still be made in time, and after."""
    fin = audit().valable_jusqu_au
    if fin is None or localdate() + timedelta(days=JOURS_DE_PREAVIS) < fin:
        return []
    return [Warning(f"L’audit d’accessibilité vaut jusqu’au {date_fr(fin)}.", id="pacte.W001")]
