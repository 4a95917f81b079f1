"""The settings of the portal with the addresses of the bench; who measures is refused nothing."""

from pacte.settings import *  # noqa: F403
from pacte.settings import ACCOUNT_RATE_LIMITS

ROOT_URLCONF = "tests.banc.adresses"
ACCOUNT_RATE_LIMITS = {
    nom: limite
    for nom, limite in ACCOUNT_RATE_LIMITS.items()
    if nom not in ("recherche", "export", "impression")
}
