"""The yearly exercise of a contract, with dates and amounts of its own."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Self, cast

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from contrats.models.contrat import Contrat
from contrats.models.pacte import Annee
from pacte.socle.calendrier import Echeance
from pacte.socle.modifications import derniere_version
from pacte.socle.montants import MontantField
from pacte.socle.publication import q_visible


class ExerciceQuerySet(models.QuerySet["Exercice"]):
    def avec_rapport(self) -> Self:
        """Exercises of visible contracts whose report has a deadline, the first ones first."""
        attendus = self.filter(q_visible("contrat"), rapport_avant_le__isnull=False)
        return attendus.select_related("contrat").order_by("rapport_avant_le", "pk")

    def for_calendrier(self) -> Self:
        """The deadlines of reports as a calendar says them, when each last changed included."""
        change_le = Coalesce(derniere_version(self.model), F("contrat__visible_depuis"))
        return self.avec_rapport().annotate(change_le=change_le)


class Exercice(models.Model):
    """A contract × a year. Its dates need not be those of the calendar year; None is unknown.

    The ceiling is the most that the State may give that year, the notified amount what it gave
    notice of, both in euros.
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

    change_le: datetime  # added by `for_calendrier`

    objects = ExerciceQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "exercice"
        verbose_name_plural = "exercices"
        ordering = ["contrat__ordre", "annee"]
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
        ]

    def __str__(self) -> str:
        return f"{self.contrat.sigle} {self.annee_id}"

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
