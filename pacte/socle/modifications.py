"""When a row last changed, told by its history: calendars and search engines date it by that."""

from typing import Any, TypeVar

from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

Ligne = TypeVar("Ligne", bound=Model)


def versions_de(sujet: Model | type[Model]) -> Any:
    """Return the manager of the versions of a row, or of all the rows of a model."""
    return sujet.historique  # type: ignore[union-attr]  # put there by HistoricalRecords


def derniere_version(modele: type[Model]) -> Subquery:
    """Return when the newest version of each row of `modele` was written, None without any."""
    versions = versions_de(modele).model.objects.filter(**{modele._meta.pk.name: OuterRef("pk")})
    return Subquery(versions.order_by("-history_date").values("history_date")[:1])


def with_changement(queryset: QuerySet[Ligne]) -> QuerySet[Ligne]:
    """Add `change_le` to rows that are published: the newest of a change and of publication."""
    publication = F("visible_depuis")
    version = Coalesce(derniere_version(queryset.model), publication)
    dates: QuerySet[Ligne] = queryset.annotate(change_le=Greatest(version, publication))
    return dates
