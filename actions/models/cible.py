"""For what, for whom and where: the needs, the publics and the territories of actions."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef
from simple_history.models import HistoricalRecords

from actions.models.visibilite import q_action_visible
from pacte.socle.texte import CleDeRechercheField

UneCible = TypeVar("UneCible", bound=models.Model)


class CibleQuerySet(models.QuerySet[UneCible]):
    def avec_actions(self) -> Self:
        """Those that an action on the site serves, in their order."""
        liens = self.model.actions.through.objects.filter(  # type: ignore[attr-defined]  # of each
            q_action_visible("action")
        )
        return self.filter(Exists(liens.filter(**{self.model._meta.model_name: OuterRef("pk")})))


class Besoin(models.Model):
    """What a person looks for, in the words of that person: « me déplacer »."""

    INTERNES = frozenset({"ordre"})

    code = models.SlugField(max_length=40, unique=True)
    nom = models.CharField(
        max_length=80,
        unique=True,
        help_text="Comme la personne le dit, après « de l’aide pour » : « me déplacer ».",
    )
    ordre = models.PositiveSmallIntegerField(default=1)
    a_confirmer = models.BooleanField(
        "rapprochement à confirmer",
        default=False,
        help_text="Les actions qui y répondent ont été rapprochées par le portail, d’après leurs "
        "libellés : le texte ne le dit pas. Le site le signale.",
    )

    objects = CibleQuerySet["Besoin"].as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "besoin"
        verbose_name_plural = "besoins"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom


class Public(models.Model):
    """People whom actions serve, as the wordings name them."""

    INTERNES = frozenset({"ordre"})

    code = models.SlugField(max_length=40, unique=True)
    nom = models.CharField(max_length=80, unique=True)
    ordre = models.PositiveSmallIntegerField(default=1)
    cle_nom = CleDeRechercheField(sources=["nom"])

    objects = CibleQuerySet["Public"].as_manager()
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
