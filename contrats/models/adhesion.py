"""A partner asks to join a contract: both parties agree, then it signs an act."""

import uuid
from datetime import date
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from contrats.models.acte import Acte, Signature
from contrats.models.contrat import Contrat
from pacte.socle.courriels import envoyer
from pacte.socle.delais import MOIS_DE_SILENCE, ajouter_des_mois
from pacte.socle.double_accord import (
    DoubleAccord,
    DoubleAccordQuerySet,
    FaitAccord,
    Partie,
    StatutAccord,
)
from pacte.socle.journal import consigner, faits, recits
from pacte.socle.models import Utilisateur
from pacte.socle.publication import Publication
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from partenaires.models import Partenaire


@faits
class FaitAdhesion(models.TextChoices):
    SIGNATURE = "adhesion.signature", "Acte signé"
    CONTACT = "adhesion.contact", "Personne à joindre changée"


recits(
    {
        FaitAdhesion.SIGNATURE: (
            "{partenaire} prend part au Pacte, avec l’accord de l’État et du Département."
        ).format_map
    }
)


class AdhesionQuerySet(DoubleAccordQuerySet["Adhesion"]):
    def a_signer(self) -> Self:
        """Requests that both parties granted and whose signature is not recorded, oldest first."""
        return self.accordees().filter(signature__isnull=True).order_by("deposee_le")

    def a_suivre(self) -> Self:
        """Requests that are neither signed nor dropped: somebody is reached about them."""
        ouvertes = [StatutAccord.DEMANDEE, StatutAccord.ACCORDEE]
        return self.filter(statut__in=ouvertes, signature__isnull=True)

    def a_publier(self) -> Self:
        """Signed requests of which no contribution was made yet: the text is mandatory content."""
        signees = self.filter(signature__isnull=False, contribution__isnull=True)
        return signees.order_by("deposee_le")


class Adhesion(DoubleAccord):
    """The request of an organisation to take part in a contract."""

    MESSAGE_A_DECIDER, MESSAGE_CONCLUE = "adhesion_a_decider", "adhesion_conclue"

    partenaire = models.ForeignKey(Partenaire, on_delete=models.PROTECT, related_name="adhesions")
    contrat = models.ForeignKey(Contrat, on_delete=models.PROTECT, related_name="adhesions")
    apport = models.TextField(
        "ce que l’organisation apporterait", help_text="En une phrase ou deux."
    )
    contact_nom = models.CharField("nom de la personne à joindre", max_length=120)
    contact_fonction = models.CharField("sa fonction", max_length=120, blank=True, default="")
    contact_courriel = models.EmailField("son adresse électronique")
    cle = models.UUIDField("clé du suivi", default=uuid.uuid4, unique=True, editable=False)
    apres = models.ForeignKey(
        "self",
        verbose_name="après la demande",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="suivantes",
    )
    signature = models.OneToOneField(
        Signature,
        on_delete=models.PROTECT,  # what was signed stays linked to what was granted
        null=True,
        blank=True,
        editable=False,
        related_name="adhesion",
    )

    objects = AdhesionQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta(DoubleAccord.Meta):
        abstract = False
        verbose_name = "demande d’adhésion"
        verbose_name_plural = "demandes d’adhésion"
        ordering = ["-deposee_le"]
        constraints = [
            *DoubleAccord.Meta.constraints,
            models.UniqueConstraint(
                name="adhesion_une_ouverte_par_contrat",
                fields=["partenaire", "contrat"],
                condition=Q(statut=StatutAccord.DEMANDEE, apres__isnull=True),
                violation_error_message="Une demande est déjà en cours pour cette organisation "
                "et ce contrat.",
            ),
            models.CheckConstraint(
                name="adhesion_signee_si_accordee",
                condition=Q(signature__isnull=True) | Q(statut=StatutAccord.ACCORDEE),
                violation_error_message="On signe après l’accord des deux parties.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partenaire.nom_court} – {self.contrat.sigle}"

    def get_absolute_url(self) -> str:
        """Where whoever asked follows the request."""
        return reverse("adhesion:suivi", args=[self.cle])

    @property
    def reference(self) -> str:
        """What whoever asked quotes on the telephone; it does not open the page of the request."""
        return f"ADH-{timezone.localdate(self.deposee_le).year}-{self.pk:04}"

    @property
    def refusee_sans_reponse_le(self) -> date:
        """When silence becomes a refusal (CRPA L231-4, 2°: no statute sets this procedure)."""
        return ajouter_des_mois(timezone.localdate(self.deposee_le), MOIS_DE_SILENCE)

    @property
    def recours_au_departement(self) -> bool:
        """Tell whether an appeal may go to the Department: it refused, or silence did."""
        return self.refus_partie != Partie.ETAT

    @property
    def recours_a_l_etat(self) -> bool:
        """Tell whether an appeal may go to the State: it refused, or silence did."""
        return self.refus_partie != Partie.DEPARTEMENT

    @property
    def attend_signature(self) -> bool:
        """Tell whether both parties agreed and nothing is signed yet."""
        return self.est_accordee and self.signature_id is None

    def dire_pour(self, partie: Partie) -> str:
        message = super().dire_pour(partie)
        if not self.est_en_attente or self.apres is None:
            return message
        return f"{message}. Une autre personne, {self.apres.contact_nom}, a demandé avant elle"

    @transaction.atomic
    def deposer(self) -> None:
        """Save a new request, journal it, acknowledge it, and tell both parties."""
        self._ouvrir_la_demande()
        self.ecrire_au_demandeur("adhesion_recue")

    def _enregistrer(self, partie: Partie, *args: Any, **kwargs: Any) -> None:
        if self.apres and self.apres.est_en_attente:
            raise TransitionInterdite(
                "Une autre personne a demandé avant celle-ci au nom de cette organisation : "
                f"vérifier qui la représente, et répondre d’abord à {self.apres.contact_nom}."
            )
        super()._enregistrer(partie, *args, **kwargs)

    def _clore(self, *args: Any, **kwargs: Any) -> None:
        super()._clore(*args, **kwargs)
        if not self.est_en_attente:
            self._passer_la_main()

    def _passer_la_main(self) -> None:
        """Put the oldest of the requests that waited behind this one in its place."""
        suivantes = list(self.suivantes.en_attente())
        for rang, suivante in enumerate(suivantes):
            suivante.apres = suivantes[0] if rang else None
            suivante.save()
        for suivante in suivantes[:1]:
            suivante.ecrire_aux_agents(self.MESSAGE_A_DECIDER, *Partie)

    @transaction.atomic
    def confier(self, a: Utilisateur, *, par: Utilisateur) -> None:
        """Let `a` be reached about it, who was no longer is; the right is that of `Passation`."""
        verrouiller(self)
        self.contact_nom, self.contact_fonction = str(a), ""
        self.contact_courriel = a.email
        self.full_clean()
        self.save()
        consigner(self, FaitAdhesion.CONTACT, par=par)

    @transaction.atomic
    def signer(self, acte: Acte, *, qualite: str, signe_le: date, par: Utilisateur) -> None:
        """Record that the partner, once admitted, signed `acte`; its page becomes public.

        A deed that is not saved yet is one of this contract, and is saved with the signature.
        Raises PermissionDenied without the right to record a signature, TransitionInterdite
        before both agreements or when it signed already.
        """
        exiger_droit(par, "contrats.add_signature")
        verrouiller(self)
        if not self.attend_signature:
            raise TransitionInterdite("On signe une fois, après l’accord des deux parties.")
        if acte.pk is None:
            acte.contrat = self.contrat
            acte.full_clean()
            acte.save()
        self._verifier_la_signature(acte, signe_le)
        self.partenaire.est_candidat = False
        self.partenaire.save()
        signature = Signature(
            acte=acte, partenaire=self.partenaire, qualite=qualite, signe_le=signe_le
        )
        signature.full_clean()
        signature.save()
        self.signature = signature
        self.save()
        consigner(self.partenaire, FaitAdhesion.SIGNATURE, par=par, acte=acte.pk)
        if not self.partenaire.est_visible:
            self.partenaire.publier(par=par)

    def _verifier_la_signature(self, acte: Acte, signe_le: date) -> None:
        aujourd_hui = timezone.localdate()
        if acte.contrat_id not in (None, self.contrat_id):
            raise TransitionInterdite("Cet acte est celui d’un autre contrat.")
        if acte.signe_le is None or acte.signe_le > aujourd_hui:
            raise TransitionInterdite("Cet acte n’est pas encore signé.")
        if signe_le > aujourd_hui:
            raise TransitionInterdite("Une signature est datée d’aujourd’hui au plus tard.")
        if self.partenaire.publication == Publication.RETIREE:
            raise TransitionInterdite("Ce partenaire a été retiré du site : le republier d’abord.")

    def prevenir(self, fait: FaitAccord, partie: str) -> None:
        super().prevenir(fait, partie)
        gabarits = {FaitAccord.REFUS: "adhesion_refusee", FaitAccord.CONCLU: "adhesion_accordee"}
        if fait in gabarits:
            self.ecrire_au_demandeur(gabarits[fait])

    def ecrire_au_demandeur(self, gabarit: str) -> None:
        """Send `gabarit` to whoever asked, with the link where the request is followed."""
        envoyer(gabarit, [self.contact_courriel], self.get_absolute_url(), demande=self)
