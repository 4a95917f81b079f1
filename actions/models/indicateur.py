"""What is measured, each year, against which target."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from simple_history.models import HistoricalRecords

from actions.models.cloture import LigneAnnuelle, annees_closes
from actions.models.secret import (
    PERSONNES_ENTIERES,
    PETIT_NOMBRE,
    PETITE_DIFFERENCE,
    SEUIL_DU_SECRET,
    Publie,
    compte_juste,
    publier_serie,
)
from actions.models.visibilite import q_action_visible
from contrats.models import Annee
from pacte.socle.typographie import nombre_fr
from partenaires.models import Partenaire

if TYPE_CHECKING:
    from actions.models.action import Action


class SensIndicateur(models.TextChoices):
    HAUSSE = "hausse", "plus, c’est mieux"
    BAISSE = "baisse", "moins, c’est mieux"


class NiveauIndicateur(models.TextChoices):
    NATIONAL = "national", "national"
    CONTRACTUEL = "contractuel", "contractuel"
    LOCAL = "local", "local"


class PositionIndicateur(models.TextChoices):
    """Computed, never stored."""

    A_LA_CIBLE = "a_la_cible", "cible atteinte"
    EN_DECA = "en_deca", "cible non atteinte"
    PAS_MESURE = "pas_mesure", "pas encore mesuré"
    SANS_CIBLE = "sans_cible", "sans cible"
    SECRET = "secret", "secret statistique"


@dataclass(frozen=True)
class AnneeMesuree:
    """One year as pages print it: the value in words, the target, provisional or not.

    `publiee` and `visee` are the same two for programs: None when masked or unknown.
    """

    annee: int
    valeur: str
    cible: str
    est_provisoire: bool
    publiee: Decimal | None
    visee: Decimal | None


def situer(valeur: Decimal, cible: Decimal | None, sens: str) -> PositionIndicateur:
    """Return where a value that may be published stands."""
    if cible is None:
        return PositionIndicateur.SANS_CIBLE
    ecart = valeur - cible
    atteinte = ecart >= 0 if sens == SensIndicateur.HAUSSE else ecart <= 0
    return PositionIndicateur.A_LA_CIBLE if atteinte else PositionIndicateur.EN_DECA


class IndicateurQuerySet(models.QuerySet["Indicateur"]):
    def publics(self) -> Self:
        """Indicators of visible actions, with their values (two queries)."""
        publics = self.filter(q_action_visible("action"))
        return publics.select_related("action").prefetch_related("releves")

    def positions(self) -> Counter[PositionIndicateur]:
        """Count the public indicators by `position`: what each of them would say (three queries).

        The last measured year of each is compared in the database; only the series where what is
        published depends on the years before are read.
        """
        publics = self.filter(q_action_visible("action"))
        releves = Releve.objects.filter(indicateur__in=publics, valeur__isnull=False)
        en_serie = Q(indicateur__compte_personnes=True, indicateur__cumulatif=True)
        nombres = Counter(releves.exclude(en_serie).compter_les_derniers())
        nombres.update(releves.filter(en_serie).situer_les_series())
        non_mesures = publics.count() - nombres.total()
        return nombres + Counter({PositionIndicateur.PAS_MESURE: non_mesures})


class Indicateur(models.Model):
    """One measure of an action: unit, direction, baseline, source and method."""

    INTERNES = frozenset({"sens", "niveau", "compte_personnes"})

    action = models.ForeignKey("Action", on_delete=models.CASCADE, related_name="indicateurs")
    libelle = models.CharField("libellé", max_length=200)
    unite = models.CharField(
        "unité", max_length=40, help_text="Par exemple « personnes », « jours », « % »."
    )
    sens = models.CharField(max_length=6, choices=SensIndicateur, default=SensIndicateur.HAUSSE)
    niveau = models.CharField(
        max_length=11, choices=NiveauIndicateur, default=NiveauIndicateur.LOCAL
    )
    cumulatif = models.BooleanField(
        "se cumule d’année en année", default=False, help_text="Vide : chaque année repart de zéro."
    )
    compte_personnes = models.BooleanField(
        "compte des personnes", default=False, help_text="De 1 à 4, le site dit « moins de 5 »."
    )
    reference = models.DecimalField(
        "situation de départ", max_digits=12, decimal_places=2, null=True, blank=True
    )
    reference_annee = models.PositiveSmallIntegerField("année de départ", null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, default="")
    methode = models.TextField("méthode", blank=True, default="")
    responsable = models.ForeignKey(
        Partenaire,
        verbose_name="partenaire responsable",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="indicateurs",
    )

    objects = IndicateurQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "indicateur"
        verbose_name_plural = "indicateurs"
        ordering = ["action", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="indicateur_un_libelle_par_action",
                fields=["action", "libelle"],
                violation_error_message="Cette action a déjà un indicateur de ce libellé.",
            ),
            models.CheckConstraint(
                name="indicateur_a_une_unite",
                condition=~Q(unite=""),
                violation_error_message="Un indicateur a une unité, par exemple « personnes ».",
            ),
        ]

    def __str__(self) -> str:
        return self.libelle

    @property
    def annees_closes(self) -> set[int]:
        """The years of its values whose exercise is closed (two queries)."""
        mesurees = self.releves.values_list("annee_id", flat=True)
        return set(annees_closes(self.action_id)) & set(mesurees)

    @property
    def annees(self) -> list[AnneeMesuree]:
        """Each year with a value or a target, as it may be published; reads loaded values."""
        return [
            AnneeMesuree(
                releve.annee_id,
                self._dire(publie),
                "" if releve.cible is None else nombre_fr(releve.cible),
                not releve.definitif and releve.valeur is not None,
                publie.valeur,
                releve.cible,
            )
            for releve, publie in self._serie()
        ]

    @property
    def depart(self) -> str:
        """The baseline as it may be published, "" when unknown."""
        (publie,) = publier_serie(
            [self.reference], compte_personnes=self.compte_personnes, cumulatif=False
        )
        return self._dire(publie)

    @property
    def position(self) -> PositionIndicateur:
        """Where the last measured year stands; nothing is told of a masked value."""
        mesures = [(r.valeur, r.cible, p) for r, p in self._serie() if r.valeur is not None]
        if not mesures:
            return PositionIndicateur.PAS_MESURE
        valeur, cible, publie = mesures[-1]
        if publie.est_masquee:
            return PositionIndicateur.SECRET
        return situer(valeur, cible, self.sens)

    def _serie(self) -> list[tuple["Releve", Publie]]:
        releves = sorted(self.releves.all(), key=lambda releve: releve.annee_id)
        publies = publier_serie(
            [releve.valeur for releve in releves],
            compte_personnes=self.compte_personnes,
            cumulatif=self.cumulatif,
        )
        return list(zip(releves, publies, strict=True))

    def _dire(self, publie: Publie) -> str:
        if publie.est_masquee:
            return PETITE_DIFFERENCE if publie.que_de_plus else PETIT_NOMBRE
        return "" if publie.valeur is None else nombre_fr(publie.valeur)


class ReleveQuerySet(models.QuerySet["Releve"]):
    def compter_les_derniers(self) -> dict[PositionIndicateur, int]:
        """Count by position the last year of each indicator of these values (one query)."""
        suivants = Releve.objects.filter(
            indicateur=OuterRef("indicateur"), annee__gt=OuterRef("annee"), valeur__isnull=False
        )
        peu = Q(indicateur__compte_personnes=True, valeur__gt=0, valeur__lt=SEUIL_DU_SECRET)
        atteinte = Q(indicateur__sens=SensIndicateur.HAUSSE, valeur__gte=F("cible")) | Q(
            indicateur__sens=SensIndicateur.BAISSE, valeur__lte=F("cible")
        )
        position = Case(
            When(peu, then=Value(PositionIndicateur.SECRET)),
            When(cible__isnull=True, then=Value(PositionIndicateur.SANS_CIBLE)),
            When(atteinte, then=Value(PositionIndicateur.A_LA_CIBLE)),
            default=Value(PositionIndicateur.EN_DECA),
        )
        derniers = self.filter(~Exists(suivants)).values_list(position)
        return {PositionIndicateur(p): n for p, n in derniers.annotate(nombre=Count("pk"))}

    def situer_les_series(self) -> Iterator[PositionIndicateur]:
        """Return the position of each indicator of these values, masked by its series (one query).

        All of them count people and add up from year to year.
        """
        lignes = self.order_by("indicateur", "annee").values_list(
            "indicateur", "indicateur__sens", "valeur", "cible"
        )
        for (_, sens), serie in groupby(lignes, key=itemgetter(0, 1)):
            valeurs, cibles = zip(*((valeur, cible) for *_, valeur, cible in serie), strict=True)
            *_, publie = publier_serie(valeurs, compte_personnes=True, cumulatif=True)
            yield (
                PositionIndicateur.SECRET
                if publie.valeur is None
                else situer(publie.valeur, cibles[-1], sens)
            )


class Releve(LigneAnnuelle):
    """An indicator in a year: its target and its value, each possibly unknown."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()
    VOLET = "indicateur__action__volet"

    indicateur = models.ForeignKey(Indicateur, on_delete=models.CASCADE, related_name="releves")
    annee = models.ForeignKey(
        Annee, verbose_name="année", on_delete=models.PROTECT, related_name="releves"
    )
    cible = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    valeur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    definitif = models.BooleanField("définitif", default=False)

    objects = ReleveQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "relevé"
        verbose_name_plural = "relevés"
        ordering = ["annee"]
        constraints = [
            models.UniqueConstraint(
                name="releve_un_par_annee",
                fields=["indicateur", "annee"],
                violation_error_message="Cet indicateur a déjà un relevé pour cette année.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annee_id}"

    @property
    def action_concernee(self) -> "Action":
        return self.indicateur.action

    def clean(self) -> None:
        super().clean()
        if not self.indicateur_id or not self.indicateur.compte_personnes:
            return
        for champ in ("cible", "valeur"):
            if not compte_juste(getattr(self, champ)):
                raise ValidationError({champ: PERSONNES_ENTIERES})
