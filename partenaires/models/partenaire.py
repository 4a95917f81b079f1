"""Who: the organisations of the pact, the two parties included."""

import re
from collections.abc import Iterable
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from simple_history.models import HistoricalRecords
from stdnum.fr import siret

from pacte.socle.double_accord import Partie
from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    PubliableQuerySet,
    Publication,
    droits_de_publication,
    q_visible,
)
from pacte.socle.recherche import Requete
from pacte.socle.texte import CleDeRechercheField, CleDeTriField, OrdreAlphabetique
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import de

FORMAT_RNA = "W[0-9][0-9A-Z][0-9]{7}"


class NaturePartenaire(models.TextChoices):
    INSTITUTION = "institution", "institution"
    COLLECTIVITE = "collectivite", "collectivité territoriale"
    ETAT = "etat", "État et ses services"
    ETABLISSEMENT_PUBLIC = "etablissement_public", "établissement public"
    SECURITE_SOCIALE = "securite_sociale", "organisme de sécurité sociale"
    OPERATEUR = "operateur", "opérateur public"
    CHAMBRE = "chambre", "chambre consulaire"
    ASSOCIATION = "association", "association"
    NON_PRECISEE = "non_precisee", "nature non précisée"


class ArticlePartenaire(models.TextChoices):
    LE = "le", "le"
    LA = "la", "la"
    ELIDE = "l’", "l’"
    LES = "les", "les"


def _q_actions_visibles(chemin: str) -> Q:
    """Return « an action that the public reads », through the reverse accessor `chemin`."""
    cadre = q_visible(f"{chemin}__volet__contrat") & q_visible(f"{chemin}__volet__axe")
    return q_visible(chemin) & cadre


def _compter_actions_visibles(chemin: str) -> Coalesce:
    """Count by a subquery: two relations to many, joined together, would multiply their rows."""
    partenaire = Partenaire.objects.filter(_q_actions_visibles(chemin), pk=OuterRef("pk"))
    groupe = partenaire.order_by().values("pk").annotate(nombre=Count(chemin, distinct=True))
    return Coalesce(Subquery(groupe.values("nombre")), 0)


class PartenaireQuerySet(PubliableQuerySet["Partenaire"]):
    def brouillons(self) -> Self:
        """Drafts that an officer may publish: who asked to take part waits for both parties."""
        return super().brouillons().filter(est_candidat=False)

    def with_nb_actions(self) -> Self:
        """Add `nb_contributions` and `nb_citations`: visible actions it brings to, that name it."""
        return self.annotate(
            nb_contributions=_compter_actions_visibles("contributions__action"),
            nb_citations=_compter_actions_visibles("citations__action"),
        ).order_by(OrdreAlphabetique("cle_tri"))

    def contributeurs_parmi(self, partenaires: "Iterable[Partenaire]") -> int:
        """Return how many of `partenaires` have a published contribution (one query)."""
        publies = self.visibles().filter(pk__in=[p.pk for p in partenaires])
        apportent = publies.filter(_q_actions_visibles("contributions__action"))
        return apportent.distinct().count()

    def rechercher(self, requete: Requete) -> Self:
        """Partners whose name, acronym, aliases or words hold `requete`, most relevant first."""
        return (
            self.filter(requete.condition("cle_nom", "cle_texte"))
            .annotate(rang=requete.pertinence("cle_nom"))
            .order_by("-rang", OrdreAlphabetique("cle_tri"))
        )


def siret_est_juste(numero: str) -> bool:
    """Tell whether `numero` has the fourteen digits and the key of a SIRET, La Poste's included."""
    return re.fullmatch("[0-9]{14}", numero) is not None and siret.is_valid(numero)


def valider_le_siret(numero: str) -> None:
    """Refuse fourteen digits whose key is wrong; the database refuses another shape."""
    if re.fullmatch("[0-9]{14}", numero) and not siret.is_valid(numero):
        raise ValidationError("Ce SIRET est erroné : sa clé de contrôle ne tombe pas juste.")


def lire_le_siret(saisie: str) -> str:
    """Return the number that was typed, spaces included, "" for none; else ValidationError."""
    numero = "".join(saisie.split())
    if not numero or siret_est_juste(numero):
        return numero
    if not re.fullmatch("[0-9]+", numero):
        raise ValidationError("Un SIRET ne s’écrit qu’avec des chiffres : 14 en tout.")
    if len(numero) != 14:
        raise ValidationError(f"Un SIRET compte 14 chiffres : celui-ci en a {len(numero)}.")
    raise ValidationError(
        "Ces 14 chiffres ne forment pas un SIRET : l’un d’eux est sans doute faux."
    )


def lire_le_rna(saisie: str) -> str:
    """As `lire_le_siret`, for the number of an association."""
    numero = "".join(saisie.split()).upper()
    if numero and not re.fullmatch(FORMAT_RNA, numero):
        raise ValidationError("Un numéro RNA s’écrit W suivi de 9 caractères (W051000001).")
    return numero


class Partenaire(Publiable):
    """An organisation that the pact names. Its acronym is not unique (CLS and MDA are not)."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    nom = models.CharField(max_length=150, unique=True)
    sigle = models.CharField(max_length=20, blank=True, default="")
    article = models.CharField(
        max_length=3,
        choices=ArticlePartenaire,
        blank=True,
        default="",
        help_text="Devant le sigle, ou le nom sans sigle, dans une phrase ; vide s’il n’en a pas.",
    )
    slug = models.SlugField(
        "nom dans l’adresse",
        max_length=80,
        unique=True,
        help_text="Ne change plus une fois publié.",
    )
    autres_noms = models.CharField(
        "autres noms",
        max_length=300,
        blank=True,
        default="",
        help_text="Séparés par des virgules ; la recherche les connaît (Caf, CPAM…).",
    )
    nature = models.CharField(
        max_length=20, choices=NaturePartenaire, default=NaturePartenaire.NON_PRECISEE
    )
    partie = models.CharField(
        max_length=12,
        choices=Partie,
        blank=True,
        default="",
        help_text="Seulement pour les deux parties qui contractualisent.",
    )
    siret = models.CharField(
        "SIRET",
        max_length=14,
        blank=True,
        default="",
        validators=[valider_le_siret],
        help_text="14 chiffres, sans espace.",
    )
    rna = models.CharField(
        "numéro RNA", max_length=10, blank=True, default="", help_text="Par exemple W051000001."
    )
    site = models.URLField(
        "site internet", blank=True, default="", validators=[URLValidator(["http", "https"])]
    )
    presentation = models.TextField("présentation", blank=True, default="")
    mention = models.TextField(
        "extrait qui le nomme",
        blank=True,
        default="",
        help_text="Le passage du texte public du Pacte qui nomme ce partenaire, mot pour mot.",
    )
    est_candidat = models.BooleanField(
        "connu par sa demande",
        default=False,
        editable=False,
        help_text="Né du formulaire public : il attend l’accord des deux parties, puis signe.",
    )
    cle_nom = CleDeRechercheField(sources=["nom", "sigle", "autres_noms"])
    cle_texte = CleDeRechercheField(sources=["presentation"])
    cle_tri = CleDeTriField(source="nom")

    objects = PartenaireQuerySet.as_manager()
    historique = HistoricalRecords(
        excluded_fields=[*CHAMPS_DE_PUBLICATION, "cle_nom", "cle_texte", "cle_tri"]
    )

    class Meta(Publiable.Meta):
        verbose_name = "partenaire"
        verbose_name_plural = "partenaires"
        ordering = [OrdreAlphabetique("cle_tri")]
        permissions = droits_de_publication("partenaire", "un partenaire")
        constraints = [
            *Publiable.Meta.constraints,
            models.CheckConstraint(
                name="partenaire_candidat_invisible",
                condition=Q(est_candidat=False) | ~Q(publication=Publication.VISIBLE),
                violation_error_message="Cette organisation attend l’accord de l’État et du "
                "Département, puis sa signature : sa page vient ensuite.",
            ),
            models.UniqueConstraint(
                name="partenaire_un_seul_par_partie",
                fields=["partie"],
                condition=~Q(partie=""),
                violation_error_message="Un seul partenaire représente l’État, un seul le "
                "Département.",
            ),
            models.CheckConstraint(
                name="partenaire_siret_quatorze_chiffres",
                condition=Q(siret="") | Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte 14 chiffres, sans espace.",
            ),
            models.CheckConstraint(
                name="partenaire_rna_format",
                condition=Q(rna="") | Q(rna__regex=rf"^{FORMAT_RNA}$"),
                violation_error_message="Un numéro RNA s’écrit W suivi de 9 caractères "
                "(W051000001).",
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    def get_absolute_url(self) -> str:
        return reverse("partenaires:detail", args=[self.slug])

    def exiger_d_etre_publiable(self) -> None:
        """One that asked to take part waits until it signed an act."""
        if self.est_candidat:
            raise TransitionInterdite(f"« {self} » n’a pas encore signé : sa page attend.")

    @property
    def nature_est_precisee(self) -> bool:
        """Tell whether somebody said what kind of organisation it is."""
        return self.nature != NaturePartenaire.NON_PRECISEE

    @property
    def tous_ses_noms(self) -> list[str]:
        autres = (nom.strip() for nom in self.autres_noms.split(","))
        return [nom for nom in (self.nom, self.sigle, *autres) if nom]

    @property
    def nom_court(self) -> str:
        return self.sigle or self.nom

    @property
    def annonce(self) -> str:
        """How the public timeline says that it is published."""
        return f"La page {de(self.nom_articule)} est publiée."

    @property
    def nom_articule(self) -> str:
        """The short name inside a sentence: « l’ARS », « la MSA », « Wimoov »."""
        espace = "" if self.article in ("", ArticlePartenaire.ELIDE) else " "
        return f"{self.article}{espace}{self.nom_court}"
