"""Why: the axes of the pact."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Count
from django.urls import reverse
from simple_history.models import HistoricalRecords

from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    PubliableQuerySet,
    droits_de_publication,
    q_visible,
)
from pacte.socle.recherche import Requete
from pacte.socle.texte import CleDeRechercheField


class AxeQuerySet(PubliableQuerySet["Axe"]):
    def with_nb_actions(self) -> Self:
        """Add `nb_actions`, the visible actions of visible contracts; in the order of numbers."""
        visible = q_visible("volets__actions") & q_visible("volets__contrat")
        return self.annotate(nb_actions=Count("volets__actions", filter=visible)).order_by("numero")

    def rechercher(self, requete: Requete) -> Self:
        """Axes whose wordings hold every word of `requete`, the most relevant first."""
        return (
            self.filter(requete.condition("cle_titre", "cle_texte"))
            .annotate(rang=requete.pertinence("cle_titre"))
            .order_by("-rang", "numero")
        )


class Axe(Publiable):
    """A priority of the pact, with its three wordings of the signed text and a short label."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    numero = models.PositiveSmallIntegerField("numéro", unique=True)
    titre = models.CharField(max_length=200, help_text="La formulation destinée au public.")
    libelle_officiel = models.CharField("libellé officiel", max_length=200)
    libelle_court = models.CharField("libellé court", max_length=120)
    etiquette = models.CharField(
        "étiquette", max_length=40, help_text="Deux ou trois mots, pour les listes et la carte."
    )
    presentation = models.TextField("présentation", blank=True, default="")
    cle_titre = CleDeRechercheField(sources=["nom_numerote", "titre", "etiquette"])
    cle_texte = CleDeRechercheField(sources=["libelle_officiel", "libelle_court", "presentation"])

    objects = AxeQuerySet.as_manager()
    historique = HistoricalRecords(
        excluded_fields=[*CHAMPS_DE_PUBLICATION, "cle_titre", "cle_texte"]
    )

    class Meta(Publiable.Meta):
        verbose_name = "axe"
        verbose_name_plural = "axes"
        ordering = ["numero"]
        permissions = droits_de_publication("axe", "un axe")
        constraints = [
            *Publiable.Meta.constraints,
            models.CheckConstraint(
                name="axe_numero_positif",
                condition=models.Q(numero__gt=0),
                violation_error_message="Un axe porte un numéro à partir de 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"Axe {self.numero} – {self.etiquette}"

    def get_absolute_url(self) -> str:
        return reverse("axes:detail", args=[self.numero])

    @property
    def nom_numerote(self) -> str:
        return f"Axe {self.numero}"
