"""When a row last changed, told by its history: calendars and search engines date it by that."""

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest


def derniere_version(modele) -> Subquery:
    """Return when the newest version of each row of `modele` was written, None without any."""
    versions = modele.historique.model.objects.filter(**{modele._meta.pk.name: OuterRef("pk")})
    return Subquery(versions.order_by("-history_date").values("history_date")[:1])


def with_changement(queryset):
    """Add `change_le` to rows that are published: the newest of a change and of publication."""
    publication = F("visible_depuis")
    version = Coalesce(derniere_version(queryset.model), publication)
    return queryset.annotate(change_le=Greatest(version, publication))
