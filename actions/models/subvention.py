"""A grant of one of the parties to a partner of private law, as the law wants it published.

Law 2000-321, article 10, and decree 2017-779: above 23,000 €, the essential data of the convention
are published within three months. They are those of the national schema « SCDL subventions » 2.1.1.
"""

import re
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.timezone import localdate
from simple_history.models import HistoricalRecords

from actions.models.visibilite import q_action_visible
from pacte.socle.delais import ajouter_des_mois
from pacte.socle.montants import MontantField, euros
from pacte.socle.publication import q_visible
from pacte.socle.typographie import INSECABLE, date_fr, nombre_fr
from partenaires.models import NaturePartenaire, Partenaire

SEUIL_DE_PUBLICATION = Decimal(23000)
MOIS_POUR_PUBLIER = 3
ENTIERE = Decimal("1.00")
# The national schema knows only numbers of nine digits.
RNA_DU_SCHEMA = r"^W[0-9]{9}$"
DROIT_PUBLIC = (
    NaturePartenaire.COLLECTIVITE,
    NaturePartenaire.ETAT,
    NaturePartenaire.ETABLISSEMENT_PUBLIC,
    NaturePartenaire.OPERATEUR,
    NaturePartenaire.CHAMBRE,
)


class NatureSubvention(models.TextChoices):
    """The words of the national schema."""

    NUMERAIRE = "numeraire", "aide en numéraire"
    EN_NATURE = "nature", "aide en nature"
    LES_DEUX = "les_deux", "aide en numéraire;aide en nature"


def _q_complete() -> Q:
    """Return « nothing that the schema asks for is missing »."""
    connue = {f"{nom}__isnull": False for nom in ("convention_le", "montant", "notifiee_ue")}
    identifie = ~Q(beneficiaire__siret="") | Q(beneficiaire__rna__regex=RNA_DU_SCHEMA)
    return (
        Q(**connue, verse_du__isnull=False)
        & ~Q(conditions="")
        & ~Q(attribuant__siret="")
        & identifie
    )


def _q_publique() -> Q:
    cadre = q_action_visible("action") & q_visible("attribuant") & q_visible("beneficiaire")
    return cadre & _q_complete() & Q(convention_le__lte=localdate())


class SubventionQuerySet(models.QuerySet["Subvention"]):
    def publiques(self) -> Self:
        """Complete grants of visible actions between visible partners, once agreed."""
        return self.filter(_q_publique())

    def a_publier(self) -> Self:
        """Conventions that the law wants published and that are not, the oldest first."""
        dues = self.filter(montant__gt=SEUIL_DE_PUBLICATION, convention_le__lte=localdate())
        return dues.exclude(pk__in=self.publiques().values("pk")).order_by("convention_le", "pk")

    def for_liste(self) -> Self:
        """What a list of grants prints, in one query."""
        cadre = ("action__volet__contrat", "action__volet__axe")
        return self.select_related(*cadre, "attribuant", "beneficiaire")


class Subvention(models.Model):
    """One convention for one beneficiary: several beneficiaries are several rows that share it."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    action = models.ForeignKey("Action", on_delete=models.PROTECT, related_name="subventions")
    attribuant = models.ForeignKey(
        Partenaire,
        on_delete=models.PROTECT,
        related_name="subventions_attribuees",
        limit_choices_to=~Q(partie=""),
        help_text="La partie qui verse.",
    )
    beneficiaire = models.ForeignKey(
        Partenaire,
        verbose_name="bénéficiaire",
        on_delete=models.PROTECT,
        related_name="subventions_recues",
        help_text="Un organisme de droit privé ; sa fiche donne son SIRET, ou son RNA.",
    )
    objet = models.CharField(max_length=256)
    convention_le = models.DateField("date de la convention", null=True, blank=True)
    reference = models.CharField("référence de la décision", max_length=80, blank=True, default="")
    montant = MontantField(
        "montant total", help_text="En euros, avant partage entre plusieurs bénéficiaires."
    )
    part = models.DecimalField(
        "part du bénéficiaire",
        max_digits=3,
        decimal_places=2,
        default=ENTIERE,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(ENTIERE)],
        help_text="1 s’il est seul ; 0,45 s’il reçoit 45 % du montant.",
    )
    nature = models.CharField(
        max_length=10, choices=NatureSubvention, default=NatureSubvention.NUMERAIRE
    )
    conditions = models.CharField(
        "conditions de versement",
        max_length=256,
        blank=True,
        default="",
        help_text="« unique », « échelonné », ou une phrase.",
    )
    verse_du = models.DateField(
        "versée le, ou à partir du", null=True, blank=True, help_text="Le premier versement."
    )
    verse_au = models.DateField(
        "jusqu’au", null=True, blank=True, help_text="Vide pour un versement unique."
    )
    notifiee_ue = models.BooleanField(
        "aide notifiée à l’Union européenne",
        null=True,
        blank=True,
        help_text="Aide « de minimis », règlement 1407/2013.",
    )
    id_rae = models.CharField(
        "numéro au répertoire des aides aux entreprises", max_length=5, blank=True, default=""
    )
    dispositif = models.CharField("dispositif d’aide", max_length=80, blank=True, default="")

    objects = SubventionQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "subvention"
        verbose_name_plural = "subventions"
        ordering = ["-convention_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="subvention_un_beneficiaire_par_convention",
                fields=["attribuant", "beneficiaire", "convention_le", "reference", "objet"],
                violation_error_message="Ce bénéficiaire a déjà une ligne pour cette convention.",
            ),
            models.CheckConstraint(
                name="subvention_montant_positif",
                condition=Q(montant__isnull=True) | Q(montant__gte=0),
                violation_error_message="Un montant n’est pas négatif.",
            ),
            models.CheckConstraint(
                name="subvention_part_d_un_tout",
                condition=Q(part__gte=Decimal("0.01")) & Q(part__lte=ENTIERE),
                violation_error_message="Une part va de 0,01 à 1.",
            ),
            models.CheckConstraint(
                name="subvention_versements_en_ordre",
                condition=Q(verse_au__isnull=True)
                | Q(verse_du__isnull=False, verse_au__gte=F("verse_du")),
                violation_error_message="Les versements finissent après avoir commencé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attribuant.nom_court} à {self.beneficiaire.nom_court}"

    def clean(self) -> None:
        """Refuse a grant that does not go from a party to private law, or shares over the whole."""
        if self.attribuant_id and not self.attribuant.partie:
            raise ValidationError({"attribuant": "Seuls l’État et le Département attribuent ici."})
        if self.beneficiaire_id and (
            self.beneficiaire.partie or self.beneficiaire.nature in DROIT_PUBLIC
        ):
            raise ValidationError(
                {"beneficiaire": "Une subvention va à un organisme de droit privé."}
            )
        if self.attribuant_id and self.part and self._autres_parts() + self.part > ENTIERE:
            raise ValidationError({"part": "Les parts de cette convention dépassent 1."})

    def _autres_parts(self) -> Decimal:
        """Return what the other rows of the same convention share; a reference tells it."""
        if not (self.reference and self.convention_le):
            return Decimal()
        meme = Subvention.objects.filter(
            attribuant=self.attribuant_id,
            reference=self.reference,
            convention_le=self.convention_le,
        )
        return meme.exclude(pk=self.pk).aggregate(somme=Sum("part"))["somme"] or Decimal()

    @property
    def a_publier_avant_le(self) -> date | None:
        """The last day that the law leaves to publish it; None when it asks nothing, or not yet."""
        if self.convention_le is None or (self.montant or 0) <= SEUIL_DE_PUBLICATION:
            return None
        return ajouter_des_mois(self.convention_le, MOIS_POUR_PUBLIER)

    @property
    def manques(self) -> list[str]:
        """What is missing before it may be published, in words; nothing for one that is public."""
        volet = self.action.volet
        est_a_venir = self.convention_le is not None and self.convention_le > localdate()
        identifie = self.beneficiaire.siret or re.fullmatch(RNA_DU_SCHEMA, self.beneficiaire.rna)
        dits = [
            (self.convention_le, "la date de la convention"),
            (not est_a_venir, "le jour de la convention"),
            (self.montant is not None, "le montant"),
            (self.conditions, "les conditions de versement"),
            (self.verse_du, "la date de versement"),
            (self.notifiee_ue is not None, "la notification à l’Union européenne"),
            (self.attribuant.siret, "le SIRET de l’attribuant"),
            (identifie, "le SIRET du bénéficiaire, ou son RNA à neuf chiffres"),
            (self.attribuant.est_visible, "la fiche de l’attribuant, à publier"),
            (self.beneficiaire.est_visible, "la fiche du bénéficiaire, à publier"),
            (self.action.est_visible, "l’action, à publier"),
            (volet.contrat.est_visible, "le contrat de l’action, à publier"),
            (volet.axe.est_visible, "l’axe de l’action, à publier"),
        ]
        return [nom for connu, nom in dits if not connu]

    @property
    def montant_en_euros(self) -> str:
        """« 47 800,20 € », what the convention gives to all its beneficiaries; "" when unknown."""
        return "" if self.montant is None else euros(self.montant)

    @property
    def part_dite(self) -> str:
        """« 45 % », "" when the beneficiary is alone."""
        return "" if self.part == ENTIERE else f"{nombre_fr(self.part * 100)}{INSECABLE}%"

    @property
    def versement(self) -> str:
        """« le 1er mars 2026 », « du 1er mars au 1er juin 2026 », "" when unknown."""
        if self.verse_au and self.verse_au != self.verse_du:
            return f"du {date_fr(self.verse_du)} au {date_fr(self.verse_au)}"
        return f"le {date_fr(self.verse_du)}" if self.verse_du else ""

    @property
    def periode(self) -> str | None:
        """The day of the payment, or the first and the last, as the schema writes them."""
        jours = [jour.isoformat() for jour in (self.verse_du, self.verse_au) if jour]
        return "/".join(jours) or None
