"""Two meetings of a fictitious steering committee: one held, with its decisions, one to come."""

from datetime import timedelta

from django.utils.timezone import localdate

from actions.models import Action
from pacte.comite.models import Comite, Decision
from pacte.socle.models import Utilisateur
from partenaires.models import Partenaire

DIT = "Exemple fictif. "
# Wording, codes of the actions, slug of who, days from the meeting to its deadline, public or not.
DECISIONS: list[tuple[str, list[str], str, int, bool]] = [
    ("Ouvrir une permanence de plus pour les déplacements.", ["CLS-4-01"], "msa", 30, True),
    ("Relire ensemble le calendrier des actions reportées.", [], "etat", 90, False),
    (
        "Dire sur chaque fiche qui appeler.",
        ["CLS-4-01", "CLS-4-02"],
        "departement-des-hautes-alpes",
        40,
        True,
    ),
]


def reunir(par: Utilisateur) -> None:
    """Hold a meeting seven weeks ago, and prepare the next one; `par` saw a decision done."""
    tenue = Comite.objects.create(
        le=localdate() - timedelta(days=49),
        personnes=f"{DIT}Une présidente, pour le Département\n{DIT}Une sous-préfète, pour l’État",
    )
    tenue.organisations.set(Partenaire.objects.exclude(partie=""))
    decisions = [_decider(tenue, *decision) for decision in DECISIONS]
    decisions[-1].constater_faite(le=tenue.le + timedelta(days=20), par=par)
    Comite.objects.create(
        le=localdate() + timedelta(days=21), points=f"{DIT}Présenter le rapport de l’année"
    )


def _decider(
    comite: Comite, libelle: str, codes: list[str], qui: str, jours: int, publique: bool
) -> Decision:
    decision = Decision.objects.create(
        comite=comite,
        libelle=f"{DIT}{libelle}",
        qui=Partenaire.objects.get(slug=qui),
        pour_le=comite.le + timedelta(days=jours),
        est_publique=publique,
    )
    decision.actions.set(Action.objects.filter(code__in=codes))
    return decision
