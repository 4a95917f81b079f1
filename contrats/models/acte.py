"""The deeds, and who signed them."""

from datetime import date
from functools import partial
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import localdate
from simple_history.models import HistoricalRecords

from contrats.models.contrat import Contrat
from pacte.socle.documents import DocumentPdf
from pacte.socle.double_accord import StatutAccord
from pacte.socle.publication import q_visible
from partenaires.models import Partenaire


class TypeActe(models.TextChoices):
    CONVENTION = "convention", "convention"
    AVENANT = "avenant", "avenant"
    FINANCIER = "financier", "acte financier annuel"


class ActeQuerySet(models.QuerySet["Acte"]):
    def visibles(self) -> Self:
        """Signed deeds of the pact or of a visible contract: an unsigned one is a draft."""
        cadre = q_visible("contrat") | Q(contrat__isnull=True)
        return self.filter(cadre, signe_le__lte=localdate())


class Acte(models.Model):
    """A deed: convention, amendment or yearly financial deed, of a contract or of the pact.

    Its four dates are facts of their own; none of them tells where an action stands.
    """

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    contrat = models.ForeignKey(
        Contrat,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actes",
        help_text="Vide pour un acte du Pacte lui-même.",
    )
    type_acte = models.CharField("type", max_length=12, choices=TypeActe)
    numero = models.CharField("numéro", max_length=60, blank=True, default="")
    objet = models.CharField(max_length=200)
    delibere_le = models.DateField("date de délibération", null=True, blank=True)
    signe_le = models.DateField("date de signature", null=True, blank=True)
    effet_le = models.DateField("date d’effet", null=True, blank=True)
    fin_le = models.DateField("date de fin", null=True, blank=True)
    document = models.FileField(
        upload_to="actes/",
        blank=True,
        default="",
        validators=[FileExtensionValidator(["pdf"]), DocumentPdf()],
        help_text="Le document signé, en PDF de 10 Mo au plus.",
    )

    objects = ActeQuerySet.as_manager()
    # A document that was replaced is gone: no older version may bring its name back.
    historique = HistoricalRecords(excluded_fields=["document"])

    class Meta:
        verbose_name = "acte"
        verbose_name_plural = "actes"
        ordering = ["-signe_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="acte_fin_apres_effet",
                condition=Q(fin_le__isnull=True)
                | Q(effet_le__isnull=True)
                | Q(fin_le__gte=F("effet_le")),
                violation_error_message="La fin d’un acte ne précède pas sa date d’effet.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_type_acte_display().capitalize()} – {self.objet}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and drop the document that another replaced: it was an error, maybe a secret."""
        anciens = Acte.objects.filter(pk=self.pk).exclude(document="")
        ancien = anciens.values_list("document", flat=True).first()
        super().save(*args, **kwargs)
        if ancien and ancien != self.document.name:
            self._jeter(ancien)

    def get_absolute_url(self) -> str:
        """The address of the document, « » without one."""
        return reverse("contrats:document", args=[self.pk]) if self.document else ""

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, and drop the document: only a deed that nobody signed is deleted."""
        nom = self.document.name
        faits = super().delete(*args, **kwargs)
        if nom:
            self._jeter(nom)
        return faits

    def _jeter(self, nom: str) -> None:
        transaction.on_commit(partial(self.document.storage.delete, nom), robust=True)

    @property
    def est_public(self) -> bool:
        """The rule of `visibles()` on one row."""
        est_signe = self.signe_le is not None and self.signe_le <= localdate()
        return est_signe and (self.contrat is None or self.contrat.est_visible)

    @property
    def taille_du_document(self) -> int | None:
        """The size of the document in bytes, None when its file is missing."""
        try:
            return self.document.size if self.document else None
        except FileNotFoundError:
            return None

    def clean(self) -> None:
        if self.signe_le and self.signe_le > localdate():
            raise ValidationError({"signe_le": "Un acte signé l’est au plus tard aujourd’hui."})
        if self.pk and self.signatures.exclude(acte__contrat=self.contrat).exists():
            raise ValidationError({"contrat": "Cet acte est signé : il garde son contrat."})
        if self.pk and self.contrat_id:
            ailleurs = self.actions.exclude(volet__contrat=self.contrat_id)
            if ailleurs.exists():
                message = "Cet acte inscrit des actions d’un autre contrat : les rattacher d’abord."
                raise ValidationError({"contrat": message})


class SignatureQuerySet(models.QuerySet["Signature"]):
    def publiques(self) -> Self:
        """Signatures of visible partners on signed deeds, the first ones first."""
        return self.filter(
            q_visible("partenaire"), acte__in=Acte.objects.visibles()
        ).select_related("acte__contrat", "partenaire")

    def premiere_date(self) -> date | None:
        """Return the day of the first of these signatures, None when no date is known.

        A signature without a date was given on the day of its deed.
        """
        dates = (signature.signe_le or signature.acte.signe_le for signature in self)
        return min((jour for jour in dates if jour), default=None)


class Signature(models.Model):
    """A partner signed a deed, in some capacity, on some date."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    acte = models.ForeignKey(Acte, on_delete=models.CASCADE, related_name="signatures")
    partenaire = models.ForeignKey(Partenaire, on_delete=models.PROTECT, related_name="signatures")
    qualite = models.CharField(
        "qualité",
        max_length=120,
        blank=True,
        default="",
        help_text="La fonction de la personne qui signe, par exemple « préfet ».",
    )
    signe_le = models.DateField("date de signature", null=True, blank=True)

    objects = SignatureQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "signature"
        verbose_name_plural = "signatures"
        ordering = ["signe_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="signature_une_par_partenaire",
                fields=["acte", "partenaire"],
                violation_error_message="Ce partenaire a déjà signé cet acte.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.partenaire} – {self.acte}"

    def clean(self) -> None:
        """Refuse who asked to take part and has not both agreements; the database does too."""
        if self.partenaire_id and self.acte_id and not self._est_permise():
            raise ValidationError(
                {
                    "partenaire": "Cette organisation a demandé à prendre part : elle signe après "
                    "l’accord de l’État et du Département, depuis l’écran de sa demande."
                }
            )

    def _est_permise(self) -> bool:
        """The rule of the trigger `signature_apres_accord`."""
        contrat = self.acte.contrat_id
        deja = self.partenaire.signatures.filter(**{"acte__contrat": contrat} if contrat else {})
        if self.partenaire.partie or deja.exists():
            return True
        demandes = self.partenaire.adhesions.exclude(statut=StatutAccord.RETIREE)
        if not demandes:
            return not self.partenaire.est_candidat
        accordees = {demande.contrat_id for demande in demandes if demande.est_accordee}
        return contrat in accordees or (contrat is None and bool(accordees))
