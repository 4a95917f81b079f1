"""Groups and their permissions, kept in a file rather than clicked together."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from django.contrib.auth.models import Group, Permission

FICHIER = Path(__file__).resolve().parent / "roles.yaml"


def charger_roles(fichier: Path = FICHIER) -> None:
    """Give each group of `fichier` exactly its permissions; idempotent, one pass."""
    for role in yaml.safe_load(fichier.read_text(encoding="utf-8")):
        groupe, _ = Group.objects.get_or_create(name=role["nom"])
        groupe.permissions.set(
            permission
            for droits in role["droits"]
            for application, motifs in droits.items()
            for permission in _permissions(application, motifs)
        )


def _permissions(application: str, motifs: list[str]) -> Iterator[Permission]:
    permissions = Permission.objects.filter(content_type__app_label=application)
    for motif in motifs:
        if motif.endswith("*"):
            trouvees = permissions.filter(codename__startswith=motif.removesuffix("*"))
        else:
            trouvees = permissions.filter(codename=motif)
        if not trouvees:
            raise ValueError(f"roles.yaml : aucun droit « {application}.{motif} »")
        yield from trouvees
