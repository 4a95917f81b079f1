"""A public field is declared once: every page, export, file and help that speaks of it reads that.

Label, type, choices and whether it must be given come from the field of the model that has the
same name; a computed field has none, and says its heading and how it is read.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst

from pacte.socle.tableaux import Colonne
from pacte.socle.typographie import dire

# How a file writes the value of a field of the model; other fields say it themselves.
TYPES_ECRITS = {
    models.BooleanField: bool,
    models.IntegerField: int,
    models.CharField: str,
    models.TextField: str,
    models.ManyToManyField: list,
}


@dataclass(frozen=True)
class Lecture:
    """One field as a page prints it: its title, its words, where they lead, whether in doubt."""

    titre: str
    texte: str
    adresse: str = ""
    a_confirmer: bool = False
    jour: date | None = None
    note: str = ""

    @property
    def est_externe(self) -> bool:
        return self.adresse.startswith("http")


@dataclass(frozen=True)
class Place:
    """Where a page prints a field: which part, at which rank, under which title, in which words.

    `montrer` returns one reading or several; without it the value is printed, unless unknown.
    """

    partie: str
    rang: int
    titre: str = ""
    montrer: Callable[[Any], Iterable[Lecture]] | None = None


@dataclass(frozen=True)
class Champ:
    """One public field.

    `lire` returns a text, a number, a date, a list of texts, or None for « unknown »; without it,
    the attribute `nom` is read. `detail` is what JSON gives instead of a joined list. `ecrit` says
    that the reference files may give it: True for the type of the model, a type, or the
    declaration of nested entries. `sens` is its meaning, by default the model's help.
    """

    nom: str
    entete: str = ""
    lire: Callable[[Any], Any] | None = None
    detail: Callable[[Any], list[dict]] | None = None
    place: Place | None = None
    exporte: bool = True
    ecrit: "bool | type | Declaration" = False
    sens: str = ""


@dataclass(frozen=True)
class Explication:
    """What the help says of a field: its heading, its key in JSON, its meaning."""

    entete: str
    cle: str
    sens: str


class Declaration:
    """The public fields of a noun, in the order of its exports."""

    def __init__(self, modele: type[models.Model], champs: Iterable[Champ]) -> None:
        self.modele, self.champs = modele, list(champs)

    def colonnes(self) -> tuple[Colonne, ...]:
        """Return the columns of the exports."""
        return tuple(
            Colonne(self._entete(champ), champ.nom, self._lecteur(champ), champ.detail)
            for champ in self.champs
            if champ.exporte
        )

    def en_json(self, objet: models.Model) -> dict[str, Any]:
        """Return `objet` as JSON nests it inside another one."""
        return {colonne.cle: colonne.pour_json(objet) for colonne in self.colonnes()}

    def lire_la_partie(self, partie: str, objet: models.Model) -> list[Lecture]:
        """Return what a part of the page prints of `objet`, by rank; what is unknown is absent."""
        places = [(c.place, c) for c in self.champs if c.place and c.place.partie == partie]
        return [
            lecture
            for place, champ in sorted(places, key=lambda paire: paire[0].rang)
            for lecture in self._montrer(champ, place, objet)
        ]

    def ecritures(self) -> "dict[str, type | Declaration]":
        """Return the keys that the reference files may give, each with its type."""
        return {
            champ.nom: self._type_ecrit(champ) if champ.ecrit is True else champ.ecrit
            for champ in self.champs
            if champ.ecrit
        }

    def obligatoires(self) -> set[str]:
        """Return the keys that the reference files must give."""
        return {nom for nom in self.ecritures() if self.est_obligatoire(nom)}

    def est_obligatoire(self, nom: str) -> bool:
        """Tell whether a row cannot do without `nom`: nested entries, and what has no default."""
        champ = self._champ_du_modele(nom)
        return champ is None or not (champ.blank or champ.has_default())

    def expliquer(self) -> list[Explication]:
        """Return what the help says of each column of the exports."""
        return [
            Explication(self._entete(champ), champ.nom, champ.sens or self._aide(champ))
            for champ in self.champs
            if champ.exporte
        ]

    def _champ_du_modele(self, nom: str) -> models.Field | None:
        try:
            champ = self.modele._meta.get_field(nom)
        except FieldDoesNotExist:
            return None
        return champ if isinstance(champ, models.Field) else None

    def _entete(self, champ: Champ) -> str:
        du_modele = self._champ_du_modele(champ.nom)
        return champ.entete or capfirst(str(du_modele.verbose_name) if du_modele else champ.nom)

    def _aide(self, champ: Champ) -> str:
        du_modele = self._champ_du_modele(champ.nom)
        return str(du_modele.help_text) if du_modele else ""

    def _lecteur(self, champ: Champ) -> Callable[[Any], Any]:
        du_modele = self._champ_du_modele(champ.nom)
        if champ.lire:
            return champ.lire
        if du_modele and du_modele.choices:
            return lambda objet: getattr(objet, f"get_{champ.nom}_display")() or None
        if du_modele and du_modele.many_to_many:
            return lambda objet: [str(autre) for autre in getattr(objet, champ.nom).all()]
        return lambda objet: _ou_inconnu(getattr(objet, champ.nom))

    def _montrer(self, champ: Champ, place: Place, objet: models.Model) -> Iterable[Lecture]:
        if place.montrer:
            return place.montrer(objet)
        valeur = self._lecteur(champ)(objet)
        titre = place.titre or self._entete(champ)
        return [] if valeur in (None, []) else [Lecture(titre, dire(valeur))]

    def _type_ecrit(self, champ: Champ) -> type:
        du_modele = self._champ_du_modele(champ.nom)
        return next(t for classe, t in TYPES_ECRITS.items() if isinstance(du_modele, classe))


def _ou_inconnu(valeur: Any) -> Any:
    return None if valeur == "" else valeur
