"""Typed readers of environment variables: each one fails loudly instead of guessing."""

import importlib.util
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

Valeur = TypeVar("Valeur")


def env_bool(nom: str, defaut: bool) -> bool:
    """Return the boolean in variable `nom`; only « oui » and « non » are accepted."""
    valeur = os.environ.get(nom, "").strip().lower()
    if not valeur:
        return defaut
    if valeur not in ("oui", "non"):
        raise ImproperlyConfigured(f"{nom} vaut « {valeur} » : écrire « oui » ou « non ».")
    return valeur == "oui"


def env_entier(nom: str, defaut: int) -> int:
    """Return the whole number in variable `nom`."""
    valeur = os.environ.get(nom, "").strip()
    if valeur and not valeur.isdecimal():
        raise ImproperlyConfigured(f"{nom} vaut « {valeur} » : écrire un nombre entier.")
    return int(valeur or defaut)


def env_liste(nom: str) -> list[str]:
    """Return the comma-separated values of variable `nom`, without blanks."""
    return [valeur.strip() for valeur in os.environ.get(nom, "").split(",") if valeur.strip()]


def env_secret(nom: str) -> str:
    """Return the secret in variable `nom`, or in the file that `nom`_FILE names, or ""."""
    fichier = os.environ.get(f"{nom}_FILE")
    if not fichier:
        return os.environ.get(nom, "")
    try:
        return Path(fichier).read_text(encoding="utf-8").strip()
    except OSError as erreur:
        raise ImproperlyConfigured(f"{nom}_FILE : {fichier} est illisible ({erreur}).") from erreur


def env_antivirus(nom: str) -> str:
    """Return the address of a clamd in variable `nom` (a path, or host:port), or ""."""
    adresse = os.environ.get(nom, "").strip()
    if adresse and not re.fullmatch(r"/.+|.+:\d{1,5}", adresse):
        raise ImproperlyConfigured(
            f"{nom} vaut « {adresse} » : écrire le chemin d’une socket, ou machine:port."
        )
    return adresse


def env_compteurs(nom: str, dossier: Path) -> dict[str, Any]:
    """Return the cache that counts attempts: the Valkey in variable `nom`, or files in `dossier`.

    The address may hold a password: no message repeats it.
    """
    adresse = env_secret(nom).strip()
    if not adresse:
        return {
            "BACKEND": "pacte.socle.compteurs.CompteursSurDisque",
            "LOCATION": dossier,
            # Above the number of callers of ten minutes: a counter must not be thrown away.
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    if not _est_une_adresse_de_valkey(adresse):
        raise ImproperlyConfigured(
            f"{nom} est illisible : écrire redis://machine:6379/0, rediss:// si elle est chiffrée, "
            "ou unix:///chemin/de/la/socket."
        )
    if importlib.util.find_spec("redis") is None:
        raise ImproperlyConfigured(
            f"{nom} demande le paquet « redis » : pip install --require-hashes "
            "-r requirements-valkey.txt."
        )
    return {
        "BACKEND": "pacte.socle.compteurs.CompteursSurValkey",
        "LOCATION": adresse,
        "KEY_PREFIX": "pacte",
    }


def _est_une_adresse_de_valkey(adresse: str) -> bool:
    try:
        lue = urlsplit(adresse)
        machine, _ = lue.hostname, lue.port
    except ValueError:
        return False
    if lue.scheme == "unix":
        return lue.path.startswith("/") and not lue.hostname
    return (
        lue.scheme in ("redis", "rediss")
        and bool(machine)
        and bool(re.fullmatch(r"(/\d*)?", lue.path))
    )


def exiger(nom: str, valeur: Valeur, exemple: str) -> Valeur:
    """Return `valeur`; refuse to start when it is empty, saying what to write."""
    if not valeur:
        raise ImproperlyConfigured(
            f"{nom} est obligatoire en production (exemple : {nom}={exemple}). "
            "Pour essayer le portail sur cette machine : make run, ou PACTE_MODE=local."
        )
    return valeur


def fournisseur_proconnect(adresse: str, identifiant: str, secret: str) -> dict[str, Any]:
    """Return the SOCIALACCOUNT_PROVIDERS that name ProConnect, whose issuer is at `adresse`."""
    proconnect = {
        "provider_id": "proconnect",
        "name": "ProConnect",
        "client_id": identifiant,
        "secret": secret,
        "settings": {
            "server_url": adresse,
            "token_auth_method": "client_secret_post",
            "scope": "openid given_name usual_name email uid siret".split(),
        },
    }
    return {"openid_connect": {"APPS": [proconnect]}}


def verifier_proconnect(adresse: str, identifiant: str, secret: str, local: bool) -> None:
    """Refuse to start with an incomplete ProConnect, or with one that speaks in clear."""
    if not (identifiant and secret):
        raise ImproperlyConfigured(
            "PROCONNECT_URL va avec PROCONNECT_ID et PROCONNECT_SECRET : les trois, ou aucun."
        )
    if not local and urlsplit(adresse).scheme != "https":
        raise ImproperlyConfigured("PROCONNECT_URL doit commencer par https:// en production.")


def origine(adresse: str) -> str:
    """Return the scheme, host and port of `adresse`, as a content policy writes them."""
    morceaux = urlsplit(adresse)
    return f"{morceaux.scheme}://{morceaux.netloc}"


def cle_locale(chemin: Path) -> str:
    """Return the secret key of a local try, made once and kept in `chemin`."""
    if not chemin.exists():
        chemin.parent.mkdir(parents=True, exist_ok=True)
        descripteur = os.open(chemin, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descripteur, "w", encoding="utf-8") as fichier:
            fichier.write(secrets.token_urlsafe(50))
    return chemin.read_text(encoding="utf-8").strip()


def lire_version(journal: Path) -> str:
    """Return the newest version number of the changelog, the only place that holds it."""
    trouvee = re.search(r"^## (\d+\.\d+\.\d+)", journal.read_text(encoding="utf-8"), re.MULTILINE)
    return trouvee.group(1) if trouvee else "0.0.0"


def dater_la_version(journal: Path) -> datetime:
    """Return when this version was put on this machine: its changelog comes with it."""
    return datetime.fromtimestamp(int(journal.stat().st_mtime), UTC)


def regler_les_journaux(est_local: bool) -> dict[str, Any]:
    """Return the setting of the technical logs: JSON on a server, plain lines for a try."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "simple": {
                "()": "pacte.service.journaux.LigneSimple",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "json": {"()": "pacte.service.journaux.LigneJson"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "simple" if est_local else "json",
            },
            "rien": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
            # A wrong host name is the caller's mistake, and robots make it all day.
            "django.security.DisallowedHost": {"handlers": ["rien"], "propagate": False},
        },
    }
