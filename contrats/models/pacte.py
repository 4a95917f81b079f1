"""The pact itself, and the years that it covers."""

import re
from contextlib import suppress
from typing import ClassVar

from django.db import models
from django.db.models import F, ProtectedError, Q
from django.http import HttpRequest
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from pacte.socle.texte import plier


class PacteQuerySet(models.QuerySet["Pacte"]):
    def actuel(self) -> "Pacte":
        """Return the pact of this portal; an empty, unsaved one before any data is loaded."""
        # Never saved so: a pact has its years.
        return self.first() or Pacte(annee_debut=None, annee_fin=None)  # type: ignore[misc]


class Pacte(models.Model):
    """The roadmap itself. One row: another Department installs another portal."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    nom = models.CharField(max_length=100, default="Pacte local des solidarités")
    territoire = models.CharField(max_length=80, help_text="Le nom du département, sans article.")
    dans_le_territoire = models.CharField(
        "complément de lieu", max_length=80, help_text="« dans le… », « en… », « à… »."
    )
    du_territoire = models.CharField(
        "complément du nom", max_length=80, help_text="« du… », « de la… », « de l’… », « des… »."
    )
    annee_debut = models.PositiveSmallIntegerField("première année")
    annee_fin = models.PositiveSmallIntegerField("dernière année")
    en_bref = models.TextField(
        blank=True,
        default="",
        help_text="Ce qu’est le Pacte et ce qu’il continue, dans les mots du texte public.",
    )
    contractualisation = models.TextField(
        blank=True,
        default="",
        help_text="Qui contractualise, et comment des partenaires prennent part.",
    )
    presentation = models.TextField(
        "présentation", blank=True, default="", help_text="Le diagnostic, et qui a signé."
    )
    declinaison = models.TextField(
        "déclinaison", blank=True, default="", help_text="Ce qui annonce les contrats."
    )
    source = models.CharField(
        max_length=300, blank=True, default="", help_text="D’où ces textes viennent : qui, et où."
    )
    liste_complete = models.BooleanField(
        "la liste des actions est complète",
        default=False,
        help_text="Tant que la case est vide, le site dit que ce sont des exemples.",
    )
    demonstration = models.BooleanField(
        "données de démonstration",
        default=False,
        editable=False,
        help_text="Le suivi est fictif, et chaque page le dit.",
    )

    objects = PacteQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "pacte"
        verbose_name_plural = "pacte"
        constraints = [
            models.CheckConstraint(
                name="pacte_unique",
                condition=Q(pk=1),
                violation_error_message="Le portail décrit un seul pacte.",
            ),
            models.CheckConstraint(
                name="pacte_annees_en_ordre",
                condition=Q(annee_debut__lte=F("annee_fin")),
                violation_error_message="La dernière année ne précède pas la première.",
            ),
            models.CheckConstraint(
                name="pacte_annees_plausibles",
                condition=Q(annee_debut__gte=2000, annee_fin__lte=F("annee_debut") + 14),
                violation_error_message="Un pacte commence après l’an 2000 et dure quinze ans au "
                "plus.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom} {self.du_territoire}".strip()

    def ouvrir_les_annees(self) -> None:
        """Let money and values be entered for each year of the pact (one query a year, and one).

        A year that left the pact is closed, unless something was entered for it. A few queries more
        for one that is new or that left.
        """
        for annee in self.annees:
            Annee.objects.get_or_create(pk=annee)
        for ancienne in Annee.objects.exclude(pk__in=self.annees):
            with suppress(ProtectedError):
                ancienne.delete()

    @property
    def sur_le_diagnostic(self) -> str:
        """The paragraphs of its presentation that speak of the diagnosis, word for word."""
        paragraphes = re.split(r"\n\s*\n", self.presentation)
        return "\n\n".join(p for p in paragraphes if "diagnostic" in plier(p))

    @property
    def avertissement(self) -> str:
        """What whatever leaves the portal must say of its data, "" when they are real."""
        return "Données de démonstration, fictives" if self.demonstration else ""

    @cached_property
    def annees(self) -> list[int]:
        """The years of the pact, none before any data is loaded."""
        return list(range(self.annee_debut, self.annee_fin + 1)) if self.annee_debut else []


class RequeteDuPacte(HttpRequest):
    """What `PacteMiddleware` makes of a request."""

    pacte: Pacte


class Annee(models.Model):
    """A year of the pact. What is counted by year refers to it: no other year can be entered."""

    annee = models.PositiveSmallIntegerField("année", primary_key=True)

    class Meta:
        verbose_name = "année"
        verbose_name_plural = "années"
        ordering = ["annee"]

    def __str__(self) -> str:
        return str(self.annee)
