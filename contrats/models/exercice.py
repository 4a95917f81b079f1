"""The yearly exercise of a contract: its dates, its amounts, and its closing once reported."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Self, cast

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from simple_history.models import HistoricalRecords

from contrats.models.contrat import Contrat
from contrats.models.pacte import Annee
from pacte.socle.calendrier import Echeance
from pacte.socle.journal import consigner, faits, recits
from pacte.socle.models import Utilisateur
from pacte.socle.modifications import derniere_version
from pacte.socle.montants import MontantField
from pacte.socle.publication import q_visible
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from pacte.socle.typographie import date_fr

# What the report told: a closed exercise keeps it.
FIGES = ("contrat", "annee", "debut", "fin", "rapport_avant_le", "plafond_etat", "montant_notifie")


@faits
class FaitExercice(models.TextChoices):
    CLOS = "exercice.clos", "Exercice clos"
    ROUVERT = "exercice.rouvert", "Exercice rouvert par les deux parties"


recits(
    {
        FaitExercice.CLOS: (
            "L’exercice {annee} du contrat {contrat} est clos : ses chiffres ne changent plus."
        ).format_map,
        FaitExercice.ROUVERT: (
            "L’État et le Département rouvrent l’exercice {annee} du contrat {contrat}."
        ).format_map,
    }
)


class ExerciceQuerySet(models.QuerySet["Exercice"]):
    def avec_rapport(self) -> Self:
        """Exercises of visible contracts whose report has a deadline, the first ones first."""
        attendus = self.filter(q_visible("contrat"), rapport_avant_le__isnull=False)
        return attendus.select_related("contrat").order_by("rapport_avant_le", "pk")

    def clos(self) -> Self:
        """Exercises whose lines are read-only, with their contract."""
        return self.filter(clos_le__isnull=False).select_related("contrat")

    def a_clore(self) -> Self:
        """Open exercises whose report was due, the oldest first."""
        echus = self.filter(clos_le__isnull=True, rapport_avant_le__lt=timezone.localdate())
        return echus.select_related("contrat").order_by("rapport_avant_le", "pk")

    def for_calendrier(self) -> Self:
        """The deadlines of reports as a calendar says them, when each last changed included."""
        change_le = Coalesce(derniere_version(self.model), F("contrat__visible_depuis"))
        return self.avec_rapport().annotate(change_le=change_le)


class Exercice(models.Model):
    """A contract × a year. Its dates need not be those of the calendar year; None is unknown.

    The ceiling is the most that the State may give that year, the notified amount what it gave
    notice of, both in euros. Once its report was handed over it is closed: its own figures, and
    the money and the values of its actions that year, are read-only until both parties reopen it.
    """

    INTERNES = frozenset({"debut", "fin", "montant_notifie"})

    contrat = models.ForeignKey(Contrat, on_delete=models.PROTECT, related_name="exercices")
    annee = models.ForeignKey(
        Annee, verbose_name="année", on_delete=models.PROTECT, related_name="exercices"
    )
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField(null=True, blank=True)
    rapport_avant_le = models.DateField("rapport attendu le", null=True, blank=True)
    plafond_etat = MontantField("plafond de l’État")
    montant_notifie = MontantField("montant notifié")
    rapport_remis_le = models.DateField("rapport remis le", null=True, blank=True, editable=False)
    clos_le = models.DateTimeField("clos le", null=True, blank=True, editable=False)

    change_le: datetime  # added by `for_calendrier`

    objects = ExerciceQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "exercice"
        verbose_name_plural = "exercices"
        ordering = ["contrat__ordre", "annee"]
        permissions = [("clore_exercice", "Peut clore un exercice et demander sa réouverture")]
        constraints = [
            models.UniqueConstraint(
                name="exercice_un_par_contrat_et_annee",
                fields=["contrat", "annee"],
                violation_error_message="Ce contrat a déjà un exercice pour cette année.",
            ),
            models.CheckConstraint(
                name="exercice_dates_en_ordre",
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(debut__lte=F("fin")),
                violation_error_message="La fin d’un exercice ne précède pas son début.",
            ),
            models.CheckConstraint(
                name="exercice_montants_positifs",
                condition=(Q(plafond_etat__isnull=True) | Q(plafond_etat__gte=0))
                & (Q(montant_notifie__isnull=True) | Q(montant_notifie__gte=0)),
                violation_error_message="Un montant n’est pas négatif.",
            ),
            models.CheckConstraint(
                name="exercice_clos_apres_rapport",
                condition=Q(clos_le__isnull=True) | Q(rapport_remis_le__isnull=False),
                violation_error_message="Un exercice se clôt une fois son rapport remis.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contrat.sigle} {self.annee_id}"

    @property
    def est_clos(self) -> bool:
        return self.clos_le is not None

    @property
    def rapport_en_retard(self) -> bool:
        """True when it is open past the day before which its report was due, as `a_clore` says."""
        attendu = self.rapport_avant_le
        return not self.est_clos and attendu is not None and attendu < timezone.localdate()

    @property
    def refus(self) -> str:
        """Why nothing of it is written any more, for a closed exercise."""
        return (
            f"L’exercice {self} est clos depuis le {date_fr(self.clos_le)} : pour le corriger, "
            "demander sa réouverture aux deux parties."
        )

    def clean(self) -> None:
        super().clean()
        if self.rapport_remis_le and self.rapport_remis_le > timezone.localdate():
            raise ValidationError("Un rapport est remis aujourd’hui au plus tard.")
        if self.rapport_remis_le and self.rapport_remis_le.year < self.annee_id:
            raise ValidationError("Un rapport est remis après le début de son exercice.")
        ancien = Exercice.objects.select_related("contrat").filter(pk=self.pk).first()
        if ancien is None:
            return
        if ancien.est_clos and any(getattr(ancien, c) != getattr(self, c) for c in FIGES):
            raise ValidationError(ancien.refus)
        a_change = (ancien.contrat_id, ancien.annee_id) != (self.contrat_id, self.annee_id)
        if a_change and self.rapports.exists():
            raise ValidationError("Un rapport en rend compte : il garde son contrat et son année.")

    @transaction.atomic
    def clore(self, *, rapport_remis_le: date, par: Utilisateur) -> None:
        """Close the exercise, whose report was handed over: its lines are read-only from now on.

        Raises PermissionDenied without the right, TransitionInterdite when it is closed already,
        ValidationError when the report is dated of tomorrow or of a year before.
        """
        exiger_droit(par, "contrats.clore_exercice")
        verrouiller(self)
        if self.est_clos:
            raise TransitionInterdite(f"L’exercice {self} est déjà clos.")
        self._clore(rapport_remis_le, par)

    def clore_une_fois_rapporte(self, *, rapport_remis_le: date, par: Utilisateur) -> None:
        """Close it, unless it is: for its report, once both parties released it, in its
        transaction."""
        verrouiller(self)
        if not self.est_clos:
            self._clore(rapport_remis_le, par)

    def _clore(self, rapport_remis_le: date, par: Utilisateur) -> None:
        self.rapport_remis_le, self.clos_le = rapport_remis_le, timezone.now()
        self.full_clean()
        self.save()
        consigner(self.contrat, FaitExercice.CLOS, par=par, annee=self.annee_id)

    def rouvrir(self, *, par: Utilisateur, raison: str) -> None:
        """Open it again: for `Reouverture`, once both parties agreed, in its transaction."""
        verrouiller(self)
        self.clos_le = None
        self.save()
        consigner(self.contrat, FaitExercice.ROUVERT, par=par, annee=self.annee_id, raison=raison)

    def en_echeance(self, adresse_absolue: Callable[[str], str]) -> Echeance:
        """Return the deadline of its report, read `for_calendrier`."""
        return Echeance(
            cle=f"rapport-{self.pk}",
            titre=f"Rapport {self.annee_id} du contrat {self.contrat.sigle}",
            jour=cast(date, self.rapport_avant_le),
            detail=self.contrat.nom,
            adresse=adresse_absolue(self.contrat.get_absolute_url()),
            change_le=self.change_le,
        )
