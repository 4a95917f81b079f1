"""Milestones and dated bulletins."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.timezone import localdate
from simple_history.models import HistoricalRecords

from actions.faits import FaitAction
from actions.models.statut import STATUTS_SANS_ECHEANCE, Avancement, StatutAction
from actions.models.visibilite import q_action_visible
from pacte.socle.calendrier import Echeance
from pacte.socle.journal import consigner
from pacte.socle.models import Utilisateur
from pacte.socle.modifications import derniere_version
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from pacte.socle.typographie import date_fr
from partenaires.models import Partenaire


class JalonQuerySet(models.QuerySet["Jalon"]):
    def a_venir(self) -> Self:
        """Milestones not reached whose date has not passed, on actions that expect some."""
        attendus = self.exclude(action__statut__in=STATUTS_SANS_ECHEANCE)
        return attendus.filter(atteint_le__isnull=True, prevu_le__gte=localdate())

    def publics(self) -> Self:
        """Milestones of visible actions."""
        return self.filter(q_action_visible("action"))

    def for_liste(self) -> Self:
        """What a list of milestones prints, in one query."""
        return self.select_related("action__volet__axe", "action__volet__contrat")

    def for_calendrier(self) -> Self:
        """What a calendar says of each milestone, when it last changed included."""
        change_le = Coalesce(derniere_version(self.model), F("action__modifiee_le"))
        return self.for_liste().annotate(change_le=change_le)


class Jalon(models.Model):
    """A dated step: planned, then reached."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    action = models.ForeignKey("Action", on_delete=models.CASCADE, related_name="jalons")
    libelle = models.CharField("jalon", max_length=200)
    prevu_le = models.DateField("prévu le")
    atteint_le = models.DateField("atteint le", null=True, blank=True)

    change_le: datetime  # added by `for_calendrier`

    objects = JalonQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "jalon"
        verbose_name_plural = "jalons"
        ordering = ["prevu_le", "pk"]
        indexes = [
            models.Index(
                fields=["action", "prevu_le"],
                condition=Q(atteint_le__isnull=True),
                name="jalon_attendu",
            ),
            models.Index(fields=["prevu_le", "id"], name="jalon_par_date"),
        ]

    def __str__(self) -> str:
        return self.libelle

    def clean(self) -> None:
        if self.atteint_le and self.atteint_le > localdate():
            raise ValidationError(
                {"atteint_le": "Un jalon atteint l’est au plus tard aujourd’hui."}
            )

    def en_echeance(self, adresse_absolue: Callable[[str], str]) -> Echeance:
        """Return the milestone, read `for_calendrier`; `adresse_absolue` completes a path."""
        return Echeance(
            cle=f"jalon-{self.pk}",
            titre=f"{self.libelle} (atteint)" if self.atteint_le else self.libelle,
            jour=self.prevu_le,
            detail=f"{self.action.titre} – {self.action.volet}",
            adresse=adresse_absolue(self.action.get_absolute_url()),
            change_le=self.change_le,
        )

    @property
    def est_depasse(self) -> bool:
        """Tell whether it makes its action late; those of a postponed one wait for its date."""
        sans_retard = [*STATUTS_SANS_ECHEANCE, StatutAction.REPORTEE]
        est_attendu = self.atteint_le is None and self.action.statut not in sans_retard
        return est_attendu and self.prevu_le < localdate()


class Confiance(models.TextChoices):
    COMPROMIS = "compromis", "objectifs compromis"
    APPUIS = "appuis", "appuis nécessaires"
    ATTEIGNABLES = "atteignables", "objectifs atteignables"
    SECURISES = "securises", "objectifs sécurisés"


class PointEtapeQuerySet(models.QuerySet["PointEtape"]):
    def en_vigueur(self) -> Self:
        """Bulletins that stand: those that were not withdrawn, newest first."""
        return self.filter(retire_le__isnull=True).order_by("-le", "-pk")

    def publics(self) -> Self:
        """Standing bulletins of visible actions, newest first."""
        return self.en_vigueur().filter(q_action_visible("action"))

    def for_liste(self) -> Self:
        """What a list of news prints, in one query."""
        return self.select_related("action__volet__axe", "action__volet__contrat")


class PointEtape(Avancement):
    """The dated bulletin of an action, which takes its status; the confidence stays internal.

    Once published it is corrected, and says so, or withdrawn for a reason; never deleted.
    """

    action = models.ForeignKey("Action", on_delete=models.CASCADE, related_name="points")
    # What a field of the administration says of itself: see `VisibiliteDite`.
    INTERNES = frozenset({"obstacles", "obstacles_publics", "confiance"})

    le = models.DateField("date", default=localdate)
    partenaire = models.ForeignKey(
        Partenaire,
        verbose_name="écrit par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="points",
        help_text="Le partenaire dont la note est reprise ; vide : le Département.",
    )
    fait = models.TextField("fait", blank=True, default="")
    a_venir = models.TextField("à venir", blank=True, default="")
    obstacles = models.TextField(
        "difficultés",
        blank=True,
        default="",
        help_text="Jamais publiées, sauf à cocher la case : n’y nommer personne.",
    )
    obstacles_publics = models.BooleanField("publier aussi les difficultés", default=False)
    confiance = models.CharField(
        max_length=12, choices=Confiance, blank=True, default="", help_text="Jamais publiée."
    )

    corrige_le = models.DateField("corrigé le", null=True, blank=True, editable=False)
    retire_le = models.DateTimeField("retiré le", null=True, blank=True, editable=False)
    motif_retrait = models.CharField(
        "motif du retrait", max_length=300, blank=True, default="", editable=False
    )

    objects = PointEtapeQuerySet.as_manager()
    # Changed by gestures: restoring an old version must not touch them.
    historique = HistoricalRecords(excluded_fields=["corrige_le", "retire_le", "motif_retrait"])

    class Meta(Avancement.Meta):
        abstract = False
        verbose_name = "point d’étape"
        verbose_name_plural = "points d’étape"
        ordering = ["-le", "-pk"]
        indexes = [
            models.Index(
                fields=["-le", "-id"],
                condition=Q(retire_le__isnull=True),
                name="point_en_vigueur_par_date",
            )
        ]
        constraints = [
            *Avancement.Meta.constraints,
            models.CheckConstraint(
                name="point_etape_retrait_motive",
                condition=Q(retire_le__isnull=True) | ~Q(motif_retrait=""),
                violation_error_message="Un retrait est motivé.",
            ),
            models.CheckConstraint(
                name="point_etape_reporte_a_plus_tard",
                condition=~Q(statut=StatutAction.REPORTEE) | Q(reportee_au__gt=F("le")),
                violation_error_message="Une action est reportée après le jour du point d’étape.",
            ),
        ]

    def __str__(self) -> str:
        return f"Point d’étape du {date_fr(self.le)}"

    @property
    def difficultes(self) -> str:
        """The difficulties that the public may read; "" while an officer keeps them inside."""
        return self.obstacles if self.obstacles_publics else ""

    def corriger(self) -> None:
        """Mark a published bulletin as corrected today, unsaved; the history keeps what it was."""
        if self.action.visible_depuis:
            self.corrige_le = localdate()

    @transaction.atomic
    def retirer(self, *, par: Utilisateur, motif: str) -> None:
        """Withdraw the bulletin from the public; its action takes the status of the one before.

        Raises PermissionDenied without the right, TransitionInterdite when it is withdrawn
        already, ValidationError without a reason.
        """
        exiger_droit(par, "actions.change_pointetape")
        verrouiller(self)
        if self.retire_le:
            raise TransitionInterdite("Ce point d’étape est déjà retiré.")
        self.retire_le, self.motif_retrait = timezone.now(), motif.strip()
        self.full_clean()
        self.save()
        consigner(
            self, FaitAction.POINT_RETIRE, par=par, action=self.action_id, motif=self.motif_retrait
        )
        self.action.reprendre_statut(par=par)

    def clean(self) -> None:
        if self.le and self.le > localdate():
            raise ValidationError({"le": "Un point d’étape est daté d’aujourd’hui au plus tard."})
        if self.statut == StatutAction.NON_RENSEIGNE:
            raise ValidationError({"statut": "Dire où en est l’action."})
