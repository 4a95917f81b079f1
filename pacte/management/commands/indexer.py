"""`manage.py indexer`: the words by which rows are found, computed again."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction

from pacte.socle.ecriture import CommandeQuiEcrit
from pacte.socle.texte import CleDeRechercheField, CleDeTriField
from pacte.socle.typographie import pluriel

CLES = (CleDeRechercheField, CleDeTriField)


class Command(CommandeQuiEcrit):
    help = "Recalcule les mots et l’ordre de chaque ligne : à lancer quand une version le demande."

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        changees = sum(map(_indexer, _modeles()))
        self.stdout.write(f"{pluriel(changees, 'ligne réindexée', 'lignes réindexées')}.")


def _modeles() -> Iterator[type[models.Model]]:
    for modele in apps.get_models():
        if any(isinstance(champ, CLES) for champ in modele._meta.local_fields):
            yield modele


def _indexer(modele: type[models.Model]) -> int:
    """Write the keys that changed, not the row: neither its history nor its date does."""
    cles: list[Any] = [champ for champ in modele._meta.local_fields if isinstance(champ, CLES)]
    changees = 0
    for ligne in modele._base_manager.iterator(chunk_size=500):
        avant = [getattr(ligne, champ.attname) for champ in cles]
        apres = [champ.pre_save(ligne, add=False) for champ in cles]
        if apres != avant:
            noms = dict(zip((champ.name for champ in cles), apres, strict=True))
            changees += modele._base_manager.filter(pk=ligne.pk).update(**noms)
    return changees
