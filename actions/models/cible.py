"""For whom and where: the publics and the territories of actions."""

from typing import Self

from django.db import models
from simple_history.models import HistoricalRecords

from actions.models.visibilite import q_action_visible
from pacte.socle.texte import CleDeRechercheField


class PublicQuerySet(models.QuerySet["Public"]):
    def avec_actions(self) -> Self:
        """Publics whom an action on the site serves, in their order."""
        return self.filter(q_action_visible("actions")).distinct()


class Public(models.Model):
    """People whom actions serve, as the wordings name them."""

    INTERNES = frozenset({"ordre"})

    code = models.SlugField(max_length=40, unique=True)
    nom = models.CharField(max_length=80, unique=True)
    ordre = models.PositiveSmallIntegerField(default=1)
    cle_nom = CleDeRechercheField(sources=["nom"])

    objects = PublicQuerySet.as_manager()
    historique = HistoricalRecords(excluded_fields=["cle_nom"])

    class Meta:
        verbose_name = "public"
        verbose_name_plural = "publics"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom


class NatureTerritoire(models.TextChoices):
    DEPARTEMENT = "departement", "département"
    EPCI = "epci", "intercommunalité"


class Territoire(models.Model):
    """The whole Department, or an EPCI by its SIREN."""

    INTERNES = frozenset({"nature", "ordre"})

    code = models.CharField(max_length=20, unique=True)
    nom = models.CharField(max_length=80, unique=True)
    nature = models.CharField(max_length=12, choices=NatureTerritoire)
    ordre = models.PositiveSmallIntegerField(default=1)

    historique = HistoricalRecords()

    class Meta:
        verbose_name = "territoire"
        verbose_name_plural = "territoires"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom
