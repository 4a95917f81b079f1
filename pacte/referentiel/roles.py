"""Groups and their permissions, kept in a file rather than clicked together."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from django.contrib.auth.models import Group, Permission

FICHIER = Path(__file__).resolve().parent / "roles.yaml"


def charger_roles(fichier: Path = FICHIER) -> None:
    """Give each group of `fichier` exactly its permissions; idempotent.

    One query for all permissions, four or so for a group. ValueError for a right that nobody has
    defined.
    """
    toutes = list(Permission.objects.select_related("content_type"))
    for role in yaml.safe_load(fichier.read_text(encoding="utf-8")):
        groupe, _ = Group.objects.get_or_create(name=role["nom"])
        groupe.permissions.set(
            permission
            for droits in role["droits"]
            for application, motifs in droits.items()
            for permission in _permissions(toutes, application, motifs)
        )


def _permissions(
    toutes: Iterable[Permission], application: str, motifs: list[str]
) -> Iterator[Permission]:
    siennes = [droit for droit in toutes if droit.content_type.app_label == application]
    for motif in motifs:
        trouvees = [droit for droit in siennes if fnmatchcase(droit.codename, motif)]
        if not trouvees:
            raise ValueError(f"roles.yaml : aucun droit « {application}.{motif} »")
        yield from trouvees
