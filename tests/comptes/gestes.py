"""What people do in front of the account pages, and what they read there."""

import html
import re

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.utils import decrypt
from django.test import Client

from tests.fabriques import MOT_DE_PASSE

# The password that tests/conftest.py gives to officers.
MOT_DE_PASSE_D_AGENT = "un mot de passe assez long"
# Codes change every thirty seconds: tests that use them stay in this slice of time.
TRANCHE = 60_000_000


def lire(reponse) -> str:
    """Return the content of the page, entities decoded."""
    return html.unescape(reponse.content.decode())


def identifier(client, personne, mot_de_passe="", **champs):
    """Post the sign-in form, with the password that the tests give to such an account."""
    mot_de_passe = mot_de_passe or (MOT_DE_PASSE_D_AGENT if personne.is_staff else MOT_DE_PASSE)
    return client.post("/connexion/", {"login": personne.email, "password": mot_de_passe, **champs})


def ouvrir_une_session(personne, **champs) -> Client:
    """Return a new browser in which `personne`, without a second factor, signed in."""
    navigateur = Client()
    identifier(navigateur, personne, **champs)
    assert est_connecte(navigateur)
    return navigateur


def est_connecte(client) -> bool:
    return client.get("/compte/").status_code == 200


def figer_les_codes(monkeypatch) -> list[int]:
    """Stop the clock of the codes; a test moves it by writing in the list that is returned."""
    heure = [TRANCHE]
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter(heure))
    return heure


def secret_de(personne) -> str:
    """Return what `personne` once copied in an application."""
    return decrypt(Authenticator.objects.get(user=personne, type="totp").data["secret"])


def code_de(secret: str) -> str:
    """Return what an application shows for `secret` during the slice of the tests."""
    return auth.format_hotp_value(auth.hotp_value(secret, TRANCHE))


def liens(message) -> list[str]:
    """Return the addresses of an e-mail; the site's own, in the last line, is not a link to do."""
    trouves = re.findall(r"https?://\S+", message.body)
    return [lien for lien in trouves if lien.count("/") > 2]


def chemin(lien: str) -> str:
    return re.sub(r"^https?://[^/]+", "", lien)
