"""An action of the roadmap and the queryset that names its states."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q, Value, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from simple_history.models import HistoricalRecords

from actions.faits import FaitAction
from actions.models.cible import Public, Territoire
from actions.models.echeance import EcheanceQuerySet
from actions.models.statut import CHAMPS_D_AVANCEMENT, Avancement, StatutAction
from contrats.models import Acte, Objectif, Volet
from pacte.socle.journal import consigner
from pacte.socle.publication import (
    CHAMPS_DE_PUBLICATION,
    Publiable,
    droits_de_publication,
    q_visible,
)
from pacte.socle.recherche import Requete
from pacte.socle.texte import CleDeRechercheField, CleDeTriField, OrdreAlphabetique, plier
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from partenaires.models import Partenaire

LIEN_TEXTE = "3 libellé"


class NatureAction(models.TextChoices):
    NOUVELLE = "nouvelle", "nouvelle"
    RENFORCEE = "renforcee", "renforcée"


class ActionQuerySet(EcheanceQuerySet):
    def visibles(self):
        """Published actions of a visible contract on a visible axis."""
        return self.filter(q_visible(), q_visible("volet__contrat"), q_visible("volet__axe"))

    def de_partenaires(self, slugs):
        """Actions to which one of these visible partners contributes, or whose text names it."""
        connus = Partenaire.objects.visibles().filter(slug__in=slugs)
        return self.filter(self._q_partenaires(connus))

    @staticmethod
    def _q_partenaires(partenaires) -> Q:
        contributions = Action.partenaires.through.objects.filter(partenaire__in=partenaires)
        libelles = Action.libelles.rel.related_model.objects.filter(
            partenaires_cites__in=partenaires
        )
        return Q(pk__in=contributions.values("action")) | Q(pk__in=libelles.values("action"))

    def rechercher(self, requete: Requete):
        """Actions that hold every word of `requete`.

        A word may stand in the action's texts, in a wording, in the name of a partner that
        contributes or is named, or in the name of a public.
        """
        return self.filter(requete.condition("cle_titre", "cle_texte", par_terme=self._q_alentour))

    def par_pertinence(self, requete: Requete):
        """The most relevant first: words of the title before the others, then by title."""
        return self.annotate(rang=requete.pertinence("cle_titre")).order_by(
            "-rang", OrdreAlphabetique("cle_tri"), "code"
        )

    def _q_alentour(self, terme) -> Q:
        libelles = Action.libelles.rel.related_model.objects.filter(terme.condition("cle_texte"))
        publics = Action.publics.through.objects.filter(terme.condition("public__cle_nom"))
        partenaires = Partenaire.objects.visibles().filter(terme.condition("cle_nom"))
        return (
            Q(pk__in=libelles.values("action"))
            | Q(pk__in=publics.values("action"))
            | self._q_partenaires(partenaires)
        )

    def for_ligne(self):
        """What `actions/_ligne.html` prints, its partners apart (see `lister`)."""
        return self.select_related("volet__axe", "volet__contrat").with_echeance()

    def lister(self, requete: Requete | None = None) -> list["Action"]:
        """Return the rows for `actions/_ligne.html`, in order; two queries in all.

        Each has `partenaires_nommes`, visible partners by short name (the ones that contribute,
        then the ones that a wording names), and `extrait`: the wording that holds a word of
        `requete`, "" when the title does or when nothing was searched for.
        """
        actions = list(self.for_ligne())
        noms, textes = defaultdict(dict), defaultdict(list)
        alentours = _alentours_de([a.pk for a in actions])
        for cle, lien, nom, sigle in sorted(alentours, key=lambda a: (*a[:2], plier(a[2]))):
            if lien == LIEN_TEXTE:
                textes[cle].append(nom)
            else:
                noms[cle][sigle or nom] = True
        for action in actions:
            action.partenaires_nommes = list(noms[action.pk])
            action.extrait = _extrait(action, textes[action.pk], requete)
        return actions

    def en_tete_de_volet(self, nombre: int):
        """The first `nombre` actions of each volet, by code."""
        rang = Window(RowNumber(), partition_by=F("volet"), order_by=F("code").asc())
        premieres = self.annotate(rang_dans_le_volet=rang).filter(rang_dans_le_volet__lte=nombre)
        return premieres.order_by("code")

    def financement(self, portee: dict):
        """Return the `TableauFinancier` of these actions (two queries); see `tableau`."""
        lignes = Action.financements.rel.related_model.objects
        return lignes.filter(action__in=self.order_by()).tableau(portee)

    def indicateurs(self, nombre: int) -> list:
        """Return the first `nombre` public indicators of these actions (two queries)."""
        indicateurs = Action.indicateurs.rel.related_model.objects
        return list(indicateurs.publics().filter(action__in=self.order_by())[:nombre])

    def code_suivant(self, volet: Volet) -> str:
        """Return the first free code of `volet`, « CLS-1-03 » (one query)."""
        prefixe = volet.prefixe_des_codes
        pris = set(Action.objects.filter(code__startswith=prefixe).values_list("code", flat=True))
        codes = (f"{prefixe}{rang:02}" for rang in range(1, len(pris) + 2))
        return next(code for code in codes if code not in pris)

    def par_titre(self):
        return self.order_by(OrdreAlphabetique("cle_tri"), "code")


def _alentours_de(cles: list[int]):
    """Return action, kind of link, name and acronym of partners, then wordings (one query)."""
    champs = ("action_liee", "lien", "dit", "sigle_dit")
    libelles = Action.libelles.rel.related_model
    nom = {"dit": F("partenaire__nom"), "sigle_dit": F("partenaire__sigle")}
    contributions = Action.partenaires.through.objects.filter(q_visible("partenaire")).annotate(
        action_liee=F("action_id"), lien=Value("1 contribue"), **nom
    )
    citations = libelles.partenaires_cites.through.objects.filter(q_visible("partenaire")).annotate(
        action_liee=F("libelle__action_id"), lien=Value("2 est nommé"), **nom
    )
    textes = libelles.objects.annotate(
        action_liee=F("action_id"), lien=Value(LIEN_TEXTE), dit=F("texte"), sigle_dit=Value("")
    )
    parties = [
        partie.filter(action_liee__in=cles).order_by().values_list(*champs)
        for partie in (contributions, citations, textes)
    ]
    return parties[0].union(*parties[1:])


def _extrait(action, textes, requete) -> str:
    if not requete or requete.touche(action.titre):
        return ""
    return next((texte for texte in textes if requete.touche(texte)), "")


class Action(Publiable, Avancement):
    """What the pact commits to do. It lives in one volet, hence on one axis of one contract."""

    INTERNES = frozenset({"note_interne"})

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
    comment_en_beneficier = models.TextField(blank=True, default="")
    description = models.TextField(blank=True, default="")
    constat = models.TextField("constat du diagnostic", blank=True, default="")
    publics = models.ManyToManyField(Public, blank=True, related_name="actions")
    territoires = models.ManyToManyField(
        Territoire, blank=True, related_name="actions", help_text="Vide : non communiqué."
    )
    partenaires = models.ManyToManyField(Partenaire, through="Contribution", related_name="actions")
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
        m2m_fields=[publics, territoires],
    )

    class Meta:
        verbose_name = "action"
        verbose_name_plural = "actions"
        ordering = ["code"]
        permissions = droits_de_publication("action", "une action")
        indexes = [
            models.Index(fields=["publication", "cle_tri"], name="action_publiee_par_titre"),
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

    def __str__(self):
        return self.titre

    def get_absolute_url(self):
        return reverse("actions:detail", args=[self.slug])

    def alentours(self) -> dict[str, list[tuple[str, str]]]:
        """Return its `publics`, `territoires` and `cites`, as (name, slug or code), in one query.

        `cites` are the visible partners that a wording names.
        """
        cites = Partenaire.objects.visibles().filter(citations__action=self).distinct()
        parties = [
            self.publics.annotate(sorte=Value("publics"), cle=F("code"), rang=F("ordre")),
            self.territoires.annotate(sorte=Value("territoires"), cle=F("code"), rang=F("ordre")),
            cites.annotate(sorte=Value("cites"), cle=F("slug"), rang=Value(0)),
        ]
        lignes = [p.order_by().values_list("sorte", "rang", "nom", "cle") for p in parties]
        alentours = {"publics": [], "territoires": [], "cites": []}
        for sorte, _rang, nom, cle in sorted(
            lignes[0].union(*lignes[1:]), key=lambda ligne: (*ligne[:2], plier(ligne[2]))
        ):
            alentours[sorte].append((nom, cle))
        return alentours

    def clean(self):
        if self.objectif_id and self.volet_id and self.objectif.volet_id != self.volet_id:
            raise ValidationError(
                {"objectif": "Cet objectif est celui d’un autre volet : en choisir un du même."}
            )
        if self.acte_id and self.volet_id and self.acte.contrat not in (None, self.volet.contrat):
            raise ValidationError(
                {"acte": "Cet acte est celui d’un autre contrat : en choisir un du même."}
            )

    @property
    def inscrite_le(self):
        """When both parties agreed to inscribe it, None if they did not (one query)."""
        accords = self.inscriptions.accordees().values_list(
            "accord_etat_le", "accord_departement_le"
        )
        return max(accords[0]) if accords else None

    @property
    def acte_public(self) -> Acte | None:
        """The deed that inscribes it, unless unsigned: that one is a draft."""
        return self.acte if self.acte and self.acte.est_public else None

    def publier(self, *, par) -> None:
        """Make the action visible; a public text words it, or both parties inscribed it."""
        if not self.libelles.exists() and self.inscrite_le is None:
            raise TransitionInterdite(
                f"« {self} » n’a ni libellé d’un texte public, ni accord de l’État et du "
                "Département pour l’inscrire."
            )
        super().publier(par=par)

    @transaction.atomic
    def reprendre_statut(self, *, par) -> None:
        """Give the action the status of its last bulletin, or none without any bulletin.

        Called whenever bulletins change, so that every status has its date and its words.
        Raises PermissionDenied without the right to change bulletins.
        """
        exiger_droit(par, "actions.change_pointetape")
        verrouiller(self)
        dernier = self.points.order_by("-le", "-pk").first()
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
