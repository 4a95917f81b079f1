"""What was deleted: the last version of each row that is gone, by kind.

A row that was withdrawn is not deleted; one that came back no longer is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.contrib.auth import get_permission_codename
from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest

from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.modifications import versions_de

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur

SUPPRESSION = "-"
# A deleted version among those of every kind: the name of its kind, its number, and when.
Reference = tuple[Any, ...]


@dataclass(frozen=True)
class Genre:
    """A kind of rows that may come back: their model, the foreign key to what bears them, if any,
    and their screen, if they have one."""

    modele: type[Model]
    porteur: Any = None
    ecran: HistoriqueAdmin | None = None

    @property
    def nom(self) -> str:
        return self.modele._meta.label_lower

    @property
    def libelle(self) -> str:
        return str(self.modele._meta.verbose_name_plural)

    @property
    def droit(self) -> str:
        """The right that it takes to put a row back: that of adding one."""
        options = self.modele._meta
        return f"{options.app_label}.{get_permission_codename('add', options)}"

    def est_ouvert_a(self, utilisateur: "Utilisateur") -> bool:
        return utilisateur.has_perm(self.droit)

    def permises(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the versions of the rows that the user of `request` may write."""
        versions: QuerySet[Any] = versions_de(self.modele).all()
        return self.ecran.versions_permises(request, versions) if self.ecran else versions

    def supprimees(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the last version of each row that is gone and that its user may put back."""
        cle = self.modele._meta.pk.attname
        suivantes = versions_de(self.modele).filter(
            **{cle: OuterRef(cle)}, history_id__gt=OuterRef("history_id")
        )
        return self.permises(request).filter(
            ~Exists(suivantes),
            ~Exists(self.modele._base_manager.filter(pk=OuterRef(cle))),
            history_type=SUPPRESSION,
        )


def genres_de(site: AdminSite) -> dict[str, Genre]:
    """Return name → kind, for what the screens of `site` show with a history, rows included."""
    ecrans = [e for e in site._registry.values() if isinstance(e, HistoriqueAdmin)]
    genres = {ecran.model: Genre(ecran.model, None, ecran) for ecran in ecrans}
    for ecran in ecrans:
        for modele in ecran.lignes_a_historique:
            connu = genres.get(modele)
            porteur = next(c for c in modele._meta.fields if c.related_model is ecran.model)
            genres[modele] = Genre(modele, porteur, connu.ecran if connu else None)
    return {genre.nom: genre for genre in genres.values()}


def portees_par(
    genre: Genre, genres: Mapping[str, Genre], modele: type[Model], cle: int
) -> Q | None:
    """Return « borne by row `cle` of `modele` », at any depth; None when that cannot be.

    What bears a row may be gone too: its own versions tell what bore it.
    """
    if genre.porteur is None:
        return None
    au_dessus: type[Model] = genre.porteur.related_model
    if au_dessus is modele:
        return Q(**{genre.porteur.attname: cle})
    condition = portees_par(genres[au_dessus._meta.label_lower], genres, modele, cle)
    if condition is None:
        return None
    lignes = versions_de(au_dessus).filter(condition).values(au_dessus._meta.pk.attname)
    return Q(**{f"{genre.porteur.attname}__in": lignes})


def references(
    request: HttpRequest, genres: Iterable[Genre], conditions: Mapping[str, Q]
) -> QuerySet[Any, Reference] | list[Reference]:
    """Return the deleted versions of `genres`, the newest first, as one query of tuples."""
    listes = [
        genre.supprimees(request)
        .filter(conditions.get(genre.nom, Q()))
        .order_by()
        .annotate(genre=Value(genre.nom, CharField()))
        .values_list("genre", "history_id", "history_date")
        for genre in genres
    ]
    if not listes:
        return []
    toutes: QuerySet[Any, Reference] = listes[0].union(*listes[1:], all=True)
    return toutes.order_by("-history_date", "genre", "-history_id")
