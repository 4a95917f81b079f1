"""What people write to the portal, and what becomes of it."""

import hashlib
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Self
from urllib.parse import quote, urlencode

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from pacte.socle.courriels import envoyer
from pacte.socle.editeur import A_COMPLETER, editeur
from pacte.socle.journal import consigner, faits
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller

# RGAA: a defect of accessibility is answered within a week.
JOURS_POUR_REPONDRE = {"accessibilite": 7, "question": 30, "donnees": 30}
LETTRES_DE_REFERENCE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class SujetMessage(models.TextChoices):
    QUESTION = "question", "Une question sur le Pacte ou sur ce site"
    ACCESSIBILITE = "accessibilite", "Un défaut d’accessibilité"
    DONNEES = "donnees", "Mes données personnelles"


@faits
class FaitMessage(models.TextChoices):
    REPONDU = "message.repondu", "Message répondu"


def creer_reference() -> str:
    """Return a reference that is short, unguessable and easy to read aloud."""
    return "".join(secrets.choice(LETTRES_DE_REFERENCE) for _ in range(8))


class MessageQuerySet(models.QuerySet["Message"]):
    def a_traiter(self) -> Self:
        """Messages that nobody answered, the nearest deadline first."""
        return self.filter(repondu_le__isnull=True).order_by("avant_le")

    def en_retard(self) -> Self:
        return self.a_traiter().filter(avant_le__lt=timezone.localdate())


class Message(models.Model):
    """A message of the contact form, acknowledged at once and answered before a date."""

    reference = models.CharField(
        "référence", max_length=8, unique=True, default=creer_reference, editable=False
    )
    sujet = models.CharField(max_length=13, choices=SujetMessage)
    nom = models.CharField(max_length=120, blank=True, default="", help_text="Facultatif.")
    courriel = models.EmailField(
        "votre adresse électronique", help_text="Pour vous répondre, et rien d’autre."
    )
    page = models.CharField(
        "page concernée", max_length=300, blank=True, default="", help_text="Facultatif."
    )
    texte = models.TextField("votre message", max_length=5000)
    recu_le = models.DateTimeField("reçu le", default=timezone.now, editable=False)
    avant_le = models.DateField("à répondre avant le", editable=False)
    repondu_le = models.DateTimeField("répondu le", null=True, blank=True, editable=False)
    # Of what was typed in the form, so that a form sent twice makes one row; "" elsewhere.
    empreinte = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message reçu"
        verbose_name_plural = "messages reçus"
        ordering = ["-recu_le"]
        permissions = [("repondre_message", "Peut dire qu’un message a reçu sa réponse")]
        constraints = [
            models.CheckConstraint(
                name="message_repondu_apres_sa_reception",
                condition=Q(repondu_le__isnull=True) | Q(repondu_le__gte=F("recu_le")),
                violation_error_message="On répond après avoir reçu.",
            ),
            models.UniqueConstraint(
                name="message_une_fois_tant_qu_il_attend",
                fields=["empreinte"],
                condition=Q(repondu_le__isnull=True, empreinte__gt=""),
                violation_error_message="Ce message est déjà reçu, et attend sa réponse.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} – {self.get_sujet_display()}"

    @property
    def est_en_retard(self) -> bool:
        return self.repondu_le is None and self.avant_le < timezone.localdate()

    @property
    def lien_de_reponse(self) -> str:
        """The address that opens a reply in the officer's mail program."""
        objet = urlencode({"subject": f"Votre message {self.reference}"}, quote_via=quote)
        return f"mailto:{quote(self.courriel, safe='@')}?{objet}"

    def reconnaitre(self) -> None:
        """Take the print of what was typed, by which the same form sent again is known."""
        saisi = (self.sujet, self.texte, self.page, self.nom, self.courriel.lower())
        self.empreinte = hashlib.sha256(repr(saisi).encode()).hexdigest()

    def recevoir(self) -> None:
        """Deposit what a form says, once: the same, while it waits for its answer, is that one."""
        self.reconnaitre()
        if Message.objects.a_traiter().filter(empreinte=self.empreinte).exists():
            return
        # The other of two sent at once: the database lets one in.
        with suppress(IntegrityError):
            self.deposer()

    @transaction.atomic
    def deposer(self) -> None:
        """Save a new message, acknowledge it, and tell the publisher."""
        self.avant_le = timezone.localdate() + timedelta(days=JOURS_POUR_REPONDRE[self.sujet])
        self.full_clean(exclude=["empreinte"])
        self.save()
        envoyer("message_recu", [self.courriel], reverse("contact"), message=self)
        if (service := editeur().courriel) != A_COMPLETER:
            fiche = reverse("admin:pacte_message_change", args=[self.pk])
            envoyer("message_a_traiter", [service], fiche, message=self)

    @transaction.atomic
    def clore(self, *, par: Utilisateur) -> None:
        """Say that it was answered. Raises TransitionInterdite when it was already."""
        exiger_droit(par, "pacte.repondre_message")
        verrouiller(self)
        if self.repondu_le:
            raise TransitionInterdite("Ce message a déjà reçu sa réponse.")
        self.repondu_le = timezone.now()
        self.save()
        consigner(self, FaitMessage.REPONDU, par=par)
