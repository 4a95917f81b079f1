"""A public field is declared once: every page, export, file and help that speaks of it reads that.

Label, type, choices and whether it must be given come from the field of the model that has the
same name; a computed field has none, and says its heading and how it is read.
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, cast

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
    `chemin` is followed from the row (« action__code »), else the attribute `nom` is read.
    `detail` is what JSON gives instead of a joined list. `ecrit` says that the reference files may
    give it: True for the type of the model, a type, or the declaration of nested entries. `sens`
    is its meaning, by default the model's help. `genre` is the type of a computed value, a text
    unless said.

    Officers' files come back: `importe` names the attribute that a cell writes, `cle` the columns
    that tell a row from another, `interne` what those files alone hold.
    """

    nom: str
    entete: str = ""
    lire: Callable[[Any], Any] | None = None
    detail: Callable[[Any], list[dict]] | None = None
    place: Place | None = None
    chemin: str = ""
    exporte: bool = True
    interne: bool = False
    importe: str = ""
    cle: bool = False
    ecrit: "bool | type | Declaration" = False
    sens: str = ""
    genre: type = str


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

    def exportes(self, *, interne: bool = False) -> list[Champ]:
        """Return the fields of the public exports, or those of officers' files."""
        return [champ for champ in self.champs if champ.exporte and (interne or not champ.interne)]

    def colonnes(self, *, interne: bool = False) -> tuple[Colonne, ...]:
        """Return the columns of the exports, which read rows of the model."""
        return tuple(
            self._colonne(champ, self._lecteur(champ), champ.detail)
            for champ in self.exportes(interne=interne)
        )

    def colonnes_de_tuples(self, *, interne: bool = False) -> tuple[tuple[Colonne, ...], list[str]]:
        """Return the columns that read tuples, and the paths that make these tuples.

        For long exports, whose rows are not worth an object each. No field may have a `lire`.
        """
        champs = self.exportes(interne=interne)
        colonnes = tuple(
            self._colonne(champ, self._lecteur_de_rang(champ, rang))
            for rang, champ in enumerate(champs)
        )
        return colonnes, [champ.chemin or champ.nom for champ in champs]

    def se_lit_en_tuples(self, *, interne: bool = False) -> bool:
        """Tell whether the database alone gives every column: none is computed from a row."""
        return all(
            champ.chemin or (not champ.lire and self._est_une_colonne(champ.nom))
            for champ in self.exportes(interne=interne)
        )

    def _est_une_colonne(self, nom: str) -> bool:
        du_modele = self._champ_du_modele(nom)
        return du_modele is not None and not du_modele.is_relation

    def _colonne(
        self,
        champ: Champ,
        lire: Callable[[Any], Any],
        detail: Callable[[Any], list[dict]] | None = None,
    ) -> Colonne:
        return Colonne(self.entete(champ), champ.nom, lire, detail, self.sens(champ))

    def en_json(self, objet: models.Model, sans: Container[str] = ()) -> dict[str, Any]:
        """Return `objet` as JSON nests it inside another one, `sans` what that one says."""
        return {c.cle: c.pour_json(objet) for c in self.colonnes() if c.cle not in sans}

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
            Explication(self.entete(champ), champ.nom, self.sens(champ))
            for champ in self.exportes()
        ]

    def entete(self, champ: Champ) -> str:
        """Return the heading of a column, by default the name that the model gives the field."""
        du_modele = self._champ_du_modele(champ.nom)
        return champ.entete or capfirst(str(du_modele.verbose_name) if du_modele else champ.nom)

    def sens(self, champ: Champ) -> str:
        """Return what a column means, by default the help that the model gives the field."""
        du_modele = self._champ_du_modele(champ.nom)
        return champ.sens or (str(du_modele.help_text) if du_modele else "")

    def origine(self, champ: Champ) -> tuple[models.Field | None, bool]:
        """Return the field of a model that a column prints as it is, and whether no row lacks it.

        None for a computed column. A key leads to what it points at.
        """
        if champ.lire:
            return None, False
        *etapes, dernier = (champ.chemin or champ.nom).split("__")
        modele, certain = self.modele, True
        for etape in etapes:
            relation = cast(models.ForeignKey, modele._meta.get_field(etape))
            modele = cast(type[models.Model], relation.related_model)
            certain = certain and not relation.null
        try:
            trouve = cast(models.Field, modele._meta.get_field(dernier))
        except FieldDoesNotExist:
            return None, False
        certain = certain and not (trouve.null or trouve.blank)
        while isinstance(trouve, models.ForeignKey):
            trouve = trouve.target_field
        return trouve, certain

    def _champ_du_modele(self, nom: str) -> models.Field | None:
        try:
            champ = self.modele._meta.get_field(nom)
        except FieldDoesNotExist:
            return None
        return champ if isinstance(champ, models.Field) else None

    def _lecteur(self, champ: Champ) -> Callable[[Any], Any]:
        du_modele = self._champ_du_modele(champ.nom)
        if champ.lire:
            return champ.lire
        if champ.chemin:
            return lambda objet: _suivre(objet, champ.chemin)
        if du_modele and du_modele.choices:
            return lambda objet: getattr(objet, f"get_{champ.nom}_display")() or None
        if du_modele and du_modele.many_to_many:
            return lambda objet: [str(autre) for autre in getattr(objet, champ.nom).all()]
        return lambda objet: _ou_inconnu(getattr(objet, champ.nom))

    def _lecteur_de_rang(self, champ: Champ, rang: int) -> Callable[[Any], Any]:
        du_modele = self._champ_du_modele(champ.nom)
        if du_modele and du_modele.choices:
            libelles = dict(du_modele.flatchoices)
            return lambda ligne: libelles.get(ligne[rang]) or None
        if isinstance(du_modele, models.CharField | models.TextField):
            return lambda ligne: ligne[rang] or None
        return itemgetter(rang)

    def _montrer(self, champ: Champ, place: Place, objet: models.Model) -> Iterable[Lecture]:
        if place.montrer:
            return place.montrer(objet)
        valeur = self._lecteur(champ)(objet)
        titre = place.titre or self.entete(champ)
        return [] if valeur in (None, []) else [Lecture(titre, dire(valeur))]

    def _type_ecrit(self, champ: Champ) -> type:
        du_modele = self._champ_du_modele(champ.nom)
        return next(t for classe, t in TYPES_ECRITS.items() if isinstance(du_modele, classe))


def _ou_inconnu(valeur: Any) -> Any:
    return None if valeur == "" else valeur


def _suivre(objet: Any, chemin: str) -> Any:
    """Return what `chemin` leads to from `objet`, None as soon as a step of it is unknown."""
    for etape in chemin.split("__"):
        objet = getattr(objet, etape) if objet is not None else None
    return _ou_inconnu(objet)
