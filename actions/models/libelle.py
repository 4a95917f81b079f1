"""The wordings of an action, each with the text it was found in."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from actions.models.visibilite import q_action_visible
from pacte.socle.texte import CleDeRechercheField
from partenaires.models import Partenaire

LIBELLES_LUS = 5_000


class Source(models.Model):
    """A list of a public text in which actions are worded."""

    INTERNES = frozenset({"code", "ordre"})

    code = models.SlugField(max_length=40, unique=True)
    titre = models.CharField(max_length=200, help_text="Dit au lecteur d’où vient le libellé.")
    ordre = models.PositiveSmallIntegerField(default=1)

    historique = HistoricalRecords()

    class Meta:
        verbose_name = "source"
        verbose_name_plural = "sources"
        ordering = ["ordre", "code"]

    def __str__(self) -> str:
        return self.titre


class LibelleQuerySet(models.QuerySet["Libelle"]):
    def publics(self) -> Self:
        """Wordings of visible actions."""
        return self.filter(q_action_visible("action")).order_by()

    def vocabulaire(self) -> Self:
        """The public wordings that tell which words are known: those of the newest actions.

        A few thousand hold nearly every word of the language; reading more would cost each fault.
        """
        derniers = self.publics().order_by("-action", "-pk")[:LIBELLES_LUS]
        return self.publics().filter(pk__in=derniers.values("pk"))


class Libelle(models.Model):
    """One wording of an action, letter for letter, with its source; one of them is official."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    action = models.ForeignKey("Action", on_delete=models.CASCADE, related_name="libelles")
    texte = models.CharField(max_length=400)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="libelles")
    officiel = models.BooleanField(
        default=False, help_text="Le libellé du contrat lui-même ; un seul par action."
    )
    partenaires_cites = models.ManyToManyField(
        Partenaire,
        blank=True,
        related_name="citations",
        help_text="Les organisations que ce libellé nomme, sans dire leur rôle.",
    )
    cle_texte = CleDeRechercheField(sources=["texte"])

    objects = LibelleQuerySet.as_manager()
    historique = HistoricalRecords(excluded_fields=["cle_texte"], m2m_fields=[partenaires_cites])

    class Meta:
        verbose_name = "libellé"
        verbose_name_plural = "libellés"
        ordering = ["-officiel", "source__ordre", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="libelle_un_seul_officiel",
                fields=["action"],
                condition=Q(officiel=True),
                violation_error_message="Cette action a déjà un libellé officiel.",
            ),
            models.UniqueConstraint(
                name="libelle_une_fois_par_source",
                fields=["source", "texte"],
                violation_error_message="Ce libellé de cette source est déjà porté par une action.",
            ),
        ]

    def __str__(self) -> str:
        return self.texte
