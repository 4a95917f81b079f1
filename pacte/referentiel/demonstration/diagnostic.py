"""Findings of a fictitious diagnosis: answered, answered by nothing, without figure, a draft."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from actions.models import Action, Constat, Public, Territoire

DIT = "Exemple fictif. "
SOURCE = "Exemple fictif : enquête d’un cabinet"
# Statement, figure (number, unit, year), publics, codes of the actions that answer.
CONSTATS: list[tuple[str, tuple[Any, ...], list[str], list[str]]] = [
    (
        "Des personnes renoncent à se déplacer, faute de véhicule ou de transport.",
        (Decimal("18.5"), "% des personnes interrogées", 2023),
        ["personnes-isolees"],
        ["CLS-4-01"],
    ),
    (
        "Des familles sautent des repas en fin de mois.",
        (Decimal(240), "familles", 2023),
        ["familles"],
        ["CLS-4-02", "CPT-4-02", "CPT-4-03"],
    ),
    ("Des démarches en ligne restent inachevées.", (), ["personnes-agees"], ["CLS-3-03"]),
    ("Des logements restent froids l’hiver.", (Decimal(3), "communes", 2022), [], []),
]


def constater() -> None:
    """Publish the findings, and leave one more as a draft."""
    departement = Territoire.objects.filter(nature="departement")
    for ordre, (enonce, mesure, publics, codes) in enumerate(CONSTATS, start=1):
        chiffre, unite, annee = mesure or (None, "", None)
        constat = Constat.objects.create(
            enonce=f"{DIT}{enonce}",
            chiffre=chiffre,
            unite=unite,
            annee=annee,
            source=SOURCE,
            ordre=ordre,
            publication="visible",
            visible_depuis=timezone.now(),
        )
        constat.territoires.set(departement)
        constat.publics.set(Public.objects.filter(code__in=publics))
        constat.actions.set(Action.objects.filter(code__in=codes))
    Constat.objects.create(enonce=f"{DIT}Un constat à relire.", ordre=9)
