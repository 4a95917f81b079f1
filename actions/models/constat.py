"""What the territorial diagnosis found, and which actions answer it."""

from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from actions.models.action import Action
from actions.models.cible import Public, Territoire
from actions.models.secret import PERSONNES_ENTIERES, PETIT_NOMBRE, compte_juste, publier_serie
from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    PubliableQuerySet,
    droits_de_publication,
)
from pacte.socle.recherche import Requete
from pacte.socle.texte import CleDeRechercheField
from pacte.socle.typographie import INSECABLE, nombre_fr


class ConstatQuerySet(PubliableQuerySet["Constat"]):
    def for_liste(self) -> Self:
        """What the page and the exports print: territories, publics, visible actions."""
        reponses = Prefetch("actions", Action.objects.visibles().par_titre())
        return self.prefetch_related("territoires", "publics", reponses)

    def rechercher(self, requete: Requete) -> Self:
        """Findings that hold every word of `requete`, in the order of their page."""
        return self.filter(requete.condition("cle_texte"))

    def sans_reponse(self) -> Self:
        """Visible findings that no visible action answers."""
        reponses = Action.objects.visibles().filter(constats=OuterRef("pk"))
        return self.visibles().filter(~Exists(reponses))


class Constat(Publiable):
    """A finding of the diagnosis, shared by the actions that answer it.

    `Action.constat` is something else: a sentence that the sheet of one action quotes.
    """

    INTERNES = frozenset({"ordre", "compte_personnes"})

    enonce = models.CharField(
        "énoncé",
        max_length=300,
        help_text="Ce que le diagnostic constate, en une phrase, dans ses mots.",
    )
    chiffre = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Vide : non communiqué. Un chiffre a une unité, une année et une source.",
    )
    unite = models.CharField(
        "unité",
        max_length=40,
        blank=True,
        default="",
        help_text="Par exemple « % », « personnes », « ménages ».",
    )
    annee = models.PositiveSmallIntegerField(
        "année",
        null=True,
        blank=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
        help_text="L’année que le chiffre mesure.",
    )
    source = models.CharField(
        max_length=200, blank=True, default="", help_text="D’où il vient : qui l’a compté, et où."
    )
    compte_personnes = models.BooleanField(
        "compte des personnes", default=False, help_text="De 1 à 4, le site dit « moins de 5 »."
    )
    territoires = models.ManyToManyField(
        Territoire, blank=True, related_name="constats", help_text="Vide : non communiqué."
    )
    publics = models.ManyToManyField(
        Public, blank=True, related_name="constats", help_text="Vide : non communiqué."
    )
    actions = models.ManyToManyField(
        Action,
        verbose_name="actions qui y répondent",
        blank=True,
        related_name="constats",
        help_text="Vide : le site dit qu’aucune action n’y est rattachée.",
    )
    ordre = models.PositiveSmallIntegerField(default=1, help_text="Sa place sur la page.")
    cle_texte = CleDeRechercheField(sources=["enonce", "source"])

    objects = ConstatQuerySet.as_manager()
    historique = HistoricalRecords(
        excluded_fields=[*CHAMPS_DE_PUBLICATION, "cle_texte"],
        m2m_fields=[territoires, publics, actions],
    )

    class Meta(Publiable.Meta):
        verbose_name = "constat du diagnostic"
        verbose_name_plural = "constats du diagnostic"
        ordering = ["ordre", "pk"]
        permissions = droits_de_publication("constat", "un constat du diagnostic")
        constraints = [
            *Publiable.Meta.constraints,
            models.CheckConstraint(
                name="constat_chiffre_situe",
                condition=Q(chiffre__isnull=True)
                | (~Q(unite="") & Q(annee__isnull=False) & ~Q(source="")),
                violation_error_message="Un chiffre a une unité, une année et une source.",
            ),
            models.CheckConstraint(
                name="constat_unite_d_un_chiffre",
                condition=Q(unite="") | Q(chiffre__isnull=False),
                violation_error_message="Une unité est celle d’un chiffre : le donner, ou vider "
                "l’unité.",
            ),
        ]

    def __str__(self) -> str:
        return self.enonce

    def get_absolute_url(self) -> str:
        return f"{reverse('actions:diagnostic')}#constat-{self.pk}"

    def clean(self) -> None:
        super().clean()
        if self.compte_personnes and not compte_juste(self.chiffre):
            raise ValidationError({"chiffre": PERSONNES_ENTIERES})

    @property
    def chiffre_public(self) -> Decimal | str | None:
        """The figure as it may be published: None when unknown, in words when it is masked."""
        (publie,) = publier_serie(
            [self.chiffre], compte_personnes=self.compte_personnes, cumulatif=False
        )
        return PETIT_NOMBRE if publie.est_masquee else publie.valeur

    @property
    def mesure(self) -> str:
        """« 14,2 % », « moins de 5 personnes », "" when unknown."""
        chiffre = self.chiffre_public
        if chiffre is None:
            return ""
        dit = chiffre if isinstance(chiffre, str) else nombre_fr(chiffre)
        return f"{dit}{INSECABLE}{self.unite}"

    @property
    def origine(self) -> str:
        """« 2024, Insee », what is unknown left out."""
        return ", ".join(str(partie) for partie in (self.annee, self.source) if partie)
