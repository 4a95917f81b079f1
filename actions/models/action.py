"""An action of the roadmap and the queryset that names its states."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F, Prefetch, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from simple_history.models import HistoricalRecords

from actions.faits import FaitAction
from actions.models.cible import Besoin, Public, Territoire
from actions.models.cloture import exiger_le_meme_contrat, q_annee_close
from actions.models.completude import ELEMENTS, Completude, comptages, conditions
from actions.models.contribution import Contribution
from actions.models.echeance import EcheanceQuerySet
from actions.models.libelle import Libelle
from actions.models.statut import CHAMPS_D_AVANCEMENT, Avancement, StatutAction
from actions.models.visibilite import q_action_visible
from contrats.models import Acte, Objectif, Volet
from pacte.socle.journal import consigner
from pacte.socle.models import Utilisateur
from pacte.socle.mots import Porte
from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    droits_de_publication,
    q_visible,
)
from pacte.socle.recherche import Requete, Terme
from pacte.socle.texte import CleDeRechercheField, CleDeTriField, OrdreAlphabetique
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from partenaires.models import Partenaire

if TYPE_CHECKING:
    from actions.models.constat import Constat


class NatureAction(models.TextChoices):
    NOUVELLE = "nouvelle", "nouvelle"
    RENFORCEE = "renforcee", "renforcée"


PAR_TITRE = (OrdreAlphabetique("cle_tri"), "code")


class ActionQuerySet(EcheanceQuerySet["Action"]):
    def visibles(self) -> Self:
        """Published actions of a visible contract on a visible axis."""
        return self.filter(q_action_visible())

    def de_partenaires(self, slugs: Iterable[str]) -> Self:
        """Actions to which one of these visible partners contributes, or whose text names it."""
        return self.filter(_q_lies_a(Partenaire.objects.visibles().filter(slug__in=slugs)))

    def citant(self, partenaire: Partenaire) -> Self:
        """Actions of which a wording names `partenaire`."""
        return self.filter(pk__in=partenaire.citations.values("action"))

    def rechercher(self, requete: Requete) -> Self:
        """Actions that hold every word of `requete`.

        A word may stand in the action's texts, in a wording, in the name of a partner that
        contributes or is named, or in the name of a public.
        """
        return self.filter(*(Q(pk__in=_qui_portent(terme)) for terme in requete.termes))

    def par_pertinence(self, requete: Requete) -> Self:
        """The most relevant first: words of the title before the others, then by title."""
        return self.annotate(rang=requete.pertinence("cle_titre")).order_by("-rang", *PAR_TITRE)

    def for_ligne(self) -> Self:
        """What `actions/_ligne.html` prints: its frame, its partners, its wordings (4 queries)."""
        contributions = Contribution.objects.filter(q_visible("partenaire"))
        return (
            self.select_related("volet__axe", "volet__contrat")
            .with_echeance()
            .prefetch_related(
                Prefetch("contributions", contributions.select_related("partenaire")),
                "libelles",
                Prefetch("libelles__partenaires_cites", Partenaire.objects.visibles()),
            )
        )

    def en_tete_de_volet(self, nombre: int) -> Self:
        """The first `nombre` actions of each volet, by code."""
        rang = Window(RowNumber(), partition_by=F("volet"), order_by=F("code").asc())
        premieres = self.order_by().annotate(rang_dans_le_volet=rang)
        cles = premieres.filter(rang_dans_le_volet__lte=nombre).values("pk")
        return self.filter(pk__in=cles).order_by("code")

    def with_est_close(self, annee: int) -> Self:
        """Tell of each, as `est_close`, whether its contract closed the exercise of `annee`."""
        return self.annotate(est_close=q_annee_close(annee))

    def with_completude(self) -> Self:
        """Tell of each, as `dit_<element>`, whether that element of `ELEMENTS` is there."""
        return self.annotate(**{f"dit_{code}": dit for code, dit in conditions().items()})

    def completude(self) -> Completude:
        """Return how much is told of these actions (one query)."""
        comptes = self.order_by().aggregate(total=Count("pk"), **comptages())
        return Completude(comptes.pop("total"), comptes)

    def code_suivant(self, volet: Volet) -> str:
        """Return the first free code of `volet`, « CLS-1-03 » (one query)."""
        prefixe = volet.prefixe_des_codes
        pris = set(Action.objects.filter(code__startswith=prefixe).values_list("code", flat=True))
        codes = (f"{prefixe}{rang:02}" for rang in range(1, len(pris) + 2))
        return next(code for code in codes if code not in pris)

    def par_titre(self) -> Self:
        return self.order_by(*PAR_TITRE)


def _q_lies_a(partenaires: models.QuerySet[Partenaire]) -> Q:
    """Return « one of `partenaires` contributes to it, or a wording names one »."""
    contributions = Contribution.objects.filter(partenaire__in=partenaires)
    libelles = Libelle.objects.filter(partenaires_cites__in=partenaires)
    return Q(pk__in=contributions.values("action")) | Q(pk__in=libelles.values("action"))


def _qui_portent(terme: Terme) -> models.QuerySet:
    """Return the keys of the actions where `terme` stands, or around them: each table by itself."""
    publics = Public.objects.filter(terme.condition("cle_nom"))
    partenaires = Partenaire.objects.visibles().filter(terme.condition("cle_nom"))
    citations = Libelle.partenaires_cites.through.objects.filter(partenaire__in=partenaires)
    actions: models.QuerySet = Action.objects.filter(Porte(terme, "cle_titre", "cle_texte"))
    alentour: list[models.QuerySet] = [
        Libelle.objects.filter(Porte(terme, "cle_texte")).values_list("action"),
        Action.publics.through.objects.filter(public__in=publics).values_list("action"),
        Contribution.objects.filter(partenaire__in=partenaires).values_list("action"),
        citations.values_list("libelle__action"),
    ]
    return actions.order_by().values_list("pk").union(*(q.order_by() for q in alentour), all=True)


class Action(Publiable, Avancement):
    """What the pact commits to do. It lives in one volet, hence on one axis of one contract."""

    INTERNES = frozenset({"note_interne"})

    est_close = False  # unless `with_est_close` says otherwise

    code = models.CharField(max_length=20, unique=True)
    titre = models.CharField(max_length=200)
    slug = models.SlugField(
        "nom dans l’adresse",
        max_length=100,
        unique=True,
        help_text="Ne change plus une fois publié.",
    )
    volet = models.ForeignKey(Volet, on_delete=models.PROTECT, related_name="actions")
    objectif = models.ForeignKey(
        Objectif,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        help_text="Un objectif du même volet.",
    )
    axe_a_confirmer = models.BooleanField(
        "axe à confirmer", default=False, help_text="Le texte ne dit pas l’axe de cette action."
    )
    fusion_a_confirmer = models.BooleanField(
        "rapprochement à confirmer",
        default=False,
        help_text="Deux libellés ont été rapprochés sans que le texte le dise.",
    )
    partenaires_a_confirmer = models.BooleanField(
        "partenaires nommés à confirmer", default=False, help_text="Le texte les appelle autrement."
    )
    nature = models.CharField(max_length=10, choices=NatureAction, blank=True, default="")
    renfort = models.CharField(
        "ce qui est renforcé",
        max_length=300,
        blank=True,
        default="",
        help_text="Pour une action renforcée : file active, publics ou territoires nouveaux.",
    )
    en_clair = models.TextField(
        blank=True, default="", help_text="Deux phrases que tout le monde comprend."
    )
    pour_qui = models.TextField(blank=True, default="")
    comment_en_beneficier = models.TextField("comment en bénéficier", blank=True, default="")
    description = models.TextField(blank=True, default="")
    constat = models.TextField(
        "constat propre à l’action",
        blank=True,
        default="",
        help_text="Une phrase du diagnostic que cette fiche cite. Un constat commun à plusieurs "
        "actions, avec son chiffre, se saisit dans « Constats du diagnostic ».",
    )
    besoins = models.ManyToManyField(
        Besoin,
        blank=True,
        related_name="actions",
        help_text="Ce que cherche une personne à qui l’action peut servir.",
    )
    publics = models.ManyToManyField(Public, blank=True, related_name="actions")
    territoires = models.ManyToManyField(
        Territoire, blank=True, related_name="actions", help_text="Vide : non communiqué."
    )
    partenaires: "models.ManyToManyField[Partenaire, Contribution]" = models.ManyToManyField(
        Partenaire, through="Contribution", related_name="actions"
    )
    debut_prevu = models.DateField("début prévu", null=True, blank=True)
    fin_prevue = models.DateField("fin prévue", null=True, blank=True)
    statut_le = models.DateField("statut au", null=True, blank=True, editable=False)
    acte = models.ForeignKey(
        Acte,
        verbose_name="acte qui l’inscrit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
    )
    note_interne = models.TextField(
        blank=True, default="", help_text="Jamais publiée : questions à trancher, décisions."
    )
    modifiee_le = models.DateTimeField("modifiée le", auto_now=True)
    cle_titre = CleDeRechercheField(sources=["titre"])
    cle_texte = CleDeRechercheField(
        sources=["code", "en_clair", "pour_qui", "comment_en_beneficier", "description", "constat"]
    )
    cle_tri = CleDeTriField(source="titre")

    objects = ActionQuerySet.as_manager()
    historique = HistoricalRecords(
        excluded_fields=[
            *CHAMPS_DE_PUBLICATION,
            *CHAMPS_D_AVANCEMENT,
            "cle_titre",
            "cle_texte",
            "cle_tri",
        ],
        m2m_fields=[besoins, publics, territoires],
    )

    class Meta:
        verbose_name = "action"
        verbose_name_plural = "actions"
        ordering = ["code"]
        permissions = droits_de_publication("action", "une action")
        indexes = [
            # In the order of `par_titre`, which is that of characters on every database.
            models.Index(
                "publication",
                OrdreAlphabetique("cle_tri"),
                "code",
                name="action_publiee_par_titre",
            ),
            models.Index(fields=["publication", "-modifiee_le"], name="action_publiee_recente"),
        ]
        constraints = [
            *Publiable.Meta.constraints,
            *Avancement.Meta.constraints,
            models.CheckConstraint(
                name="action_dates_en_ordre",
                condition=Q(debut_prevu__isnull=True)
                | Q(fin_prevue__isnull=True)
                | Q(debut_prevu__lte=F("fin_prevue")),
                violation_error_message="La fin prévue ne précède pas le début.",
            ),
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("actions:detail", args=[self.slug])

    @property
    def annonce(self) -> str:
        """How the public timeline says that it is published."""
        return f"« {self} » est publiée."

    @property
    def cites(self) -> list[Partenaire]:
        """The visible partners that a wording names, by name; reads loaded wordings."""
        cites = {p for libelle in self.libelles.all() for p in libelle.partenaires_cites.all()}
        return sorted(cites, key=attrgetter("cle_tri"))

    @property
    def pilotes(self) -> list[Partenaire]:
        """The partners that lead it; reads loaded contributions."""
        return [c.partenaire for c in self.contributions.all() if c.est_un_pilotage]

    @property
    def dit_qui_appeler(self) -> bool:
        """Tell whether a partner that leads it says where to be found."""
        return any(pilote.site for pilote in self.pilotes)

    @property
    def partenaires_nommes(self) -> list[str]:
        """Short names, contributors first, then those only named; reads what `for_ligne` loads."""
        apportent = {contribution.partenaire for contribution in self.contributions.all()}
        tries = sorted(apportent, key=attrgetter("cle_tri"))
        return list(dict.fromkeys(partenaire.nom_court for partenaire in [*tries, *self.cites]))

    @property
    def completude(self) -> Completude:
        """How much is told of it alone; it was read `with_completude`."""
        return Completude(1, {code: getattr(self, f"dit_{code}") for code in ELEMENTS})

    @property
    def constats_publies(self) -> "list[Constat]":
        """The findings that it answers and that anyone may read; reads loaded findings."""
        return [constat for constat in self.constats.all() if constat.est_visible]

    @property
    def doutes(self) -> list[str]:
        """What of it is ours and not the text's, hence to be confirmed, in words."""
        marques = [
            (self.axe_a_confirmer, "axe"),
            (self.fusion_a_confirmer, "rapprochement"),
            (self.partenaires_a_confirmer, "partenaires nommés"),
        ]
        return [nom for vrai, nom in marques if vrai]

    @property
    def a_un_doute(self) -> bool:
        return bool(self.doutes)

    def extrait(self, requete: Requete) -> str:
        """Return the first wording that holds a word of `requete`, "" when the title does."""
        if requete.touche(self.titre):
            return ""
        textes = (libelle.texte for libelle in self.libelles.all())
        return next((texte for texte in textes if requete.touche(texte)), "")

    def clean(self) -> None:
        super().clean()
        if self.pk and self.volet_id:
            exiger_le_meme_contrat(self)
        if self.volet_id and self.objectif and self.objectif.volet_id != self.volet_id:
            raise ValidationError(
                {"objectif": "Cet objectif est celui d’un autre volet : en choisir un du même."}
            )
        if self.volet_id and self.acte and self.acte.contrat not in (None, self.volet.contrat):
            raise ValidationError(
                {"acte": "Cet acte est celui d’un autre contrat : en choisir un du même."}
            )

    @property
    def inscrite_le(self) -> datetime | None:
        """When both parties agreed to inscribe it, None if they did not (one query)."""
        accords = self.inscriptions.accordees().values_list(
            "accord_etat_le", "accord_departement_le"
        )
        return max(le for le in accords[0] if le) if accords else None

    @property
    def acte_public(self) -> Acte | None:
        """The deed that inscribes it, unless unsigned: that one is a draft."""
        return self.acte if self.acte and self.acte.est_public else None

    def exiger_d_etre_publiable(self) -> None:
        """A public text words it, or both parties inscribed it."""
        if not self.libelles.exists() and self.inscrite_le is None:
            raise TransitionInterdite(
                f"« {self} » n’a ni libellé d’un texte public, ni accord de l’État et du "
                "Département pour l’inscrire."
            )

    @transaction.atomic
    def reprendre_statut(self, *, par: Utilisateur) -> None:
        """Give the action the status of its last bulletin, or none without any bulletin.

        Called whenever bulletins change, so that every status has its date and its words.
        Raises PermissionDenied without the right to change bulletins.
        """
        exiger_droit(par, "actions.change_pointetape")
        verrouiller(self)
        dernier = self.points.en_vigueur().first()
        nouveau = (
            (dernier.statut, dernier.motif, dernier.reportee_au, dernier.le)
            if dernier
            else (StatutAction.NON_RENSEIGNE, "", None, None)
        )
        avant = self.statut
        if nouveau == (self.statut, self.motif, self.reportee_au, self.statut_le):
            return
        self.statut, self.motif, self.reportee_au, self.statut_le = nouveau
        self.full_clean()
        self.save()
        if self.statut == avant:
            return
        consigner(
            self,
            FaitAction.STATUT_CHANGE,
            par=par,
            avant={"statut": avant},
            statut=self.statut,
        )
