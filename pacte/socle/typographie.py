"""French as it is printed: dates, plurals, spaces that must not break."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localtime

# What nobody entered, in words: never zero.
INCONNU = "non communiqué"
INSECABLE = "\u00a0"
FINE = "\u202f"
MOIS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
)
CONTRACTIONS = {"le": "du", "les": "des"}
VOYELLES = tuple("aàâäæeéèêëiîïoôöœuùûü")
MOIS_COURTS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()


def date_fr(jour: date | datetime | None, mois: Sequence[str] = MOIS) -> str:
    """Return « 1er août 2026 » in local time, or "" for None."""
    if jour is None:
        return ""
    if isinstance(jour, datetime):
        jour = localtime(jour).date()
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme}{INSECABLE}{mois[jour.month - 1]} {jour.year}"


def heure_fr(instant: datetime) -> str:
    """Return « 9 h 05 » in local time."""
    local = localtime(instant)
    return f"{local.hour}{INSECABLE}h{INSECABLE}{local.minute:02}"


def date_courte(jour: date | datetime | None) -> str:
    """Return « 3 nov. 2026 », or "" for None."""
    return date_fr(jour, MOIS_COURTS).replace(" ", INSECABLE)


def dire(valeur: object) -> str:
    """Return a value of a field in words: « vide », « oui », « 1er août 2026 », « 1 234,5 »."""
    if valeur is None or valeur == "" or valeur == []:
        return "vide"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date | datetime):
        return date_fr(valeur)
    if isinstance(valeur, Decimal):
        return nombre_fr(valeur)
    return ", ".join(map(str, valeur)) if isinstance(valeur, list) else str(valeur)


def nombre(valeur: int) -> str:
    """Return a whole number by groups of three: « 1 234 567 »."""
    return f"{valeur:,}".replace(",", FINE)


def nombre_fr(valeur: Decimal) -> str:
    """Return « 1 234,5 », without useless zeros."""
    entier, _, decimales = f"{valeur:,.2f}".partition(".")
    decimales = decimales.rstrip("0")
    return entier.replace(",", FINE) + (f",{decimales}" if decimales else "")


def pluriel(quantite: int, singulier: str, pluriel_: str = "") -> str:
    """Return « 0 action », « 1 action », « 2 actions »: in French, zero is singular."""
    mot = singulier if quantite < 2 else pluriel_ or f"{singulier}s"
    return f"{nombre(quantite)}{INSECABLE}{mot}"


def de(nom: str) -> str:
    """Return « de » before a name with its article: « du Département », « de l’ARS »."""
    article, _, reste = nom.partition(" ")
    if article in CONTRACTIONS:
        return f"{CONTRACTIONS[article]} {reste}"
    return f"d’{nom}" if nom[:1].lower() in VOYELLES else f"de {nom}"


def typographier(texte: str) -> str:
    """Return an editorial text as French prints it: spaces, signs, « État »; idempotent."""
    return re.sub(r"\bEtat\b", "État", espacer(texte))


def espacer(texte: str) -> str:
    """Return a quotation with its French spaces, apostrophes and ellipses, words untouched."""
    texte = texte.replace("'", "’").replace("...", "…")
    texte = re.sub(r"(?<=[\w)»])[ \u00a0\u202f]*([;!?])(?=\s|$)", FINE + r"\1", texte)
    texte = re.sub(r"(?<=[\w)»])[ \u00a0\u202f]+:(?=\s|$)", INSECABLE + ":", texte)
    texte = re.sub(r"«[ \u00a0\u202f]*", "«" + INSECABLE, texte)
    return re.sub(r"[ \u00a0\u202f]*»", INSECABLE + "»", texte)
