"""When each dataset was last written, told by the history of the rows that it reads."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max, Min, Value

from pacte.donnees_ouvertes.jeux import JEUX, Jeu
from pacte.socle.modifications import versions_de


@dataclass(frozen=True)
class Dates:
    """When a dataset was first and last written, each None when nothing is."""

    premiere: datetime | None = None
    derniere: datetime | None = None


@dataclass
class DatesDesJeux:
    """When each dataset changed, from the versions of the models that it reads."""

    par_modele: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def de(self, jeu: Jeu) -> Dates:
        lues = [
            self.par_modele[m._meta.label] for m in jeu.sources if m._meta.label in self.par_modele
        ]
        if not lues:
            return Dates()
        return Dates(min(premiere for premiere, _ in lues), max(derniere for _, derniere in lues))

    @property
    def derniere(self) -> datetime | None:
        return max((derniere for _, derniere in self.par_modele.values()), default=None)


def dater_les_jeux() -> DatesDesJeux:
    """Return when each dataset changed (one query).

    A change of a draft counts: what is withdrawn, deleted or published leaves a version like it.
    """
    modeles = {modele for jeu in JEUX.values() for modele in jeu.sources}
    versions, *autres = [_etendue(m) for m in sorted(modeles, key=lambda m: m._meta.label)]
    return DatesDesJeux(
        {
            nom: (premiere, derniere)
            for nom, premiere, derniere in versions.union(*autres, all=True)
            if derniere
        }
    )


def _etendue(modele: type[models.Model]) -> Any:
    versions = versions_de(modele).order_by()
    groupe = versions.annotate(modele=Value(modele._meta.label)).values("modele")
    return groupe.annotate(premiere=Min("history_date"), derniere=Max("history_date")).values_list(
        "modele", "premiere", "derniere"
    )
