"""A change of what is published, prepared aside: read again, handed on, then published or dropped.

It keeps differences only: for each field, what it said when the change was written and what it
would say. Whatever somebody else changes meanwhile stays, and is shown beside what is prepared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from pacte.socle.comparaison import ordonner_les_champs
from pacte.socle.courriels import envoyer
from pacte.socle.fiches import fiche
from pacte.socle.journal import consigner, faits
from pacte.socle.photographie import (
    Photo,
    dire_la_valeur,
    photographier,
    poser,
    poser_les_listes,
    resumer,
)
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur


class StatutPreparation(models.TextChoices):
    EN_COURS = "en_cours", "en préparation"
    PUBLIEE = "publiee", "publiée"
    ABANDONNEE = "abandonnee", "abandonnée"


@faits
class FaitPreparation(models.TextChoices):
    ECRITE = "preparation.ecrite", "Modification préparée"
    CONFIEE = "preparation.confiee", "Modification confiée"
    PUBLIEE = "preparation.publiee", "Modification publiée"
    ABANDONNEE = "preparation.abandonnee", "Modification abandonnée"


@dataclass(frozen=True)
class Difference:
    """One field in words: when it was prepared, today, and as prepared."""

    champ: str
    avant: str
    actuel: str
    apres: str
    a_change: bool


def comparer(avant: Photo, apres: Photo) -> dict[str, list[Any]]:
    """Return what differs between two photographs: field → [before, after]."""
    return {nom: [avant.get(nom), apres[nom]] for nom in apres if avant.get(nom) != apres[nom]}


def prevus(champs: dict[str, list[Any]]) -> Photo:
    """Return what differences would make of the fields that they name."""
    return {nom: apres for nom, (_avant, apres) in champs.items()}


UnePreparation = TypeVar("UnePreparation", bound="Preparation")


class PreparationQuerySet(models.QuerySet[UnePreparation]):
    def en_cours(self) -> Self:
        """Changes that wait to be published or dropped, the oldest first."""
        return self.filter(statut=StatutPreparation.EN_COURS).order_by("preparee_le")

    def portees_par(self, compte: Any) -> Self:
        """Those that `compte` was handed, or prepares as an officer and handed to nobody."""
        preparees = Q(preparee_par=compte, preparee_par__is_staff=True, confiee_a__isnull=True)
        return self.en_cours().filter(Q(confiee_a=compte) | preparees)


def une_en_cours(objet: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        name="%(class)s_une_en_cours",
        fields=[objet],
        condition=Q(statut=StatutPreparation.EN_COURS),
        violation_error_message="Une modification est déjà en préparation : la continuer.",
    )


class Preparation(models.Model):
    """The differences that would be published of one row.

    A concrete class names that row (`OBJET`), the fields prepared (`CHAMPS`) and the rights.
    `changements` holds « champs »: field → [before, after]; subclasses may add to it.
    """

    OBJET: ClassVar[str]
    CHAMPS: ClassVar[tuple[str, ...]]
    DROIT_DE_PREPARER: ClassVar[str]
    DROIT_DE_PUBLIER: ClassVar[str]

    statut = models.CharField(
        max_length=10,
        choices=StatutPreparation,
        default=StatutPreparation.EN_COURS,
        editable=False,
    )
    changements = models.JSONField(default=dict, editable=False)
    preparee_le = models.DateTimeField("préparée le", default=timezone.now, editable=False)
    preparee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="préparée par",
        on_delete=models.PROTECT,  # what was prepared keeps its author
        related_name="+",
        editable=False,
    )
    confiee_a = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="confiée à",
        null=True,
        blank=True,
        on_delete=models.PROTECT,  # handed over before the account goes
        related_name="%(class)ss_confiees",
        editable=False,
    )
    close_le = models.DateTimeField("close le", null=True, blank=True, editable=False)
    close_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="close par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,  # a decision keeps its author
        related_name="+",
        editable=False,
    )
    motif = models.TextField("pourquoi l’abandonner", blank=True, default="", editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_close_entiere",
                condition=Q(
                    statut=StatutPreparation.EN_COURS,
                    close_le__isnull=True,
                    close_par__isnull=True,
                )
                | Q(
                    ~Q(statut=StatutPreparation.EN_COURS),
                    close_le__isnull=False,
                    close_par__isnull=False,
                ),
                violation_error_message="Une décision a une date et un auteur.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.objet)

    @property
    def objet(self) -> Any:
        """The row that would change."""
        return getattr(self, self.OBJET)

    @property
    def est_en_cours(self) -> bool:
        return self.statut == StatutPreparation.EN_COURS

    @property
    def apres(self) -> Photo:
        """What the fields prepared would say."""
        return prevus(self.changements["champs"])

    @property
    def differences(self) -> list[Difference]:
        """Each field prepared, in words, with what it says today (a few queries)."""
        return self._dire(self.objet, self.changements["champs"])

    def _dire(self, objet: Any, champs: dict[str, list[Any]], debut: str = "") -> list[Difference]:
        modele, actuels = type(objet), photographier(objet, champs)
        rangs = ordonner_les_champs(modele)
        dites = []
        # In the order of the fields: PostgreSQL does not keep that of the keys.
        for nom in sorted(champs, key=rangs.index):
            (avant, apres), actuel = champs[nom], actuels[nom]
            avant_dit, actuel_dit, apres_dit = (
                dire_la_valeur(modele, nom, valeur) for valeur in (avant, actuel, apres)
            )
            libelle = f"{debut}{modele._meta.get_field(nom).verbose_name}"
            a_change = actuel not in (avant, apres)
            dites.append(Difference(libelle, avant_dit, actuel_dit, apres_dit, a_change))
        return dites

    def prefigurer(self) -> Any:
        """Return the row as it would be, not saved, its relations to many aside."""
        poser(self.objet, self.apres)
        return self.objet

    def prevoir(self, prevu: Photo) -> Self:
        """Keep what `prevu` changes of the row of the database, and return itself."""
        self.changements["champs"] = comparer(photographier(self._relire_l_objet(), prevu), prevu)
        return self

    @property
    def est_vide(self) -> bool:
        """Tell whether it would change nothing."""
        return not self.changements.get("champs")

    @transaction.atomic
    def ecrire(self, *, par: "Utilisateur", lu: str | None = None) -> None:
        """Save what is foreseen, new or written again, and journal it.

        `lu` is the `depart` of the form that foresees it; None when no form does. Raises
        PermissionDenied without the right, TransitionInterdite when it is closed, would change
        nothing, or when anything changed since it was read, ValidationError when another is being
        prepared. The same form sent twice is written once.
        """
        self.exiger_de_preparer(par)
        changements = self.changements
        if self.pk:
            self._ouvrir()
        if lu is not None:
            if self.pk and changements == self.changements:
                return
            self._verifier_le_depart(lu)
        self.changements = changements
        if self.est_vide:
            raise TransitionInterdite("Rien ne change : il n’y a rien à préparer.")
        self.full_clean(exclude=["changements"])
        self.save()
        consigner(self, FaitPreparation.ECRITE, par=par)

    def _verifier_le_depart(self, lu: str) -> None:
        self.retenir()
        if lu != self.depart:
            raise TransitionInterdite(
                "Pendant que vous écriviez, quelqu’un a changé la fiche, ou ce qui s’en prépare. "
                "Votre saisie est gardée ci-dessous : comparez, puis envoyez de nouveau pour la "
                "confirmer."
            )

    def exiger_de_preparer(self, par: "Utilisateur") -> None:
        """Raise PermissionDenied unless `par` may prepare it."""
        exiger_droit(par, self.DROIT_DE_PREPARER)

    @transaction.atomic
    def confier(self, *, par: "Utilisateur", a: "Utilisateur", mot: str = "") -> None:
        """Hand it to a colleague, who is written to with `mot`."""
        exiger_droit(par, self.DROIT_DE_PREPARER)
        self.transmettre(a, par=par)
        self.ecrire_a("preparation_confiee", [a.email], par=par, mot=mot)

    @transaction.atomic
    def transmettre(self, a: "Utilisateur", *, par: "Utilisateur") -> None:
        """Hand it to `a`, telling nobody: for whoever hands over what a leaver carried."""
        if not a.has_perm(self.DROIT_DE_PREPARER):
            raise TransitionInterdite(f"{a} ne peut pas s’occuper de cette modification.")
        self._ouvrir()
        self.confiee_a = a
        self.save()
        consigner(self, FaitPreparation.CONFIEE, par=par, a=a.pk)

    @transaction.atomic
    def publier(self, *, par: "Utilisateur", lu: str) -> None:
        """Make the change for good. `lu` is the `empreinte` of what the officer read.

        Raises PermissionDenied without the right, TransitionInterdite when it is closed or when
        anything changed since it was read, ValidationError when the result is not sound.
        """
        exiger_droit(par, self.DROIT_DE_PUBLIER)
        self._ouvrir()
        self.retenir()
        if lu != self.empreinte:
            raise TransitionInterdite("Quelque chose a changé pendant votre lecture : relisez.")
        champs = [difference.champ for difference in self.differences]
        self.appliquer()
        self._clore(StatutPreparation.PUBLIEE, par)
        consigner(self.objet, FaitPreparation.PUBLIEE, par=par, champs=champs)

    @transaction.atomic
    def abandonner(self, *, par: "Utilisateur", motif: str = "") -> None:
        """Drop it. Who did not prepare it says why, and its author reads it."""
        if par != self.preparee_par:
            exiger_droit(par, self.DROIT_DE_PREPARER)
        self._ouvrir()
        if par != self.preparee_par and not motif.strip():
            raise ValidationError("Dire pourquoi : la personne qui l’a préparée le lira.")
        self.motif = motif.strip()
        self._clore(StatutPreparation.ABANDONNEE, par)
        consigner(self, FaitPreparation.ABANDONNEE, par=par, motif=self.motif)

    @property
    def empreinte(self) -> str:
        """What tells that nothing moved between reading and publishing."""
        return resumer([(d.champ, d.actuel, d.apres) for d in self.differences])

    @property
    def depart(self) -> str:
        """What tells that nothing moved between opening a form and sending it: neither the row,
        as the database has it, nor what is prepared of it (a few queries)."""
        preparee = self.changements if self.pk else {}
        return resumer([self.photographier_l_objet(), preparee])

    def photographier_l_objet(self) -> Photo:
        """Return what the form shows of the row, as the database has it."""
        return photographier(self._relire_l_objet(), self.CHAMPS)

    def _relire_l_objet(self) -> Any:
        return type(self.objet)._default_manager.get(pk=self.objet.pk)

    def retenir(self) -> None:
        """Lock what would change, until the end of the transaction: what is read stays so."""
        verrouiller(self.objet)

    def appliquer(self) -> None:
        """Write the change, inside the transaction of the caller, as if for good."""
        objet = self.prefigurer()
        objet.full_clean()
        objet.save()
        poser_les_listes(objet, self.apres)

    def ecrire_a(self, gabarit: str, adresses: Iterable[str], **contexte: Any) -> None:
        envoyer(gabarit, adresses, fiche(self), preparation=self, **contexte)

    def _ouvrir(self) -> None:
        verrouiller(self)
        if not self.est_en_cours:
            raise TransitionInterdite(f"Cette modification est déjà {self.get_statut_display()}.")

    def _clore(self, statut: StatutPreparation, par: "Utilisateur") -> None:
        self.statut, self.close_par, self.close_le = statut, par, timezone.now()
        self.full_clean(exclude=["changements"])
        self.save()
        if par != self.preparee_par and self.preparee_par.is_active:
            self.prevenir()

    def prevenir(self) -> None:
        """Tell its author what became of it."""
        self.ecrire_a("preparation_close", [self.preparee_par.email])
