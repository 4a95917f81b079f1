"""What a row holds, as JSON: kept aside, compared, put back."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import ManyToManyField, Model

from pacte.socle.comparaison import dire_le_champ

Photo = dict[str, Any]


def photographier(objet: Model, noms: Iterable[str]) -> Photo:
    """Return what `objet` holds in the fields `noms`: a text, None, or keys of rows in order.

    One query for each relation to many.
    """
    return {nom: _lire(objet, nom) for nom in noms}


def resumer(lues: list[Any]) -> str:
    """Return what tells that none of the values read moved since."""
    return hashlib.sha256(repr(lues).encode()).hexdigest()


def poser(objet: Model, photo: Photo) -> None:
    """Give `objet` what `photo` says, its relations to many aside; nothing is saved."""
    for nom, valeur in photo.items():
        champ = objet._meta.get_field(nom)
        if not isinstance(champ, ManyToManyField):
            setattr(objet, champ.attname, champ.to_python(valeur))  # type: ignore[union-attr]  # a column


def poser_les_listes(objet: Model, photo: Photo) -> None:
    """Give `objet`, which is saved, the relations to many that `photo` says."""
    for nom, cles in photo.items():
        if isinstance(objet._meta.get_field(nom), ManyToManyField):
            getattr(objet, nom).set(cles)


def dire_la_valeur(modele: type[Model], nom: str, valeur: Any) -> str:
    """Return in words what a photograph holds of a field (one query for rows)."""
    champ: Any = modele._meta.get_field(nom)
    if champ.many_to_many:
        return dire_le_champ(champ, list(_lignes(champ, valeur)))
    if champ.is_relation:
        return dire_le_champ(champ, _lignes(champ, [valeur]).first())
    return dire_le_champ(champ, champ.to_python(valeur))


def _lignes(champ: Any, cles: list[Any]) -> Any:
    return champ.related_model._default_manager.filter(pk__in=cles)


def _lire(objet: Model, nom: str) -> Any:
    champ: Any = objet._meta.get_field(nom)
    if isinstance(champ, ManyToManyField):
        return sorted(getattr(objet, nom).values_list("pk", flat=True)) if objet.pk else []
    valeur = champ.value_from_object(objet)
    if isinstance(valeur, Decimal):
        # One spelling of a number: typed « 0,5 », it is the « 0.50 » of the database.
        return str(valeur.quantize(Decimal(10) ** -champ.decimal_places))
    return None if valeur is None else champ.value_to_string(objet)
