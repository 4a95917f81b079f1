"""How a page is cited: its permanent address, and a sentence to copy."""

from dataclasses import dataclass
from datetime import date

from pacte.socle.editeur import editeur
from pacte.socle.typographie import date_fr, typographier

# Whichever Department publishes a portal, the State signs the roadmap with it.
AVEC = "État"


@dataclass(frozen=True)
class Citation:
    """A page as others quote it; `ouvrage` is the roadmap with its years."""

    titre: str
    ouvrage: str
    adresse: str
    le: date

    @property
    def phrase(self) -> str:
        """« Département… et État, « Actions », Pacte… 2024-2027, https://…, consulté le… »."""
        morceaux = [
            f"{editeur().organisme} et {AVEC}",
            typographier(f"« {self.titre} »"),
            self.ouvrage,
            self.adresse,
            f"consulté le {date_fr(self.le)}",
        ]
        return ", ".join(morceaux)


def nommer_l_ouvrage(nom: str, debut: int | None, fin: int | None) -> str:
    """« Pacte local des solidarités 2024-2027 », its name alone before any year is known."""
    return f"{nom} {debut}-{fin}" if debut else nom
