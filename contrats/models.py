"""The frame: the pact, its contracts, their volets and objectives, the deeds and who signed."""

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Count, F, Prefetch, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from simple_history.models import HistoricalRecords

from axes.models import Axe
from contrats.documents import DocumentPdf
from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    PubliableQuerySet,
    droits_de_publication,
    q_visible,
)
from pacte.socle.recherche import Requete
from pacte.socle.texte import CleDeRechercheField
from partenaires.models import Partenaire


class PacteQuerySet(models.QuerySet):
    def actuel(self):
        """Return the pact of this portal; an empty, unsaved one before any data is loaded."""
        return self.first() or Pacte(annee_debut=None, annee_fin=None)


class Pacte(models.Model):
    """The roadmap itself. One row: another Department installs another portal."""

    nom = models.CharField(max_length=100, default="Pacte local des solidarités")
    territoire = models.CharField(max_length=80, help_text="Par exemple « Hautes-Alpes ».")
    dans_le_territoire = models.CharField(
        "complément de lieu", max_length=80, help_text="Par exemple « dans les Hautes-Alpes »."
    )
    du_territoire = models.CharField(
        "complément du nom", max_length=80, help_text="Par exemple « des Hautes-Alpes »."
    )
    annee_debut = models.PositiveSmallIntegerField("première année")
    annee_fin = models.PositiveSmallIntegerField("dernière année")
    presentation = models.TextField("présentation", blank=True, default="")
    liste_complete = models.BooleanField(
        "la liste des actions est complète",
        default=False,
        help_text="Tant que la case est vide, le site dit que ce sont des exemples.",
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

    def __str__(self):
        return f"{self.nom} {self.du_territoire}".strip()

    @cached_property
    def annees(self) -> list[int]:
        """The years of the pact, none before any data is loaded."""
        return list(range(self.annee_debut, self.annee_fin + 1)) if self.annee_debut else []


class ContratQuerySet(PubliableQuerySet):
    def rechercher(self, requete: Requete):
        """Contracts whose names or purpose hold every word of `requete`, most relevant first."""
        return (
            self.filter(requete.condition("cle_nom", "cle_texte"))
            .annotate(rang=requete.pertinence("cle_nom"))
            .order_by("-rang", "ordre")
        )

    def with_nb_actions(self):
        """Add `nb_actions`, the visible actions of visible axes, and `nb_volets`."""
        visible = q_visible("volets__actions") & q_visible("volets__axe")
        return self.annotate(
            nb_actions=Count("volets__actions", filter=visible, distinct=True),
            nb_volets=Count("volets", filter=q_visible("volets__axe"), distinct=True),
        ).order_by("ordre", "sigle")

    def with_axes(self):
        """Load `axes_visibles`, in order (one query)."""
        return self.prefetch_related(Prefetch("axes", Axe.objects.visibles(), "axes_visibles"))


class Contrat(Publiable):
    """A deed between the State and the Department that carries out part of the pact."""

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
    annuel = models.BooleanField("renouvelé chaque année", default=False)
    annee_debut = models.PositiveSmallIntegerField("première année", null=True, blank=True)
    annee_fin = models.PositiveSmallIntegerField("dernière année", null=True, blank=True)
    presentation = models.TextField("présentation", blank=True, default="")
    ordre = models.PositiveSmallIntegerField(default=1)
    axes = models.ManyToManyField(Axe, through="Volet", related_name="contrats")
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

    def __str__(self):
        return self.sigle

    def get_absolute_url(self):
        return reverse("contrats:detail", args=[self.slug])


class VoletQuerySet(models.QuerySet):
    def visibles(self):
        """Volets of a visible contract on a visible axis."""
        return self.filter(q_visible("contrat"), q_visible("axe"))

    def for_detail(self):
        """What the pages of a contract and of an axis print of each volet (two queries)."""
        return self.select_related("contrat", "axe").with_nb_actions().prefetch_related("objectifs")

    def with_nb_actions(self):
        """Add `nb_actions`, the number of visible actions."""
        nombre = Count("actions", filter=q_visible("actions"))
        return self.annotate(nb_actions=nombre).order_by("contrat__ordre", "axe__numero")

    def actions(self):
        """Return the actions of these volets, whatever their publication."""
        return Volet.actions.rel.related_model.objects.filter(volet__in=self)


class Volet(models.Model):
    """The part of a contract devoted to one axis: the only place where an action can live."""

    contrat = models.ForeignKey(Contrat, on_delete=models.PROTECT, related_name="volets")
    axe = models.ForeignKey(Axe, on_delete=models.PROTECT, related_name="volets")
    titre = models.CharField(max_length=200, blank=True, default="")

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
            )
        ]

    def __str__(self):
        return f"{self.contrat.sigle}, axe {self.axe.numero}"

    def clean(self):
        if not self.pk or not self.actions.exists():
            return
        avant = Volet.objects.get(pk=self.pk)
        if (avant.contrat_id, avant.axe_id) != (self.contrat_id, self.axe_id):
            raise ValidationError("Ce volet porte des actions : il garde son contrat et son axe.")


class Objectif(models.Model):
    """An objective that the text gives to a volet; it may have no action yet."""

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

    def __str__(self):
        return self.texte


class TypeActe(models.TextChoices):
    CONVENTION = "convention", "convention"
    AVENANT = "avenant", "avenant"
    FINANCIER = "financier", "acte financier annuel"


class ActeQuerySet(models.QuerySet):
    def visibles(self):
        """Signed deeds of the pact or of a visible contract: an unsigned one is a draft."""
        cadre = q_visible("contrat") | Q(contrat__isnull=True)
        return self.filter(cadre, signe_le__lte=localdate())


class Acte(models.Model):
    """A deed: convention, amendment or yearly financial deed, of a contract or of the pact.

    Its four dates are facts of their own; none of them tells where an action stands.
    """

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
    historique = HistoricalRecords()

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

    def __str__(self):
        return f"{self.get_type_acte_display().capitalize()} – {self.objet}"

    def get_absolute_url(self):
        """The address of the document, « » without one."""
        return reverse("contrats:document", args=[self.pk]) if self.document else ""

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

    def clean(self):
        if self.signe_le and self.signe_le > localdate():
            raise ValidationError({"signe_le": "Un acte signé l’est au plus tard aujourd’hui."})
        if self.pk and self.contrat_id:
            ailleurs = self.actions.exclude(volet__contrat=self.contrat_id)
            if ailleurs.exists():
                dit = "Cet acte inscrit des actions d’un autre contrat : les rattacher d’abord."
                raise ValidationError({"contrat": dit})


class SignatureQuerySet(models.QuerySet):
    def publiques(self):
        """Signatures of visible partners on signed deeds, the first ones first."""
        return self.filter(
            q_visible("partenaire"), acte__in=Acte.objects.visibles()
        ).select_related("acte__contrat", "partenaire")


class Signature(models.Model):
    """A partner signed a deed, in some capacity, on some date."""

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

    def __str__(self):
        return f"{self.partenaire} – {self.acte}"
