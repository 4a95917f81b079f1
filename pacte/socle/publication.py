"""« Visible du public » : one notion, shared by axes, partners, contracts, actions and findings."""

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from pacte.socle.journal import FaitPublication, consigner
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from pacte.socle.models import Utilisateur


class Publication(models.TextChoices):
    BROUILLON = "brouillon", "brouillon"
    VISIBLE = "visible", "visible"
    RETIREE = "retiree", "retirée"


def q_visible(relation: str = "") -> Q:
    """Return the condition « visible to the public », through `relation` when one is given."""
    prefixe = f"{relation}__" if relation else ""
    return Q(**{f"{prefixe}publication": Publication.VISIBLE})


# Changed by transitions, kept by the journal: restoring an old version must not touch them.
CHAMPS_DE_PUBLICATION = ["publication", "visible_depuis", "motif_retrait"]


UnePubliable = TypeVar("UnePubliable", bound="Publiable")


class PubliableQuerySet(models.QuerySet[UnePubliable]):
    def visibles(self) -> Self:
        """Rows that anyone may read: the only door of public code."""
        return self.filter(q_visible())

    def brouillons(self) -> Self:
        return self.filter(publication=Publication.BROUILLON)


class Publiable(models.Model):
    """A row that is a draft, then visible to all, then possibly withdrawn for a reason."""

    # Names of the fields that no public page shows.
    INTERNES: ClassVar[frozenset[str]]

    publication = models.CharField(
        max_length=10, choices=Publication, default=Publication.BROUILLON, editable=False
    )
    visible_depuis = models.DateTimeField("visible depuis", null=True, blank=True, editable=False)
    motif_retrait = models.CharField(
        "motif du retrait", max_length=300, blank=True, default="", editable=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_retrait_motive",
                condition=~Q(publication=Publication.RETIREE) | ~Q(motif_retrait=""),
                violation_error_message="Un retrait est motivé.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_visible_datee",
                condition=~Q(publication=Publication.VISIBLE) | Q(visible_depuis__isnull=False),
                violation_error_message="Ce qui est visible porte la date de sa publication.",
            ),
        ]

    @property
    def est_visible(self) -> bool:
        return self.publication == Publication.VISIBLE

    @transaction.atomic
    def publier(self, *, par: "Utilisateur") -> None:
        """Make the row visible to all.

        Raises PermissionDenied without the right, TransitionInterdite when it is visible already or
        may not be yet, ValidationError when something on the row is wrong.
        """
        self._ouvrir_transition(par)
        if self.est_visible:
            raise TransitionInterdite(f"« {self} » est déjà visible.")
        self.exiger_d_etre_publiable()
        self.publication = Publication.VISIBLE
        self.visible_depuis = timezone.now()
        self.motif_retrait = ""
        self.full_clean()
        self._fermer_transition(FaitPublication.RENDU_VISIBLE, par)

    def exiger_d_etre_publiable(self) -> None:
        """Raise TransitionInterdite while the row may not be public, whoever asks."""

    @transaction.atomic
    def retirer(self, *, par: "Utilisateur", motif: str) -> None:
        """Withdraw a visible row from the public, with the reason that the journal keeps.

        Raises PermissionDenied without the right, TransitionInterdite when it is not visible,
        ValidationError without a reason.
        """
        self._ouvrir_transition(par)
        if not self.est_visible:
            raise TransitionInterdite(f"« {self} » n’est pas visible.")
        self.publication = Publication.RETIREE
        self.motif_retrait = motif.strip()
        # Only the withdrawal is validated: nothing else may keep a row on the public site.
        self.clean_fields(exclude=_autres_champs(self))
        self.validate_constraints(exclude=_autres_champs(self))
        self._fermer_transition(FaitPublication.RETIRE, par, motif=self.motif_retrait)

    def _ouvrir_transition(self, par: "Utilisateur") -> None:
        exiger_droit(par, f"{self._meta.app_label}.publier_{self._meta.model_name}")
        verrouiller(self)

    def _fermer_transition(self, fait: str, par: "Utilisateur", **apres: Any) -> None:
        self.save()
        consigner(self, fait, par=par, **apres)


def _autres_champs(objet: models.Model) -> set[str]:
    return {champ.name for champ in objet._meta.fields} - set(CHAMPS_DE_PUBLICATION)


def droits_de_publication(modele: str, libelle: str) -> "list[tuple[str, StrOrPromise]]":
    """Return the `Meta.permissions` of a publishable model."""
    return [(f"publier_{modele}", f"Peut publier et retirer {libelle}")]
