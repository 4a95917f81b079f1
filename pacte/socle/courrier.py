"""The outbox: a message is a row, written with what it tells, until it left or was given up.

What is written in a transaction leaves if and only if that transaction commits. A row is claimed
for a while before its message is handed over, and by one process only; what became of it is
written after. A process killed in between leaves a row that another takes once the claim is over.

A message may then leave twice in two cases, always with the same Message-ID: the process, or the
database, stops after the server took the message and before the row says so; the server keeps a
dialogue alive for longer than a claim, then takes the message.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.timezone import localdate

from pacte.socle.journal import consigner, faits
from pacte.socle.remise import NonRemis, remettre
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from pacte.socle.typographie import date_fr

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur

journal_technique = logging.getLogger(__name__)

DROIT_DE_RELANCER = "socle.relancer_courrier"
# Far more than one dialogue lasts: each of its dozen waits ends after EMAIL_TIMEOUT.
DUREE_D_UNE_PRISE = timedelta(minutes=10)
# Each wait between two tries is as long as all those before it, within these bounds.
ATTENTE_MINIMALE, ATTENTE_MAXIMALE = timedelta(minutes=2), timedelta(hours=4)
DUREE_DES_ESSAIS = timedelta(days=3)
# From when on a message that waits is shown to officers.
DUREE_NORMALE = timedelta(hours=1)


class StatutCourrier(models.TextChoices):
    A_ENVOYER = "a_envoyer", "à envoyer"
    PARTI = "parti", "parti"
    ECHOUE = "echoue", "non parti"
    ABANDONNE = "abandonne", "abandonné"


SANS_TEXTE = (StatutCourrier.PARTI, StatutCourrier.ABANDONNE)


@faits
class FaitCourrier(models.TextChoices):
    REESSAYE = "courrier.reessaye", "Envoi d’un courriel repris"
    ABANDONNE = "courrier.abandonne", "Envoi d’un courriel abandonné"


def _passe_ou_trop_loin(champ: str, au_plus: timedelta) -> Q:
    maintenant = timezone.now()
    # A minute more: the clocks of two servers may differ.
    trop_loin = maintenant + au_plus + timedelta(minutes=1)
    return Q(**{f"{champ}__lte": maintenant}) | Q(**{f"{champ}__gt": trop_loin})


class CourrierQuerySet(models.QuerySet["Courrier"]):
    def dus(self) -> Self:
        """Messages to hand over now, those that waited longest first; not those under way.

        What would wait, or be under way, for longer than ever was written by a clock since set
        back: now too.
        """
        libres = Q(pris_jusqu_a__isnull=True) | _passe_ou_trop_loin(
            "pris_jusqu_a", DUREE_D_UNE_PRISE
        )
        dus = _passe_ou_trop_loin("prochain_essai_le", ATTENTE_MAXIMALE)
        return self.filter(libres, dus, statut=StatutCourrier.A_ENVOYER).order_by(
            "prochain_essai_le", "pk"
        )

    def en_souffrance(self) -> Self:
        """What somebody should look at: given up by the portal, or waiting for an hour."""
        en_attente = Q(statut=StatutCourrier.A_ENVOYER, ecrit_le__lt=timezone.now() - DUREE_NORMALE)
        return self.filter(en_attente | Q(statut=StatutCourrier.ECHOUE)).order_by("ecrit_le", "pk")

    @transaction.atomic
    def prendre(self) -> "Courrier | None":
        """Claim one message that is due, for the caller alone; None when there is none left.

        PostgreSQL passes over a row that another process is taking; SQLite lets one transaction
        write at a time (IMMEDIATE), and the condition of the update holds whatever the database.
        """
        courrier = self.dus().select_for_update(skip_locked=True).first()
        if courrier is None:
            return None
        telle_que_lue = self.filter(pk=courrier.pk, essais=courrier.essais)
        courrier.essais += 1
        courrier.pris_jusqu_a = timezone.now() + DUREE_D_UNE_PRISE
        prise = telle_que_lue.update(essais=courrier.essais, pris_jusqu_a=courrier.pris_jusqu_a)
        return courrier if prise else None


class Courrier(models.Model):
    """A message to one person. Its text, which may hold a personal link, is on no screen, and is
    erased once it is of no use: the message left, was abandoned, or its link is no longer good."""

    destinataire = models.EmailField(editable=False)
    objet = models.TextField(editable=False)
    corps = models.TextField("texte", blank=True, default="", editable=False)
    statut = models.CharField(
        max_length=9,
        choices=StatutCourrier,
        default=StatutCourrier.A_ENVOYER,
        editable=False,
    )
    ecrit_le = models.DateTimeField("écrit le", default=timezone.now, editable=False)
    expire_le = models.DateTimeField("inutile après le", null=True, blank=True, editable=False)
    essais = models.PositiveSmallIntegerField("essais", default=0, editable=False)
    # Tries are counted in days from here: from its writing, or from when somebody asked for more.
    essaye_depuis = models.DateTimeField(default=timezone.now, editable=False)
    prochain_essai_le = models.DateTimeField(
        "prochain essai", null=True, blank=True, default=timezone.now, editable=False
    )
    pris_jusqu_a = models.DateTimeField(null=True, blank=True, editable=False)
    raison = models.CharField("raison", max_length=300, blank=True, default="", editable=False)
    fini_le = models.DateTimeField(
        "parti, échoué ou abandonné le", null=True, blank=True, editable=False
    )

    objects = CourrierQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel"
        ordering = ["-ecrit_le", "-pk"]
        permissions = [
            ("relancer_courrier", "Peut réessayer ou abandonner un courriel qui n’est pas parti")
        ]
        indexes = [
            models.Index(
                name="courrier_a_envoyer",
                fields=["prochain_essai_le"],
                condition=Q(statut=StatutCourrier.A_ENVOYER),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="courrier_fini_sans_prochain_essai",
                condition=Q(
                    statut=StatutCourrier.A_ENVOYER,
                    prochain_essai_le__isnull=False,
                    fini_le__isnull=True,
                )
                | (
                    ~Q(statut=StatutCourrier.A_ENVOYER)
                    & Q(prochain_essai_le__isnull=True, fini_le__isnull=False)
                ),
                violation_error_message="Un courriel attend son prochain essai, ou il est fini.",
            ),
            models.CheckConstraint(
                name="courrier_parti_sans_texte",
                condition=~Q(statut__in=SANS_TEXTE) | Q(corps=""),
                violation_error_message="Un courriel parti ou abandonné ne garde pas son texte.",
            ),
        ]

    def __str__(self) -> str:
        # The journal keeps it for ever: no address, no words.
        return f"Courriel n° {self.pk}"

    @property
    def est_pris(self) -> bool:
        """Tell whether a process is handing it over."""
        return self.pris_jusqu_a is not None and self.pris_jusqu_a > timezone.now()

    @property
    def est_perime(self) -> bool:
        return self.expire_le is not None and self.expire_le <= timezone.now()

    @property
    def peut_etre_abandonne(self) -> bool:
        return self.statut in (StatutCourrier.A_ENVOYER, StatutCourrier.ECHOUE)

    @property
    def peut_etre_reessaye(self) -> bool:
        return self.peut_etre_abandonne and not self.est_perime

    @property
    def suite(self) -> str:
        """What becomes of it, in a few words."""
        if self.statut != StatutCourrier.A_ENVOYER:
            return self.get_statut_display()
        return f"écrit le {date_fr(localdate(self.ecrit_le))}, le portail réessaie"

    @property
    def message(self) -> EmailMessage:
        """The same at each try, its identifier included: whoever gets it twice may see so."""
        domaine = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
        identifiant = f"<courrier.{self.pk}.{self.ecrit_le:%Y%m%d%H%M%S%f}@{domaine}>"
        entetes = {"Message-ID": identifiant}
        return EmailMessage(self.objet, self.corps, to=[self.destinataire], headers=entetes)

    @transaction.atomic
    def reessayer(self, *, par: "Utilisateur") -> None:
        """Send again at once, and for three more days if need be.

        Raises TransitionInterdite once it left or was abandoned, when its link is no longer good,
        and while a process is handing it over.
        """
        exiger_droit(par, DROIT_DE_RELANCER)
        self._exiger_en_souffrance()
        if self.est_perime:
            raise TransitionInterdite(
                "Le lien de ce courriel n’est plus valable : il ne part plus."
            )
        self.statut, self.fini_le = StatutCourrier.A_ENVOYER, None
        self.prochain_essai_le = self.essaye_depuis = timezone.now()
        self.save()
        consigner(self, FaitCourrier.REESSAYE, par=par)
        faire_partir([self])

    @transaction.atomic
    def abandonner(self, *, par: "Utilisateur") -> None:
        """Give up, and erase the text. Raises TransitionInterdite as `reessayer`, links aside."""
        exiger_droit(par, DROIT_DE_RELANCER)
        self._exiger_en_souffrance()
        self._finir(StatutCourrier.ABANDONNE)
        self.save()
        consigner(self, FaitCourrier.ABANDONNE, par=par)

    def _exiger_en_souffrance(self) -> None:
        verrouiller(self)
        if not self.peut_etre_abandonne:
            raise TransitionInterdite(f"Ce courriel est déjà {self.get_statut_display()}.")
        if self.est_pris:
            raise TransitionInterdite("Ce courriel est en train de partir.")

    def noter_parti(self) -> None:
        self.raison = ""
        self._finir(StatutCourrier.PARTI)
        self._noter()

    def noter_echec(self, raison: str, *, est_definitif: bool = False) -> None:
        """Write why it did not leave, and when to try again; or give up."""
        self.raison, maintenant = raison, timezone.now()
        depuis = maintenant - self.essaye_depuis
        if est_definitif or depuis >= DUREE_DES_ESSAIS:
            self._finir(StatutCourrier.ECHOUE)
        else:
            self.prochain_essai_le = maintenant + min(
                max(depuis, ATTENTE_MINIMALE), ATTENTE_MAXIMALE
            )
        self._noter()

    def noter_perime(self) -> None:
        self.raison = f"Lien périmé avant l’envoi. {self.raison}".strip()[:300]
        self._finir(StatutCourrier.ECHOUE)
        self.corps = ""
        self._noter()

    def _finir(self, statut: StatutCourrier) -> None:
        self.statut, self.fini_le = statut, timezone.now()
        self.prochain_essai_le = self.pris_jusqu_a = None
        if statut in SANS_TEXTE:
            self.corps = ""

    def _noter(self) -> None:
        """Write what became of it, unless its claim ended and another process took it since."""
        self.pris_jusqu_a = None
        ecrits = ("statut", "corps", "raison", "prochain_essai_le", "pris_jusqu_a", "fini_le")
        Courrier.objects.filter(
            pk=self.pk, essais=self.essais, statut=StatutCourrier.A_ENVOYER
        ).update(**{champ: getattr(self, champ) for champ in ecrits})


@dataclass
class Tournee:
    """What one round did; `panne` says why it stopped before the end, when it did."""

    partis: int = 0
    non_partis: int = 0
    panne: str = ""


def distribuer(parmi: CourrierQuerySet | None = None) -> Tournee:
    """Hand over what is due, of all messages or of those of `parmi`, then say what left.

    Stops at the first sign that the server answers nobody: the others, untried, stay due.
    """
    courriers = Courrier.objects.all() if parmi is None else parmi
    tournee = Tournee()
    while not tournee.panne and (courrier := courriers.prendre()):
        if courrier.est_perime:
            courrier.noter_perime()
            tournee.non_partis += 1
            continue
        try:
            remettre(courrier.message)
        except NonRemis as refus:
            courrier.noter_echec(str(refus), est_definitif=refus.est_definitif)
            journal_technique.warning("%s non remis : %s", courrier, refus)
            tournee.non_partis += 1
            tournee.panne = str(refus) if refus.est_du_serveur else ""
        else:
            courrier.noter_parti()
            tournee.partis += 1
    return tournee


def faire_partir(courriers: Iterable[Courrier]) -> None:
    """Send `courriers` once the transaction commits, outside of the request.

    Whoever waits for the page waits as long, and reads the same, whatever the mail server does.
    What is not sent so is for `manage.py envoyer_courriels`.
    """
    siens = Courrier.objects.filter(pk__in=[courrier.pk for courrier in courriers])
    partir = _confier if settings.COURRIELS_A_PART else distribuer
    transaction.on_commit(partial(partir, siens), robust=True)


def _confier(courriers: CourrierQuerySet) -> None:
    _facteur().submit(_tourner, courriers)


def _tourner(courriers: CourrierQuerySet) -> None:
    try:
        distribuer(courriers)
    except Exception:  # Nobody reads what a thread raises; the rows stay due.
        journal_technique.exception("Les courriels dus attendent la prochaine tournée")
    finally:
        connection.close()


@cache
def _facteur() -> ThreadPoolExecutor:
    """The thread that talks to the mail server; a process that stops lets it finish."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="courriels")
