"""The password rules of our own: what is not a secret, however long it is."""

import re
from bisect import bisect_left
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from zxcvbn_rs_py import zxcvbn

from contrats.models import Pacte
from pacte.socle.texte import plier

MOTS = "pacte local solidarites solidarite departement etat prefecture".split()
RESTE_MINIMAL = 8
# Made by `make mots-de-passe`: five bytes of the digest of each leaked password, sorted.
VOLES = Path(__file__).with_name("mots_de_passe_voles.bin")
OCTETS = 5
# What the estimator, made for English, does not know that everybody here types.
TAPES_ICI = "azertyuiop qsdfghjklm wxcvbn motdepasse bonjour soleil bienvenue".split()
# Tries that a good password resists: ten thousand million, at one a second or two of our digests.
ESSAIS_MINIMAUX = 10**10
# The first signs are enough to judge, and bound the time that a hostile password takes.
SIGNES_JUGES = 32


class MotsDuPacteValidator:
    """Refuses a password made of the portal's words, when fewer than eight signs remain."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        reste, trouves = re.subn("|".join(_mots()), "", plier(password))
        if trouves and len(re.sub(r"[\W_]", "", reste)) < RESTE_MINIMAL:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return (
            "Votre mot de passe ne peut pas se réduire aux mots du portail (« pacte », "
            "« solidarités », le nom du département…) et à des chiffres."
        )


class DejaVoleValidator:
    """Refuses a password of the public lists of leaked ones, capitals or not; asks nobody."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        empreinte = sha256(password.strip().casefold().encode()).digest()[:OCTETS]
        voles = _voles()
        rang = bisect_left(range(len(voles) // OCTETS), empreinte, key=lambda n: _lire(voles, n))
        if _lire(voles, rang) == empreinte:
            raise ValidationError(
                "Ce mot de passe figure dans une liste publique de mots de passe volés : "
                "choisissez-en un autre."
            )

    def get_help_text(self) -> str:
        return "Votre mot de passe ne peut pas être l’un de ceux qui ont été volés et publiés."


class QuiSeDevineValidator:
    """Refuses what repeats or follows itself: words, keys, dates, in any case and disguise."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if zxcvbn(password[:SIGNES_JUGES], TAPES_ICI).guesses < ESSAIS_MINIMAUX:
            raise ValidationError(
                "Ce mot de passe se devine vite : il répète ou enchaîne des mots courants, des "
                "touches voisines ou des dates. Prenez plutôt quatre mots sans lien entre eux."
            )

    def get_help_text(self) -> str:
        return (
            "Votre mot de passe ne peut pas répéter ou enchaîner des mots courants, des touches "
            "voisines ou des dates : quatre mots sans lien entre eux conviennent."
        )


@cache
def _voles() -> bytes:
    return VOLES.read_bytes()


def _lire(voles: bytes, rang: int) -> bytes:
    return voles[rang * OCTETS : (rang + 1) * OCTETS]


def _mots() -> list[str]:
    """Return the portal's words, those of its territory included (one query)."""
    return [*MOTS, *re.findall(r"\w{3,}", plier(Pacte.objects.actuel().territoire))]
