"""Contracts, their volets and the objectives of these."""

from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Prefetch, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from axes.models import Axe
from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    PubliableQuerySet,
    droits_de_publication,
    q_visible,
)
from pacte.socle.recherche import Requete
from pacte.socle.texte import CleDeRechercheField


class ContratQuerySet(PubliableQuerySet["Contrat"]):
    def rechercher(self, requete: Requete) -> Self:
        """Contracts whose names or purpose hold every word of `requete`, most relevant first."""
        return (
            self.filter(requete.condition("cle_nom", "cle_texte"))
            .annotate(rang=requete.pertinence("cle_nom"))
            .order_by("-rang", "ordre")
        )

    def with_nb_actions(self) -> Self:
        """Add `nb_actions`, the visible actions of visible axes, and `nb_volets`."""
        visible = q_visible("volets__actions") & q_visible("volets__axe")
        return self.annotate(
            nb_actions=Count("volets__actions", filter=visible, distinct=True),
            nb_volets=Count("volets", filter=q_visible("volets__axe"), distinct=True),
        ).order_by("ordre", "sigle")

    def with_axes(self) -> Self:
        """Load `axes_visibles`, in order (one query)."""
        return self.prefetch_related(Prefetch("axes", Axe.objects.visibles(), "axes_visibles"))


class Contrat(Publiable):
    """An agreement between the State and the Department that carries out part of the pact."""

    INTERNES = frozenset({"ordre"})

    sigle = models.CharField(max_length=12)
    slug = models.SlugField("nom dans l’adresse", max_length=40, unique=True)
    nom = models.CharField("nom officiel", max_length=150, unique=True)
    autres_noms = models.CharField(
        "autres noms",
        max_length=300,
        blank=True,
        default="",
        help_text="Ceux que portent d’autres passages du texte, séparés par des virgules.",
    )
    perimetre = models.CharField(
        "périmètre",
        max_length=200,
        blank=True,
        default="",
        help_text="Les axes qu’il concerne, dans les mots du texte.",
    )
    annuel = models.BooleanField("renouvelé chaque année", default=False)
    annee_debut = models.PositiveSmallIntegerField("première année", null=True, blank=True)
    annee_fin = models.PositiveSmallIntegerField("dernière année", null=True, blank=True)
    presentation = models.TextField("présentation", blank=True, default="")
    ordre = models.PositiveSmallIntegerField(default=1)
    axes: "models.ManyToManyField[Axe, Volet]" = models.ManyToManyField(
        Axe, through="Volet", related_name="contrats"
    )
    cle_nom = CleDeRechercheField(sources=["nom", "sigle", "autres_noms"])
    cle_texte = CleDeRechercheField(sources=["presentation"])

    objects = ContratQuerySet.as_manager()
    historique = HistoricalRecords(excluded_fields=[*CHAMPS_DE_PUBLICATION, "cle_nom", "cle_texte"])

    class Meta(Publiable.Meta):
        verbose_name = "contrat"
        verbose_name_plural = "contrats"
        ordering = ["ordre", "sigle"]
        permissions = droits_de_publication("contrat", "un contrat")
        constraints = [
            *Publiable.Meta.constraints,
            models.CheckConstraint(
                name="contrat_annees_en_ordre",
                condition=Q(annee_debut__isnull=True)
                | Q(annee_fin__isnull=True)
                | Q(annee_debut__lte=F("annee_fin")),
                violation_error_message="La dernière année ne précède pas la première.",
            ),
        ]

    def __str__(self) -> str:
        return self.sigle

    @property
    def annonce(self) -> str:
        """How the public timeline says that it is published."""
        return f"Le contrat {self.sigle} est publié."

    def clean(self) -> None:
        """Keep the address that is printed in its reports."""
        super().clean()
        ancien = Contrat.objects.filter(pk=self.pk).first()
        if ancien is None or ancien.slug == self.slug:
            return
        if self.exercices.filter(rapports__isnull=False).exists():
            raise ValidationError({"slug": "Des rapports portent cette adresse : elle reste."})

    def get_absolute_url(self) -> str:
        return reverse("contrats:detail", args=[self.slug])


class VoletQuerySet(models.QuerySet["Volet"]):
    def visibles(self) -> Self:
        """Volets of a visible contract on a visible axis."""
        return self.filter(q_visible("contrat"), q_visible("axe"))

    def for_detail(self) -> Self:
        """What the pages of a contract and of an axis print of each volet (two queries)."""
        return self.select_related("contrat", "axe").with_nb_actions().prefetch_related("objectifs")

    def with_nb_actions(self) -> Self:
        """Add `nb_actions`, the number of visible actions."""
        nombre = Count("actions", filter=q_visible("actions"))
        return self.annotate(nb_actions=nombre).order_by("contrat__ordre", "axe__numero")


class Volet(models.Model):
    """The part of a contract devoted to one axis: the only place where an action can live."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    contrat = models.ForeignKey(Contrat, on_delete=models.PROTECT, related_name="volets")
    axe = models.ForeignKey(Axe, on_delete=models.PROTECT, related_name="volets")
    titre = models.CharField(max_length=200, blank=True, default="")
    part_etat_attendue = models.DecimalField(
        "part attendue de l’État (%)",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Sur l’argent de l’État et du Département réunis. Vide : aucune part promise.",
    )
    tolerance = models.DecimalField("tolérance (points)", max_digits=4, decimal_places=2, default=0)

    objects = VoletQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "volet"
        verbose_name_plural = "volets"
        ordering = ["contrat__ordre", "axe__numero"]
        constraints = [
            models.UniqueConstraint(
                name="volet_un_par_contrat_et_axe",
                fields=["contrat", "axe"],
                violation_error_message="Ce contrat a déjà un volet sur cet axe.",
            ),
            models.CheckConstraint(
                name="volet_part_etat_en_pourcentage",
                condition=Q(part_etat_attendue__isnull=True)
                | Q(part_etat_attendue__gte=0, part_etat_attendue__lte=100),
                violation_error_message="Une part va de 0 à 100 pour cent.",
            ),
            models.CheckConstraint(
                name="volet_tolerance_en_points",
                condition=Q(tolerance__gte=0, tolerance__lte=50),
                violation_error_message="Une tolérance va de 0 à 50 points.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contrat.sigle}, axe {self.axe.numero}"

    @property
    def prefixe_des_codes(self) -> str:
        """What the code of each of its actions starts with: « CLS-1- »."""
        return f"{self.contrat.sigle}-{self.axe.numero}-"

    def clean(self) -> None:
        if not self.pk or not self.actions.exists():
            return
        avant = Volet.objects.get(pk=self.pk)
        if (avant.contrat_id, avant.axe_id) != (self.contrat_id, self.axe_id):
            raise ValidationError("Ce volet porte des actions : il garde son contrat et son axe.")


class Objectif(models.Model):
    """An objective that the text gives to a volet; it may have no action yet."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    volet = models.ForeignKey(Volet, on_delete=models.PROTECT, related_name="objectifs")
    numero = models.PositiveSmallIntegerField("numéro")
    texte = models.CharField(max_length=300)

    historique = HistoricalRecords()

    class Meta:
        verbose_name = "objectif"
        verbose_name_plural = "objectifs"
        ordering = ["volet", "numero"]
        constraints = [
            models.UniqueConstraint(
                name="objectif_un_numero_par_volet",
                fields=["volet", "numero"],
                violation_error_message="Ce volet a déjà un objectif de ce numéro.",
            )
        ]

    def __str__(self) -> str:
        return self.texte
