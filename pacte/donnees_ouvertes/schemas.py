"""The columns of a dataset as a Table Schema says them, read from the declarations and the models.

Type, whether a cell may be empty, choices, bounds and shapes are those that the database holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import CheckConstraint, Q

from pacte.socle.champs import Champ, Declaration
from pacte.socle.tableaux import SEPARATEUR

SCHEMA = "https://frictionlessdata.io/schemas/table-schema.json"
OUI, NON = "oui", "non"
# The most precise first: a date is no date and time, a list is written as a text.
TYPES_DES_MODELES: list[tuple[type[models.Field], str]] = [
    (models.BooleanField, "boolean"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.DecimalField, "number"),
    (models.IntegerField, "integer"),
]
TYPES_CALCULES = {bool: "boolean", date: "date", Decimal: "number", int: "integer"}
TYPES_DITS = {
    "boolean": "oui ou non",
    "date": "date (AAAA-MM-JJ)",
    "datetime": "date et heure (UTC)",
    "integer": "nombre entier",
    "number": "nombre",
    "string": "texte",
}
# Lookup of a constraint of the database → the constraint of Table Schema that says the same.
BORNES = {"gte": "minimum", "lte": "maximum", "regex": "pattern"}


@dataclass(frozen=True)
class ColonneOuverte:
    """A column as its schema and its page say it."""

    nom: str
    titre: str
    sens: str
    genre: str = "string"
    forme: str = ""
    est_une_liste: bool = False
    contraintes: dict[str, Any] = field(default_factory=dict)

    @property
    def type_dit(self) -> str:
        return "liste de textes" if self.est_une_liste else TYPES_DITS[self.genre]

    @property
    def est_obligatoire(self) -> bool:
        return bool(self.contraintes.get("required"))

    @property
    def valeurs(self) -> list[str]:
        """The only texts that it may hold; empty when it may hold any."""
        valeurs: list[str] = self.contraintes.get("enum", [])
        return valeurs

    @property
    def description(self) -> str:
        liste = f" Plusieurs valeurs sont séparées par « {SEPARATEUR} »."
        return f"{self.sens}{liste if self.est_une_liste else ''}".strip()

    def en_table_schema(self) -> dict[str, Any]:
        dit = {
            "name": self.nom,
            "title": self.titre,
            "description": self.description,
            "type": self.genre,
            "format": self.forme,
            "constraints": self.contraintes,
        }
        if self.genre == "boolean":
            dit |= {"trueValues": [OUI], "falseValues": [NON]}
        return {cle: valeur for cle, valeur in dit.items() if valeur}


def colonnes_de(declaration: Declaration) -> list[ColonneOuverte]:
    """Return the public columns of a declaration, in the order of its exports."""
    return [_decrire(declaration, champ) for champ in declaration.exportes()]


def _decrire(declaration: Declaration, champ: Champ) -> ColonneOuverte:
    origine, certain = declaration.origine(champ)
    return ColonneOuverte(
        nom=champ.nom,
        titre=declaration.entete(champ),
        sens=declaration.sens(champ),
        genre=_genre(origine, champ),
        forme="uri" if isinstance(origine, models.URLField) else "",
        est_une_liste=champ.genre is list or bool(origine and origine.many_to_many),
        contraintes=_contraintes(origine, certain),
    )


def _genre(origine: models.Field | None, champ: Champ) -> str:
    if origine is None:
        return TYPES_CALCULES.get(champ.genre, "string")
    if origine.choices:
        return "string"
    return next((nom for classe, nom in TYPES_DES_MODELES if isinstance(origine, classe)), "string")


def _contraintes(origine: models.Field | None, certain: bool) -> dict[str, Any]:
    if origine is None or origine.many_to_many:
        return {}
    dites: dict[str, Any] = {"required": True} if certain else {}
    if origine.choices:
        dites["enum"] = [str(libelle) for valeur, libelle in origine.flatchoices if valeur]
    return dites | dict(_bornes(origine))


def _bornes(origine: models.Field) -> Iterator[tuple[str, Any]]:
    """Yield what the constraints of the table ask of that column alone."""
    for contrainte in origine.model._meta.constraints:
        if not isinstance(contrainte, CheckConstraint) or not isinstance(contrainte.condition, Q):
            continue
        feuilles = list(_feuilles(contrainte.condition))
        if contrainte.condition.negated or {nom for nom, *_ in feuilles} != {origine.name}:
            continue
        yield from (
            (BORNES[test], float(valeur) if isinstance(valeur, Decimal) else valeur)
            for _, test, valeur in feuilles
            if test in BORNES
        )


def _feuilles(condition: Q) -> Iterator[tuple[str, str, Any]]:
    """Yield the tests of a condition: column, lookup, value."""
    for enfant in condition.children:
        if isinstance(enfant, Q):
            yield from _feuilles(enfant)
        elif isinstance(enfant, tuple):
            nom, _, test = enfant[0].partition("__")
            yield nom, test or "exact", enfant[1]
