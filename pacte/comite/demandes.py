"""What both parties decide, for the rooms that list it: agenda, home of officers, reminders."""

from actions.models import Inscription
from contrats.models import Adhesion, Reouverture
from pacte.rapports.models import RapportAnnuel
from pacte.socle.double_accord import DoubleAccord

# Each kind of request, with the relations that its name is made of.
DEMANDES_A_DEUX: dict[type[DoubleAccord], list[str]] = {
    Adhesion: ["partenaire", "contrat", "apres"],
    Inscription: ["action"],
    Reouverture: ["exercice__contrat"],
    RapportAnnuel: ["exercice__contrat"],
}
