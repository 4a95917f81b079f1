"""A cell as people fill it, read as the value of a field of a model."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from pacte.socle.classeurs import sans_superflu
from pacte.socle.montants import MontantField, lire_montant
from pacte.socle.nombres import lire_nombre
from pacte.socle.texte import plier

# How people write « unknown » where a number, a date or a choice is expected, once folded: a dash
# or a question mark is then nothing.
INCONNUS = {"", "nc", "n c", "non communique", "non renseigne", "inconnu"}
OUI, NON = {"oui", "vrai", "x", "true", "1"}, {"non", "faux", "false", "0"}
DATE_FRANCAISE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
# A day, with the hour that some files give it.
DATE_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d.*)?")


def lire_cellule(champ: models.Field, cellule: Any) -> Any:
    """Return the value that `cellule` gives the field `champ`, None or "" for « unknown ».

    Raises ValueError, with a sentence, when it is not a value of that field.
    """
    if champ.choices:
        return _lire_un_choix(champ, cellule)
    if isinstance(champ, models.CharField | models.TextField):
        return lire_un_texte(cellule)
    if cellule is None or (isinstance(cellule, str) and plier(cellule).strip() in INCONNUS):
        return False if isinstance(champ, models.BooleanField) else None
    return next(lire for classe, lire in LECTEURS if isinstance(champ, classe))(cellule)


def _lire_un_choix(champ: models.Field, cellule: Any) -> str:
    texte = plier("" if cellule is None else str(cellule)).strip()
    for valeur, libelle in champ.flatchoices:
        if texte in (plier(str(valeur)), plier(str(libelle))):
            return str(valeur)
    if texte in INCONNUS:
        if champ.blank:
            return ""
        if champ.has_default():
            return str(champ.get_default())
    possibles = ", ".join(f"« {libelle} »" for valeur, libelle in champ.flatchoices if valeur)
    raise ValueError(f"« {_extrait(cellule)} » n’est pas une valeur connue : {possibles}.")


def lire_un_texte(cellule: Any) -> str:
    """Return a text without the blanks that surround it, its line ends all alike."""
    if isinstance(cellule, float) and cellule.is_integer():
        # A number in a column of texts: a SIRET, a code.
        return str(int(cellule))
    if isinstance(cellule, date):
        return cellule.isoformat()
    texte = "" if cellule is None else str(cellule)
    return sans_superflu(texte).strip()


def _lire_un_montant(cellule: Any) -> Decimal:
    return lire_montant(_en_chiffres(cellule))


def _lire_un_decimal(cellule: Any) -> Decimal:
    return lire_nombre(_en_chiffres(cellule))


def _lire_un_entier(cellule: Any) -> int:
    nombre = lire_nombre(_en_chiffres(cellule))
    if nombre != nombre.to_integral_value():
        raise ValueError(f"« {_extrait(cellule)} » n’est pas un nombre entier.")
    return int(nombre)


def _en_chiffres(cellule: Any) -> str:
    if isinstance(cellule, bool | date):
        raise ValueError(f"« {_extrait(cellule)} » n’est pas un nombre.")
    if isinstance(cellule, float):
        # What a spreadsheet keeps of 1234.56 may be 1234.5599999.
        return format(Decimal(str(round(cellule, 6))), "f")
    return str(cellule)


def _lire_une_date(cellule: Any) -> date:
    if isinstance(cellule, datetime):
        return cellule.date()
    if isinstance(cellule, date):
        return cellule
    texte = str(cellule).strip()
    try:
        if francaise := DATE_FRANCAISE.fullmatch(texte):
            jour, mois, annee = map(int, francaise.groups())
            return date(annee, mois, jour)
        if iso := DATE_ISO.fullmatch(texte):
            return date.fromisoformat(iso.group(1))
        raise ValueError
    except ValueError:
        raise ValueError(
            f"« {_extrait(cellule)} » n’est pas une date : écrire 2026-03-31 ou 31/03/2026."
        ) from None


def _lire_un_oui(cellule: Any) -> bool:
    if isinstance(cellule, bool):
        return cellule
    texte = plier(lire_un_texte(cellule)).strip()
    if texte not in OUI | NON:
        raise ValueError(f"« {_extrait(cellule)} » : écrire « oui » ou « non ».")
    return texte in OUI


LECTEURS: list[tuple[type[models.Field], Callable[[Any], Any]]] = [
    (MontantField, _lire_un_montant),
    (models.BooleanField, _lire_un_oui),
    (models.DecimalField, _lire_un_decimal),
    (models.IntegerField, _lire_un_entier),
    (models.DateField, _lire_une_date),
]


def lire_une_liste(cellule: Any) -> list[str]:
    """Return the names that a cell joins by « | », or that JSON lists."""
    if isinstance(cellule, list):
        return [str(nom).strip() for nom in cellule]
    return [nom.strip() for nom in str(cellule or "").split("|") if nom.strip()]


def _extrait(cellule: Any) -> str:
    return str(cellule)[:40]
