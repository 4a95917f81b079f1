"""How much has been told of an action: each element is there or not, and counts never turn into
percentages. What the public reads and what officers are asked come from the same list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.expressions import Combinable

from actions.models.cible import Public, Territoire
from actions.models.contribution import ROLES_DE_PILOTAGE, Contribution
from actions.models.financement import Financement
from actions.models.indicateur import Indicateur
from actions.models.statut import StatutAction
from actions.models.suivi import Jalon
from pacte.socle.publication import q_visible

# Code → what a reader calls it, in the order of the sheet.
ELEMENTS = {
    "en_clair": "le résumé en clair",
    "pilote": "le pilote",
    "contribution": "la contribution de chaque institution",
    "publics": "les publics",
    "territoires": "les territoires",
    "calendrier": "le calendrier",
    "jalons": "les jalons",
    "avancement": "l’avancement",
    "montant": "un montant prévu",
    "indicateur": "un indicateur",
}


def conditions() -> dict[str, Q | Exists]:
    """Return, for each element, the condition on actions that tells that it is there."""
    contributions = Contribution.objects.filter(q_visible("partenaire"), action=OuterRef("pk"))
    montants = Financement.objects.filter(action=OuterRef("pk"), prevu__isnull=False)
    return {
        "en_clair": ~Q(en_clair=""),
        "pilote": Exists(contributions.filter(role__in=ROLES_DE_PILOTAGE)),
        "contribution": Exists(contributions),
        "publics": Exists(Public.objects.filter(actions=OuterRef("pk"))),
        "territoires": Exists(Territoire.objects.filter(actions=OuterRef("pk"))),
        "calendrier": Q(debut_prevu__isnull=False) | Q(fin_prevue__isnull=False),
        "jalons": Exists(Jalon.objects.filter(action=OuterRef("pk"))),
        "avancement": ~Q(statut=StatutAction.NON_RENSEIGNE),
        "montant": Exists(montants),
        "indicateur": Exists(Indicateur.objects.filter(action=OuterRef("pk"))),
    }


def comptages() -> Mapping[str, Combinable]:
    """Return what counts, over any set of actions, those that have each element."""
    return {code: Count("pk", filter=condition) for code, condition in conditions().items()}


@dataclass(frozen=True)
class Completude:
    """Over `actions` actions, how many tell each element of `ELEMENTS`."""

    actions: int
    par_element: Mapping[str, int]

    @property
    def dits(self) -> int:
        return sum(self.par_element.values())

    @property
    def attendus(self) -> int:
        return self.actions * len(ELEMENTS)

    @property
    def absents(self) -> list[str]:
        """The elements that no action tells, as a reader calls them."""
        return [nom for code, nom in ELEMENTS.items() if not self.par_element[code]]

    @property
    def lignes(self) -> list[tuple[str, int]]:
        """Each element with how many actions tell it."""
        return [(nom, self.par_element[code]) for code, nom in ELEMENTS.items()]
