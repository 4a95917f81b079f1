"""What a partner proposes about an action: three kinds, each in its own typed table."""

from decimal import Decimal

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localdate

from actions.faits import FaitAction
from actions.models.action import Action
from actions.models.contribution import Contribution
from actions.models.indicateur import Indicateur, Releve
from actions.models.statut import StatutAction
from actions.models.suivi import PointEtape
from contrats.models import Annee
from pacte.socle.courriels import envoyer
from pacte.socle.journal import consigner
from pacte.socle.moderation import (
    Moderable,
    ModerableQuerySet,
    StatutProposition,
    droit_de_moderer,
)
from pacte.socle.transitions import verrouiller
from pacte.socle.typographie import nombre_fr
from partenaires.models import Partenaire


class PropositionQuerySet(ModerableQuerySet):
    def de(self, partenaire: Partenaire):
        """Proposals of `partenaire`, newest first, with what their line prints."""
        return self.filter(partenaire=partenaire).order_by("-envoyee_le").for_liste()

    def for_liste(self):
        return self.select_related(*self.model.RELATIONS, "envoyee_par", "partenaire")


class Proposition(Moderable):
    """What the three kinds share: who proposes, and the message that answers."""

    RELATIONS: tuple[str, ...] = ()
    TITRE_DE_L_ACTUEL = "Publié aujourd’hui"
    partenaire = models.ForeignKey(
        Partenaire, on_delete=models.PROTECT, related_name="%(class)ss", editable=False
    )

    objects = PropositionQuerySet.as_manager()

    class Meta(Moderable.Meta):
        abstract = True

    def __str__(self):
        return f"{self.sujet} ({self.partenaire.nom_court})"

    @property
    def genre(self) -> str:
        """The word for this kind in addresses."""
        return next(genre for genre, modele in GENRES.items() if isinstance(self, modele))

    def get_absolute_url(self):
        """Where the partner follows it."""
        return reverse(
            "espace_actions:proposition", args=[self.partenaire.slug, self.genre, self.pk]
        )

    def annoncer(self):
        """Tell those who answer proposals that this one waits."""
        relecteurs = get_user_model().objects.filter(
            is_active=True,
            groups__permissions__content_type__app_label="actions",
            groups__permissions__codename=f"moderer_{self._meta.model_name}",
        )
        adresses = relecteurs.values_list("email", flat=True)
        lien = reverse(f"admin:actions_{self._meta.model_name}_change", args=[self.pk])
        envoyer("proposition_recue", adresses, lien, proposition=self)

    def prevenir(self):
        """Tell its author what was answered."""
        adresses = [self.envoyee_par.email] if self.envoyee_par.is_active else []
        envoyer("proposition_repondue", adresses, self.get_absolute_url(), proposition=self)


def _une_en_attente(*cible: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        name="%(class)s_une_en_attente",
        fields=list(cible),
        condition=Q(statut=StatutProposition.ENVOYEE),
        violation_error_message="Une proposition attend déjà une réponse à ce sujet.",
    )


class PropositionContribution(Proposition):
    """Another wording of a contribution."""

    RELATIONS = ("contribution__action",)
    contribution = models.ForeignKey(
        Contribution, on_delete=models.CASCADE, related_name="propositions", editable=False
    )
    texte = models.TextField(
        "ce que nous apportons", max_length=1000, help_text="Une phrase ou deux, publiées."
    )

    class Meta(Proposition.Meta):
        abstract = False
        verbose_name = "formulation proposée"
        verbose_name_plural = "formulations proposées"
        permissions = droit_de_moderer("propositioncontribution")
        constraints = [
            *Proposition.Meta.constraints,
            _une_en_attente("contribution"),
        ]

    @property
    def sujet(self) -> str:
        return f"Contribution à « {self.contribution.action} »"

    @property
    def action(self) -> Action:
        return self.contribution.action

    @property
    def actuel(self) -> str:
        return Contribution.objects.get(pk=self.contribution_id).texte

    @property
    def propose(self) -> str:
        return self.texte

    def clean(self):
        if self.est_en_attente and self.contribution.partenaire_id != self.partenaire_id:
            raise ValidationError("Cette contribution est celle d’un autre partenaire.")

    def appliquer(self, par) -> None:
        contribution = Contribution.objects.select_for_update(of=("self",)).get(
            pk=self.contribution_id
        )
        contribution.texte = self.texte
        envoyee_le = localdate(self.envoyee_le)
        if contribution.confirmee_le is None or contribution.confirmee_le < envoyee_le:
            contribution.confirmee_le, contribution.confirmee_par = envoyee_le, self.envoyee_par
        contribution.full_clean()
        contribution.save()
        contribution.consigner(FaitAction.CONTRIBUTION_REFORMULEE, par=par)


class PropositionReleve(Proposition):
    """The value of an indicator in a year, provisional or final."""

    RELATIONS = ("indicateur__action",)
    TITRE_DE_L_ACTUEL = "Enregistré aujourd’hui"
    indicateur = models.ForeignKey(
        Indicateur, on_delete=models.CASCADE, related_name="propositions", editable=False
    )
    annee = models.ForeignKey(
        Annee,
        verbose_name="année",
        on_delete=models.PROTECT,
        related_name="propositions",
        editable=False,
    )
    valeur = models.DecimalField(max_digits=12, decimal_places=2)
    definitif = models.BooleanField(
        "c’est la valeur définitive", default=False, help_text="Sinon, elle est dite provisoire."
    )
    precision = models.TextField(
        "précision pour le Département",
        blank=True,
        default="",
        max_length=1000,
        help_text="Jamais publiée : d’où vient le chiffre, ce qui l’explique.",
    )

    class Meta(Proposition.Meta):
        abstract = False
        verbose_name = "valeur proposée"
        verbose_name_plural = "valeurs proposées"
        permissions = droit_de_moderer("propositionreleve")
        constraints = [
            *Proposition.Meta.constraints,
            _une_en_attente("indicateur", "annee"),
        ]

    @property
    def sujet(self) -> str:
        return f"{self.indicateur} en {self.annee_id}"

    @property
    def action(self) -> Action:
        return self.indicateur.action

    @property
    def actuel(self) -> str:
        releve = Releve.objects.filter(indicateur=self.indicateur_id, annee=self.annee_id).first()
        return _dire_valeur(releve.valeur, releve.definitif) if releve else _dire_valeur(None, True)

    @property
    def propose(self) -> str:
        return _dire_valeur(self.valeur, self.definitif)

    def clean(self):
        if self.est_en_attente and self.indicateur.responsable_id != self.partenaire_id:
            raise ValidationError("Un autre partenaire est responsable de cet indicateur.")
        brouillon = Releve(indicateur=self.indicateur, valeur=self.valeur)
        brouillon.clean()

    def appliquer(self, par) -> None:
        releve, _ = Releve.objects.select_for_update(of=("self",)).get_or_create(
            indicateur_id=self.indicateur_id, annee_id=self.annee_id
        )
        releve.valeur, releve.definitif = self.valeur, self.definitif
        releve.full_clean()
        releve.save()
        consigner(
            self.indicateur,
            FaitAction.VALEUR_PUBLIEE,
            par=par,
            action=self.indicateur.action_id,
            annee=self.annee_id,
        )


def _dire_valeur(valeur: Decimal | None, definitif: bool) -> str:
    if valeur is None:
        return "non communiqué"
    return f"{nombre_fr(valeur)}{'' if definitif else ' (provisoire)'}"


class PropositionNote(Proposition):
    """A short progress note; once accepted it is a bulletin signed by the partner."""

    RELATIONS = ("action",)
    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="propositions", editable=False
    )
    texte = models.TextField(
        "ce qui a avancé", max_length=1000, help_text="Deux ou trois phrases, publiées."
    )

    class Meta(Proposition.Meta):
        abstract = False
        verbose_name = "note proposée"
        verbose_name_plural = "notes proposées"
        permissions = droit_de_moderer("propositionnote")
        constraints = [
            *Proposition.Meta.constraints,
            _une_en_attente("action", "partenaire"),
        ]

    @property
    def sujet(self) -> str:
        return f"Note sur « {self.action} »"

    @property
    def actuel(self) -> str:
        """The last public bulletin: its status, then its words."""
        dernier = PointEtape.objects.publics().filter(action=self.action_id).first()
        return (
            f"{dernier.get_statut_display().capitalize()}. {dernier.fait}".strip()
            if dernier
            else ""
        )

    @property
    def propose(self) -> str:
        return self.texte

    def clean(self):
        siennes = self.partenaire.contributions.filter(action=self.action_id)
        if self.est_en_attente and not siennes.exists():
            raise ValidationError("Votre organisation ne contribue pas à cette action.")

    def appliquer(self, par) -> None:
        action = Action.objects.get(pk=self.action_id)
        verrouiller(action)
        if action.statut == StatutAction.NON_RENSEIGNE:
            raise ValidationError(
                "Personne n’a dit où en est cette action : écrire d’abord un point d’étape."
            )
        point = PointEtape(
            action=action,
            le=localdate(),
            partenaire=self.partenaire,
            fait=self.texte,
            statut=action.statut,
            motif=action.motif,
            reportee_au=action.reportee_au,
        )
        point.full_clean()
        point.save()
        action.reprendre_statut(par=par)
        consigner(action, FaitAction.NOTE_PUBLIEE, par=par, partenaire=self.partenaire_id)


GENRES = {
    "contribution": PropositionContribution,
    "valeur": PropositionReleve,
    "note": PropositionNote,
}
