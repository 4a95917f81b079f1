"""Periods as the law counts them: by months, from day to day."""

from calendar import monthrange
from datetime import date

# CRPA L231-4 (silence) and CJA R421-1 (appeal).
MOIS_DE_SILENCE = 2


def ajouter_des_mois(jour: date, mois: int) -> date:
    """Return the same day `mois` months later, or the last of that month when it is shorter."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    return date(annee, rang + 1, min(jour.day, monthrange(annee, rang + 1)[1]))
