"""What the three kinds of proposals share: one lifecycle, who answers, who is written to."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from pacte.socle.courriels import envoyer
from pacte.socle.fiches import fiche
from pacte.socle.journal import consigner, faits
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from partenaires.models import Partenaire

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from actions.models.action import Action


class StatutProposition(models.TextChoices):
    ENVOYEE = "envoyee", "en attente de relecture"
    ACCEPTEE = "acceptee", "acceptée"
    AMENDEE = "amendee", "acceptée avec des changements"
    REFUSEE = "refusee", "refusée"
    RETIREE = "retiree", "retirée"


@faits
class FaitProposition(models.TextChoices):
    ENVOYEE = "proposition.envoyee", "Proposition envoyée"
    ACCEPTEE = "proposition.acceptee", "Proposition acceptée"
    AMENDEE = "proposition.amendee", "Proposition acceptée avec des changements"
    REFUSEE = "proposition.refusee", "Proposition refusée"
    RETIREE = "proposition.retiree", "Proposition retirée"


class CibleChangee(TransitionInterdite):
    """What the proposal is about changed while it was being read: both versions must be shown."""


class PropositionQuerySet(models.QuerySet):
    def en_attente(self) -> Self:
        """Proposals that nobody answered, the oldest first."""
        return self.filter(statut=StatutProposition.ENVOYEE).order_by("envoyee_le")

    def de(self, partenaire: Partenaire) -> Self:
        """Proposals of `partenaire`, newest first, with what their line prints."""
        return self.filter(partenaire=partenaire).order_by("-envoyee_le").for_liste()

    def for_liste(self) -> Self:
        return self.select_related(*self.model.RELATIONS, "envoyee_par", "partenaire")


def meme_texte(un: str, autre: str) -> bool:
    """Tell whether two texts are the same; browsers send line breaks as CR LF."""
    return un.replace("\r\n", "\n") == autre.replace("\r\n", "\n")


def droit_de_moderer(modele: str) -> "list[tuple[str, StrOrPromise]]":
    """Return the `Meta.permissions` of a concrete class (Django does not inherit them by name)."""
    return [(f"moderer_{modele}", "Peut accepter et refuser")]


def une_en_attente(*cible: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        name="%(class)s_une_en_attente",
        fields=list(cible),
        condition=Q(statut=StatutProposition.ENVOYEE),
        violation_error_message="Une proposition attend déjà une réponse à ce sujet.",
    )


class Proposition(models.Model):
    """A proposal: sent, then accepted as it is or with changes, refused for a reason, withdrawn.

    A concrete class has its target and what `for_liste` reads of it (`RELATIONS`), the word of
    addresses for its kind (`GENRE`), and says what raises NotImplementedError here.
    """

    GENRE = ""
    RELATIONS: tuple[str, ...] = ()
    TITRE_DE_L_ACTUEL = "Publié aujourd’hui"

    partenaire = models.ForeignKey(
        Partenaire, on_delete=models.PROTECT, related_name="%(class)ss", editable=False
    )
    statut = models.CharField(
        max_length=10,
        choices=StatutProposition,
        default=StatutProposition.ENVOYEE,
        editable=False,
    )
    envoyee_le = models.DateTimeField("envoyée le", default=timezone.now, editable=False)
    envoyee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="envoyée par",
        on_delete=models.PROTECT,  # a proposal keeps its author
        related_name="+",
        editable=False,
    )
    avant = models.TextField("publié au moment de l’envoi", default="", editable=False)
    traitee_le = models.DateTimeField("traitée le", null=True, blank=True, editable=False)
    traitee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="traitée par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,  # an answer keeps its author
        related_name="+",
        editable=False,
    )
    motif = models.TextField("réponse", blank=True, default="", editable=False)
    retenu = models.TextField("ce qui a été retenu", blank=True, default="", editable=False)

    objects = PropositionQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_refus_motive",
                condition=~Q(statut=StatutProposition.REFUSEE) | ~Q(motif=""),
                violation_error_message="Un refus est motivé.",
            ),
            models.CheckConstraint(
                name="%(class)s_traitee_entiere",
                condition=Q(
                    statut__in=[StatutProposition.ENVOYEE, StatutProposition.RETIREE],
                    traitee_le__isnull=True,
                    traitee_par__isnull=True,
                )
                | Q(
                    ~Q(statut__in=[StatutProposition.ENVOYEE, StatutProposition.RETIREE]),
                    traitee_le__isnull=False,
                    traitee_par__isnull=False,
                ),
                violation_error_message="Une réponse a une date et un auteur.",
            ),
            models.CheckConstraint(
                name="%(class)s_pas_juge_par_son_auteur",
                condition=Q(traitee_par__isnull=True) | ~Q(traitee_par=models.F("envoyee_par")),
                violation_error_message="On ne relit pas sa propre proposition.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sujet} ({self.partenaire.nom_court})"

    def get_absolute_url(self) -> str:
        """Where the partner follows it."""
        return reverse(
            "espace_actions:proposition", args=[self.partenaire.slug, self.GENRE, self.pk]
        )

    @property
    def sujet(self) -> str:
        """What it is about, in words."""
        raise NotImplementedError

    @property
    def action(self) -> "Action":
        """The action that it is about."""
        raise NotImplementedError

    @property
    def actuel(self) -> str:
        """What is published now, in words."""
        raise NotImplementedError

    @property
    def propose(self) -> str:
        """What is asked for, in words."""
        raise NotImplementedError

    def retenir(self) -> None:
        """Lock what it would change, until the end of the transaction: what is read stays so."""
        raise NotImplementedError

    def appliquer(self, par: Utilisateur) -> None:
        """Publish what it asks for."""
        raise NotImplementedError

    def annoncer(self) -> None:
        """Tell those who answer proposals that this one waits."""
        droit = f"actions.moderer_{self._meta.model_name}"
        relecteurs = get_user_model().objects.qui_peuvent(droit)
        adresses = relecteurs.values_list("email", flat=True)
        envoyer("proposition_recue", adresses, fiche(self), proposition=self)

    def prevenir(self) -> None:
        """Tell its author what was answered; when they left the partner, its référents."""
        membres = self.partenaire.membres.actifs()
        siens = membres.filter(utilisateur=self.envoyee_par) or membres.referents()
        adresses = [membre.utilisateur.email for membre in siens]
        envoyer("proposition_repondue", adresses, self.get_absolute_url(), proposition=self)

    @property
    def est_en_attente(self) -> bool:
        return self.statut == StatutProposition.ENVOYEE

    @property
    def est_amendee(self) -> bool:
        return self.statut == StatutProposition.AMENDEE

    @property
    def cible_a_change(self) -> bool:
        """Tell whether what is published differs from what the author had before them."""
        return not meme_texte(self.actuel, self.avant)

    @transaction.atomic
    def envoyer(self, *, par: Utilisateur) -> None:
        """Save a new proposal and journal it. Raises ValidationError when one is pending."""
        self.envoyee_par = par
        self.avant = self.actuel
        self.full_clean()
        self.save()
        consigner(self, FaitProposition.ENVOYEE, par=par)
        self.annoncer()

    @transaction.atomic
    def accepter(self, *, par: Utilisateur, lu: str, reponse: str = "", **retenu: Any) -> None:
        """Publish the proposal, with what the officer changed in `retenu` (field → value).

        `lu` is what was published when the officer read it. Raises PermissionDenied without the
        right, TransitionInterdite when it was answered already, CibleChangee when what is
        published has changed since, ValidationError when the result is not sound.
        """
        self._ouvrir(par)
        self.retenir()
        if not meme_texte(lu, self.actuel):
            raise CibleChangee("Ce qui est publié a changé pendant votre relecture.")
        propose = self.propose
        for champ, valeur in retenu.items():
            setattr(self, champ, valeur)
        self.retenu = self.propose
        amendee = not meme_texte(self.retenu, propose)
        self.appliquer(par)
        self._traiter(
            StatutProposition.AMENDEE if amendee else StatutProposition.ACCEPTEE, par, reponse
        )

    @transaction.atomic
    def refuser(self, *, par: Utilisateur, motif: str) -> None:
        """Answer no, with the reason that the author reads. Raises as `accepter`."""
        self._ouvrir(par)
        self._traiter(StatutProposition.REFUSEE, par, motif)

    @transaction.atomic
    def retirer(self, *, par: Utilisateur) -> None:
        """Withdraw the proposal. Raises TransitionInterdite when it was answered already."""
        self._verrouiller()
        self.statut = StatutProposition.RETIREE
        self.save()
        consigner(self, FaitProposition.RETIREE, par=par)

    def _ouvrir(self, par: Utilisateur) -> None:
        exiger_droit(par, f"{self._meta.app_label}.moderer_{self._meta.model_name}")
        self._verrouiller()

    def _verrouiller(self) -> None:
        verrouiller(self)
        if not self.est_en_attente:
            message = f"Cette proposition est déjà {self.get_statut_display()}."
            raise TransitionInterdite(message)

    def _traiter(self, statut: StatutProposition, par: Utilisateur, motif: str) -> None:
        self.statut = statut
        self.traitee_le, self.traitee_par = timezone.now(), par
        self.motif = motif.strip()
        self.full_clean()
        self.save()
        consigner(self, FaitProposition(f"proposition.{statut}"), par=par, motif=self.motif)
        self.prevenir()
