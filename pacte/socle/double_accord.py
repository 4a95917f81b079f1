"""« Avec l’accord de l’État et du Département »: two recorded decisions, by two people."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.core.validators import FileExtensionValidator
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.text import capfirst

from pacte.socle.courriels import envoyer
from pacte.socle.documents import DocumentPdf
from pacte.socle.fiches import fiche
from pacte.socle.journal import consigner, faits
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from pacte.socle.typographie import date_fr, pluriel

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur

DROIT_ACCORD_ECRIT = "socle.enregistrer_accord_ecrit"


class Partie(models.TextChoices):
    """The two equal parties of the pact."""

    ETAT = "etat", "État"
    DEPARTEMENT = "departement", "Département"


LA_PARTIE = {Partie.ETAT: "l’État", Partie.DEPARTEMENT: "le Département"}
DE_LA_PARTIE = {Partie.ETAT: "de l’État", Partie.DEPARTEMENT: "du Département"}


class StatutAccord(models.TextChoices):
    DEMANDEE = "demandee", "en attente"
    ACCORDEE = "accordee", "accordée"
    REFUSEE = "refusee", "refusée"
    RETIREE = "retiree", "retirée"


@faits
class FaitAccord(models.TextChoices):
    DEPOT = "accord.depot", "Demande déposée"
    ACCORD = "accord.donne", "Accord donné"
    ACCORD_ECRIT = "accord.ecrit", "Accord écrit enregistré"
    CONCLU = "accord.conclu", "Accordée par les deux parties"
    REFUS = "accord.refus", "Demande refusée"
    RETRAIT = "accord.retrait", "Demande retirée"
    TENTATIVE = "accord.tentative", "Décision tentée pour une autre partie"


def parties_de(utilisateur: "Utilisateur | AnonymousUser") -> list[Partie]:
    """Return the sides for which `utilisateur` decides: by group alone, superusers included."""
    if not utilisateur.is_active:
        return []
    codes = set(
        Permission.objects.filter(
            group__user=utilisateur.pk, content_type__app_label="socle"
        ).values_list("codename", flat=True)
    )
    return [partie for partie in Partie if f"decider_{partie}" in codes]


def agents_de(partie: Partie) -> "QuerySet[Utilisateur]":
    """Return the active accounts that decide for `partie`."""
    return get_user_model().objects.qui_peuvent(f"socle.decider_{partie}")


def _auteur(libelle: str) -> "models.ForeignKey[Utilisateur | None, Utilisateur | None]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=libelle,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,  # a decision keeps its author
        related_name="+",
    )


def _date(libelle: str) -> "models.DateTimeField[datetime | None, datetime | None]":
    return models.DateTimeField(libelle, null=True, blank=True, editable=False)


def _piece(libelle: str) -> models.FileField:
    return models.FileField(
        libelle,
        upload_to="accords/",
        blank=True,
        default="",
        validators=[FileExtensionValidator(["pdf"]), DocumentPdf()],
    )


def _entier_ou_absent(partie: str) -> models.CheckConstraint:
    le, par, piece = (f"accord_{partie}_{nom}" for nom in ("le", "par", "piece"))
    return models.CheckConstraint(
        name=f"%(class)s_accord_{partie}_entier",
        condition=Q(**{f"{le}__isnull": True, f"{par}__isnull": True, piece: ""})
        | Q(**{f"{le}__isnull": False, f"{par}__isnull": False}),
        violation_error_message="Un accord a une date et un auteur.",
    )


UneDemande = TypeVar("UneDemande", bound="DoubleAccord")


class DoubleAccordQuerySet(models.QuerySet[UneDemande]):
    def en_attente(self) -> Self:
        return self.filter(statut=StatutAccord.DEMANDEE).order_by("deposee_le")

    def accordees(self) -> Self:
        return self.filter(statut=StatutAccord.ACCORDEE)

    def a_decider_par(self, partie: Partie) -> Self:
        """Open requests that `partie` has not decided yet, the oldest first."""
        return self.en_attente().filter(**{f"accord_{partie}_le__isnull": True})


class DoubleAccord(models.Model):
    """A request that both parties grant, in any order, or that one of them refuses.

    An agreement is a click by someone of that side, or a written one recorded with its document.
    A concrete class names the messages that its agents receive.
    """

    MESSAGE_A_DECIDER = MESSAGE_CONCLUE = ""

    statut = models.CharField(
        max_length=8, choices=StatutAccord, default=StatutAccord.DEMANDEE, editable=False
    )
    deposee_le = models.DateTimeField("déposée le", default=timezone.now, editable=False)
    accord_etat_le = _date("accord de l’État le")
    accord_etat_par = _auteur("accord de l’État par")
    accord_etat_piece = _piece("accord écrit de l’État")
    accord_departement_le = _date("accord du Département le")
    accord_departement_par = _auteur("accord du Département par")
    accord_departement_piece = _piece("accord écrit du Département")
    refus_partie = models.CharField(
        "refusée par", max_length=12, choices=Partie, blank=True, default="", editable=False
    )
    refus_le = _date("refusée le")
    refus_par = _auteur("refus par")
    motif_refus = models.TextField("motif du refus", blank=True, default="", editable=False)

    class Meta:
        abstract = True
        constraints = [
            _entier_ou_absent("etat"),
            _entier_ou_absent("departement"),
            models.CheckConstraint(
                name="%(class)s_accordee_par_les_deux",
                condition=~Q(statut=StatutAccord.ACCORDEE)
                | Q(accord_etat_le__isnull=False, accord_departement_le__isnull=False),
                violation_error_message="Il faut l’accord de l’État et celui du Département.",
            ),
            models.CheckConstraint(
                name="%(class)s_deux_personnes",
                condition=Q(accord_etat_par__isnull=True)
                | Q(accord_departement_par__isnull=True)
                | ~Q(accord_etat_par=F("accord_departement_par")),
                violation_error_message="Une même personne ne décide pas pour les deux parties.",
            ),
            models.CheckConstraint(
                name="%(class)s_refus_motive",
                condition=Q(
                    ~Q(motif_refus=""),
                    statut=StatutAccord.REFUSEE,
                    refus_partie__in=Partie.values,
                    refus_le__isnull=False,
                    refus_par__isnull=False,
                )
                | Q(
                    ~Q(statut=StatutAccord.REFUSEE),
                    refus_partie="",
                    refus_le__isnull=True,
                    refus_par__isnull=True,
                    motif_refus="",
                ),
                violation_error_message="Un refus a un motif, une partie, une date et un auteur.",
            ),
        ]

    @property
    def est_en_attente(self) -> bool:
        return self.statut == StatutAccord.DEMANDEE

    @property
    def est_accordee(self) -> bool:
        return self.statut == StatutAccord.ACCORDEE

    @property
    def est_refusee(self) -> bool:
        return self.statut == StatutAccord.REFUSEE

    @property
    def jours_d_attente(self) -> int:
        return (timezone.localdate() - timezone.localdate(self.deposee_le)).days

    @property
    def de_qui_refuse(self) -> str:
        """« de l’État » or « du Département » inside a sentence, nothing without a refusal."""
        return DE_LA_PARTIE[Partie(self.refus_partie)] if self.refus_partie else ""

    @property
    def positions(self) -> list[tuple[str, str]]:
        """Each party, and where its decision stands, in words for whoever asked."""
        return [(partie.label, self._position(partie)) for partie in Partie]

    def dire_pour(self, partie: Partie) -> str:
        """Where the request stands, in the words of `partie` and with how long it has waited."""
        if not self.est_en_attente:
            return self.get_statut_display()
        if self.accord_de(partie) is None:
            return f"À vous de décider, {self._depuis}"
        autre = next(p for p in Partie if p != partie)
        return f"En attente {DE_LA_PARTIE[autre]}, {self._depuis}"

    @property
    def _depuis(self) -> str:
        jours = self.jours_d_attente
        return f"depuis {pluriel(jours, 'jour')}" if jours else "depuis aujourd’hui"

    def accord_de(self, partie: Partie) -> datetime | None:
        """Return when `partie` agreed, None if it has not."""
        le: datetime | None = getattr(self, f"accord_{partie}_le")
        return le

    def piece_de(self, partie: Partie) -> FieldFile:
        piece: FieldFile = getattr(self, f"accord_{partie}_piece")
        return piece

    def _ouvrir_la_demande(self, par: "Utilisateur | None" = None) -> None:
        """Save a new request, journal it and tell both parties."""
        self.full_clean()
        self.save()
        consigner(self, FaitAccord.DEPOT, par=par)
        self.ecrire_aux_agents(self.MESSAGE_A_DECIDER, *Partie)

    def accorder(self, partie: Partie, *, par: "Utilisateur") -> None:
        """Record the agreement of `partie`, given by one of its people.

        Raises PermissionDenied, journalled, for someone of the other side; TransitionInterdite
        when the request is closed or the side has decided; ValidationError when one person
        would decide for both.
        """
        self._exiger_partie(partie, par)
        self._enregistrer(partie, FaitAccord.ACCORD, par)

    def accorder_par_ecrit(self, partie: Partie, *, par: "Utilisateur", piece: File | None) -> None:
        """Record a written agreement of `partie` with its document (a PDF), for whoever may.

        Raises as `accorder`, and ValidationError when the document is missing or is no PDF.
        """
        exiger_droit(par, DROIT_ACCORD_ECRIT)
        self._enregistrer(partie, FaitAccord.ACCORD_ECRIT, par, piece)

    def refuser(self, partie: Partie, *, par: "Utilisateur", motif: str) -> None:
        """Close the request for all, with the reason that whoever asked will read."""
        self._exiger_partie(partie, par)
        with transaction.atomic():
            self._ouvrir(partie)
            self.statut = StatutAccord.REFUSEE
            self.refus_partie, self.refus_par = partie, par
            self.refus_le = timezone.now()
            self.motif_refus = motif.strip()
            self._clore(FaitAccord.REFUS, partie, par, motif=self.motif_refus)

    @transaction.atomic
    def retirer(self, *, par: "Utilisateur | None" = None, **apres: Any) -> None:
        """Withdraw the request, at the wish of whoever made it; the journal keeps `apres`."""
        self._ouvrir()
        self.statut = StatutAccord.RETIREE
        self._clore(FaitAccord.RETRAIT, "", par, **apres)

    def exiger_le_meme(self) -> None:
        """Raise TransitionInterdite when what is agreed on no longer stands; never by default."""

    def conclure(self, par: "Utilisateur") -> None:
        """Do what both agreements allow; nothing by default."""

    def prevenir(self, fait: FaitAccord, partie: str) -> None:
        """Write to whom `fait` concerns: the party still to decide, or both once it is settled."""
        if fait in (FaitAccord.ACCORD, FaitAccord.ACCORD_ECRIT):
            if self.est_en_attente:
                autres = (p for p in Partie if p != partie)
                deja = f"{capfirst(LA_PARTIE[Partie(partie)])} a donné son accord"
                self.ecrire_aux_agents(self.MESSAGE_A_DECIDER, *autres, deja=deja)
        elif fait != FaitAccord.RETRAIT:
            self.ecrire_aux_agents(self.MESSAGE_CONCLUE, *Partie)

    def ecrire_aux_agents(self, gabarit: str, *parties: Partie, deja: str = "") -> None:
        """Send `gabarit` to the people of `parties`, each in the words of its side.

        `deja` says what the other side did, when this is why they are written to again.
        """
        for partie in parties:
            adresses = agents_de(partie).values_list("email", flat=True)
            ici = self.dire_pour(partie)
            envoyer(gabarit, adresses, fiche(self), demande=self, ici=ici, deja=deja)

    @transaction.atomic
    def _enregistrer(
        self, partie: Partie, fait: FaitAccord, par: "Utilisateur", piece: File | None = None
    ) -> None:
        self._ouvrir(partie)
        self.exiger_le_meme()
        setattr(self, f"accord_{partie}_le", timezone.now())
        setattr(self, f"accord_{partie}_par", par)
        if fait == FaitAccord.ACCORD_ECRIT:
            if not piece:
                raise ValidationError("Un accord écrit s’enregistre avec son document.")
            setattr(self, f"accord_{partie}_piece", piece)
        if self.accord_etat_le and self.accord_departement_le:
            self.statut = StatutAccord.ACCORDEE
        self._clore(fait, partie, par)
        if self.statut == StatutAccord.ACCORDEE:
            consigner(self, FaitAccord.CONCLU, par=par)
            self.conclure(par)
            self.prevenir(FaitAccord.CONCLU, partie)

    def _exiger_partie(self, partie: Partie, par: "Utilisateur") -> None:
        if partie in parties_de(par):
            return
        # Outside any transaction of ours: the attempt stays in the journal.
        consigner(self, FaitAccord.TENTATIVE, par=par, partie=str(partie))
        raise PermissionDenied("Vous ne décidez pas pour cette partie.")

    def _ouvrir(self, partie: Partie | None = None) -> None:
        verrouiller(self)
        if not self.est_en_attente:
            raise TransitionInterdite(f"Cette demande est déjà {self.get_statut_display()}.")
        if partie and (le := self.accord_de(partie)):
            raise TransitionInterdite(
                f"{capfirst(LA_PARTIE[partie])} a déjà donné son accord, le {date_fr(le)}."
            )

    def _clore(
        self, fait: FaitAccord, partie: str, par: "Utilisateur | None", **apres: Any
    ) -> None:
        self.full_clean()
        self.save()
        consigner(self, fait, par=par, partie=str(partie), **apres)
        self.prevenir(fait, partie)

    def _position(self, partie: Partie) -> str:
        if le := self.accord_de(partie):
            return f"accord donné le {date_fr(le)}"
        if self.refus_partie == partie:
            return f"refus le {date_fr(self.refus_le)}"
        if self.est_en_attente:
            return f"examine la demande {self._depuis}"
        return "n’a pas eu à se prononcer"
