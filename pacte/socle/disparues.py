"""Rows that are gone, read back from their versions, with all that their names are made of.

The number of queries depends on how many kinds of rows there are, never on how many rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import ForeignKey, Model, OuterRef

from pacte.socle.comparaison import dire_le_champ
from pacte.socle.modifications import versions_de
from pacte.socle.supprimees import SUPPRESSION, Genre, Reference

# The row, what it is about, what that is about: no name needs more.
PROFONDEUR = 2


@dataclass
class Supprimee:
    """A row that is gone: its last version, and the row as it was, not saved."""

    genre: Genre
    version: Any
    objet: Any
    genres: Mapping[str, Genre]
    listes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def cle(self) -> str:
        return f"{self.genre.nom}-{self.version.history_id}"

    @cached_property
    def titre(self) -> str:
        return nommer(self.objet)

    @property
    def sorte(self) -> str:
        return str(self.objet._meta.verbose_name)

    @cached_property
    def porteurs(self) -> list[tuple[str, str]]:
        """What bears it, from the nearest: the word for it, and its name."""
        noms, genre, objet = [], self.genre, self.objet
        while genre.porteur is not None and objet is not None:
            objet = genre.porteur.get_cached_value(objet, None)
            noms.append((str(genre.porteur.verbose_name), nommer(objet)))
            genre = self.genres[genre.porteur.related_model._meta.label_lower]
        return noms

    @cached_property
    def valeurs(self) -> list[tuple[str, str]]:
        """Each field that said something, and what it said."""
        champs = [c for c in self.version.tracked_fields if c.editable and not c.primary_key]
        dites = [
            (str(champ.verbose_name), self._dire(champ))
            for champ in champs
            if champ != self.genre.porteur and getattr(self.objet, champ.attname) not in (None, "")
        ]
        return dites + [
            (str(self.objet._meta.get_field(nom).verbose_name), ", ".join(map(nommer, cibles)))
            for nom, cibles in self.listes.items()
            if cibles
        ]

    def _dire(self, champ: Any) -> str:
        if champ.is_relation:
            return nommer(champ.get_cached_value(self.objet, None))
        return dire_le_champ(champ, getattr(self.objet, champ.attname))


def nommer(objet: Any) -> str:
    """Return the name of a row, or what can be said of it when its name needs what is gone."""
    if objet is None:
        return "disparu sans historique"
    try:
        return str(objet)
    except ObjectDoesNotExist:
        return f"{objet._meta.verbose_name} n° {objet.pk}"


def lire(references: Iterable[Reference], genres: Mapping[str, Genre]) -> list[Supprimee]:
    """Return the rows of `references`, in that order."""
    cles = [(nom, version) for nom, version, *_ in references]
    par_genre: defaultdict[str, list[int]] = defaultdict(list)
    for nom, version in cles:
        par_genre[nom].append(version)
    lignes = {}
    for nom, numeros in par_genre.items():
        versions = versions_de(genres[nom].modele).filter(history_id__in=numeros)
        lues = list(versions.select_related("history_user"))
        listes = listes_de(lues)
        for lue in lues:
            objet, siennes = ligne_de(lue), listes[lue.history_id]
            lignes[nom, lue.history_id] = Supprimee(genres[nom], lue, objet, genres, siennes)
    proches = [ligne.objet for ligne in lignes.values()]
    for _ in range(PROFONDEUR):
        proches = relier(proches)
    return [lignes[cle] for cle in cles if cle in lignes]


def ligne_de(version: Any) -> Any:
    """Return the row that a version holds, not saved; what no version keeps has its default."""
    champs = version.tracked_fields
    return version.instance_type(**{c.attname: getattr(version, c.attname) for c in champs})


def listes_de(versions: list[Any]) -> dict[int, dict[str, list[Any]]]:
    """Return, for deleted versions of one model, what each list of each held, by its number.

    A row has lost its lists by the time when it is deleted: the version before tells them.
    """
    listes: dict[int, dict[str, list[Any]]] = {v.history_id: {} for v in versions}
    if not versions or not versions[0]._history_m2m_fields:
        return listes
    precedentes = _versions_precedentes(versions)
    for champ in versions[0]._history_m2m_fields:
        lignes = getattr(type(versions[0]), champ.name).model.objects
        liens = lignes.filter(history__in=precedentes).values_list(
            "history_id", f"{champ.m2m_reverse_field_name()}_id"
        )
        cibles = retrouver(champ.related_model, {cle for _, cle in liens})
        for precedente, cle in liens:
            du_champ = listes[precedentes[precedente]].setdefault(champ.name, [])
            du_champ.append(cibles.get(cle) or champ.related_model(pk=cle))
    return listes


def _versions_precedentes(versions: list[Any]) -> dict[int, int]:
    """Return, for the version that comes before each of `versions`, the number of that one."""
    modele, cle = type(versions[0]), versions[0].instance_type._meta.pk.attname
    avant = modele.objects.filter(**{cle: OuterRef(cle)}, history_id__lt=OuterRef("history_id"))
    dernieres = avant.exclude(history_type=SUPPRESSION).order_by("-history_id")
    supprimees = modele.objects.filter(history_id__in=[v.history_id for v in versions])
    paires = supprimees.order_by().values_list(dernieres.values("history_id")[:1], "history_id")
    return dict(paires)


def relier(objets: list[Any]) -> list[Any]:
    """Give each of `objets` what its foreign keys lead to, gone or not, and return these rows."""
    a_lire: defaultdict[type[Model], set[Any]] = defaultdict(set)
    liens: list[tuple[Any, Any, Any]] = [
        (objet, champ, getattr(objet, champ.attname))
        for objet in objets
        for champ in objet._meta.concrete_fields
        if isinstance(champ, ForeignKey) and not champ.is_cached(objet)
    ]
    for _, champ, cle in liens:
        a_lire[champ.related_model].add(cle)
    trouves = {modele: retrouver(modele, cles - {None}) for modele, cles in a_lire.items()}
    for objet, champ, cle in liens:
        if cible := trouves[champ.related_model].get(cle):
            champ.set_cached_value(objet, cible)
    return [ligne for lignes in trouves.values() for ligne in lignes.values()]


def retrouver(modele: type[Model], cles: set[Any]) -> dict[Any, Any]:
    """Return key → row: as it is, or as its last version was when it is gone (two queries)."""
    lignes: dict[Any, Any] = modele._base_manager.in_bulk(cles) if cles else {}
    absentes = cles - lignes.keys()
    if absentes and hasattr(modele, "historique"):
        cle = modele._meta.pk.attname
        filtre = {f"{cle}__in": absentes, "history_type": SUPPRESSION}
        for version in versions_de(modele).filter(**filtre).order_by("history_id"):
            lignes[getattr(version, cle)] = ligne_de(version)
    return lignes
