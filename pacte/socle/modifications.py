"""When a row last changed, told by its history: calendars and search engines date it by that."""

from functools import cache
from typing import Any, TypeVar

from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

Ligne = TypeVar("Ligne", bound=Model)


@cache
def modele_des_versions(modele: type[Model]) -> Any:
    """Return the model whose rows are the versions of the rows of `modele`.

    Asked once: the library makes a class of manager each time that a history is reached.
    """
    return modele.historique.model  # type: ignore[attr-defined]  # put there by HistoricalRecords


def versions_de(sujet: Model | type[Model]) -> Any:
    """Return the manager of the versions of a row, or of all the rows of a model."""
    if isinstance(sujet, Model):
        return sujet.historique  # type: ignore[attr-defined]  # put there by HistoricalRecords
    return modele_des_versions(sujet).objects


def derniere_version(modele: type[Model]) -> Subquery:
    """Return when the newest version of each row of `modele` was written, None without any."""
    versions = versions_de(modele).filter(**{modele._meta.pk.name: OuterRef("pk")})
    return Subquery(versions.order_by("-history_date").values("history_date")[:1])


def with_changement(queryset: QuerySet[Ligne]) -> QuerySet[Ligne]:
    """Add `change_le` to rows that are published: the newest of a change and of publication."""
    publication = F("visible_depuis")
    version = Coalesce(derniere_version(queryset.model), publication)
    dates: QuerySet[Ligne] = queryset.annotate(change_le=Greatest(version, publication))
    return dates
