"""What a partner proposes about an action: three kinds, each in its own typed table."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import localdate

from actions.faits import FaitAction
from actions.models.action import Action
from actions.models.contribution import Contribution
from actions.models.indicateur import Indicateur, Releve
from actions.models.moderation import Proposition, droit_de_moderer, une_en_attente
from actions.models.statut import StatutAction
from actions.models.suivi import PointEtape
from contrats.models import Annee
from pacte.socle.journal import consigner
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import verrouiller
from pacte.socle.typographie import INCONNU, nombre_fr


class PropositionContribution(Proposition):
    """Another wording of a contribution."""

    GENRE = "contribution"
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
            une_en_attente("contribution"),
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

    def clean(self) -> None:
        if self.est_en_attente and self.contribution.partenaire_id != self.partenaire_id:
            raise ValidationError("Cette contribution est celle d’un autre partenaire.")

    def retenir(self) -> None:
        verrouiller(self.contribution)

    def appliquer(self, par: Utilisateur) -> None:
        contribution = self.contribution
        contribution.texte = self.texte
        envoyee_le = localdate(self.envoyee_le)
        if contribution.confirmee_le is None or contribution.confirmee_le < envoyee_le:
            contribution.confirmee_le, contribution.confirmee_par = envoyee_le, self.envoyee_par
        contribution.full_clean()
        contribution.save()
        contribution.consigner(FaitAction.CONTRIBUTION_REFORMULEE, par=par)


class PropositionReleve(Proposition):
    """The value of an indicator in a year, provisional or final."""

    GENRE = "valeur"
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
            une_en_attente("indicateur", "annee"),
        ]

    @property
    def sujet(self) -> str:
        return f"{self.indicateur} en {self.annee_id}"

    @property
    def action(self) -> Action:
        return self.indicateur.action

    @property
    def actuel(self) -> str:
        releves = Releve.objects.filter(indicateur=self.indicateur_id, annee=self.annee_id)
        releve = releves.first() or Releve()
        return _dire_valeur(releve.valeur, releve.definitif)

    @property
    def propose(self) -> str:
        return _dire_valeur(self.valeur, self.definitif)

    def clean(self) -> None:
        if self.est_en_attente and self.indicateur.responsable_id != self.partenaire_id:
            raise ValidationError("Un autre partenaire est responsable de cet indicateur.")
        brouillon = Releve(indicateur=self.indicateur, annee_id=self.annee_id, valeur=self.valeur)
        brouillon.clean()

    def retenir(self) -> None:
        # The indicator too: the value may have no row to lock.
        verrouiller(self.indicateur)
        for releve in self.indicateur.releves.filter(annee=self.annee_id):
            verrouiller(releve)

    def appliquer(self, par: Utilisateur) -> None:
        Releve(indicateur=self.indicateur, annee_id=self.annee_id).exiger_un_exercice_ouvert()
        releve, _ = Releve.objects.get_or_create(
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
        return INCONNU
    return f"{nombre_fr(valeur)}{'' if definitif else ' (provisoire)'}"


class PropositionNote(Proposition):
    """A short progress note; once accepted it is a bulletin signed by the partner."""

    GENRE = "note"
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
            une_en_attente("action", "partenaire"),
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

    def clean(self) -> None:
        siennes = self.partenaire.contributions.filter(action=self.action_id)
        if self.est_en_attente and not siennes.exists():
            raise ValidationError("Votre organisation ne contribue pas à cette action.")

    def retenir(self) -> None:
        verrouiller(self.action)

    def appliquer(self, par: Utilisateur) -> None:
        action = self.action
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


GENRES: dict[str, type[Proposition]] = {
    modele.GENRE: modele for modele in (PropositionContribution, PropositionReleve, PropositionNote)
}
