"""Signing in and out as a person does, the code of the telephone included."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.core.cache import cache

PAROLE = "un mot de passe assez long"


def code_de(secret: str) -> str:
    """Return the six digits that an application would show now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def donner_le_mot_de_passe(page, compte) -> None:
    """Fill the login form of a page that shows it, with what the fixtures give every officer."""
    page.get_by_label("Adresse électronique").fill(compte.email)
    page.get_by_label("Mot de passe").fill(PAROLE)
    page.locator("main").get_by_role("button", name="Se connecter").click()


def se_connecter(page, compte) -> None:
    """Sign in an account that has a second factor, from a page that shows the login form."""
    # A code serves once: forget that it did, rather than wait for thirty seconds.
    cache.clear()
    donner_le_mot_de_passe(page, compte)
    facteur = Authenticator.objects.get(user=compte, type=Authenticator.Type.TOTP)
    page.get_by_role("textbox", name="Code").fill(code_de(decrypt(facteur.data["secret"])))
    page.locator("main").get_by_role("button", name="Se connecter").click()


def sortir(page) -> None:
    page.goto("/deconnexion/")
    page.locator("main").get_by_role("button", name="Se déconnecter").click()
