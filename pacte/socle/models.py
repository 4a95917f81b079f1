"""Accounts, the journal, the local synonyms, and the outbox (`courrier.py`)."""

import secrets
from typing import Any, ClassVar, NoReturn

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from pacte.socle.courrier import Courrier
from pacte.socle.texte import CleDeRechercheField, racines
from pacte.socle.transitions import verrouiller

__all__ = ["Courrier", "EntreeJournal", "Synonyme", "Utilisateur"]

MOTS_D_UN_TERME = 4


def nouvelle_cle() -> str:
    """Return what the sessions of an account are tied to, from now on."""
    return secrets.token_urlsafe(16)


class UtilisateurManager(UserManager["Utilisateur"]):
    """Creates accounts from an e-mail address: there is no user name."""

    def qui_peuvent(self, droit: str) -> "models.QuerySet[Utilisateur]":
        """Return the active accounts to which a group gives `droit` (« app.codename »), each once.

        By group alone: a superuser counts as the others do.
        """
        application, code = droit.split(".")
        groupes = Group.objects.filter(
            permissions__content_type__app_label=application, permissions__codename=code
        )
        appartenances = self.model.groups.through._default_manager.filter(group__in=groupes)
        return self.filter(is_active=True, pk__in=appartenances.values("utilisateur"))

    def _create_user_object(
        self, username: str, email: str, password: str | None, **extra_fields: Any
    ) -> "Utilisateur":
        utilisateur = self.model(email=self.normalize_email(email).lower(), **extra_fields)
        utilisateur.set_password(password)
        return utilisateur

    def create_user(  # type: ignore[override]  # no user name
        self, email: str, password: str | None = None, **extra_fields: Any
    ) -> "Utilisateur":
        return super().create_user("", email, password, **extra_fields)

    def create_superuser(  # type: ignore[override]  # no user name
        self, email: str, password: str | None = None, **extra_fields: Any
    ) -> "Utilisateur":
        return super().create_superuser("", email, password, **extra_fields)

    def get_by_natural_key(self, username: str | None) -> "Utilisateur":
        return self.get(email__iexact=username)


class Utilisateur(AbstractUser):
    """A person who signs in, known by e-mail address.

    Every session, sign-in under way and link to a new password is tied to `cle_des_sessions`: with
    another key they open nothing, though their rows were still there. A closed account has no key,
    which the database demands whoever writes the row, and one that opens again has a new key: what
    was open before a closing never comes back.
    """

    username = None  # type: ignore[assignment]  # Django's way to drop a field
    email = models.EmailField("adresse électronique", unique=True)

    rappele_le = models.DateField("dernier rappel", null=True, blank=True, editable=False)
    # Address, groups, second factor, opening: what gives an account to somebody, or rights to it.
    remanie_le = models.DateTimeField(
        "accès changés par autrui le", null=True, blank=True, editable=False
    )

    cle_des_sessions = models.CharField(
        max_length=22, blank=True, default=nouvelle_cle, editable=False
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects: ClassVar[UtilisateurManager] = UtilisateurManager()

    class Meta:
        verbose_name = "utilisateur"
        permissions = [
            ("decider_etat", "Peut donner l’accord de l’État"),
            ("decider_departement", "Peut donner l’accord du Département"),
            ("enregistrer_accord_ecrit", "Peut enregistrer un accord écrit"),
        ]
        ordering = ["last_name", "first_name", "email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="utilisateur_email_sans_casse",
                violation_error_message="Un compte existe déjà pour cette adresse.",
            ),
            models.CheckConstraint(
                name="utilisateur_ferme_sans_cle",
                condition=Q(is_active=True, cle_des_sessions__gt="")
                | Q(is_active=False, cle_des_sessions=""),
                violation_error_message="Un compte fermé n’a plus de session, même rouvert.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def nom_au_journal(self) -> str:
        """What the journal calls it: it outlives the account, which is made anonymous."""
        return f"Compte n° {self.pk}"

    def clean(self) -> None:
        super().clean()
        # One spelling of an address, so that whoever types it otherwise is found.
        self.email = self.email.lower()

    def changer_la_cle(self) -> None:
        """Give the account, open or closed, the key that goes with it; unsaved."""
        self.cle_des_sessions = nouvelle_cle() if self.is_active else ""

    @transaction.atomic
    def fermer_les_sessions(self) -> None:
        """End for good every session, sign-in under way and link to a new password."""
        verrouiller(self)
        self._oublier_les_sessions()

    @transaction.atomic
    def fermer(self) -> None:
        """Close the account, and its sessions for good. The caller holds right and journal."""
        verrouiller(self)
        self.is_active = False
        self._oublier_les_sessions()

    def _oublier_les_sessions(self) -> None:
        self.changer_la_cle()
        self.save(update_fields=["is_active", "cle_des_sessions"])
        for session in UserSession.objects.filter(user=self):
            session.end()

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Django's, of the password, with the key: each of the two ends every session."""
        sel = "pacte.socle.models.Utilisateur.cle_des_sessions"
        lie = f"{self.cle_des_sessions}:{self.password}"
        return salted_hmac(sel, lie, secret=secret, algorithm="sha256").hexdigest()


class EntreeJournalQuerySet(models.QuerySet["EntreeJournal"]):
    def delete(self) -> NoReturn:
        raise TypeError("Le journal ne s’efface pas.")

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Le journal ne se réécrit pas.")


class EntreeJournal(models.Model):
    """One fact: when, who, on what, which code, values before and after. Append-only."""

    le = models.DateTimeField("date", auto_now_add=True)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="auteur",
        null=True,
        blank=True,
        on_delete=models.PROTECT,  # a fact keeps its author
        related_name="+",
    )
    fait = models.CharField(max_length=60, db_index=True)
    type_objet = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    id_objet = models.PositiveBigIntegerField()
    objet = GenericForeignKey("type_objet", "id_objet")
    libelle = models.CharField("libellé de l’objet", max_length=300)
    avant = models.JSONField(default=dict, blank=True)
    apres = models.JSONField("après", default=dict, blank=True)

    objects = EntreeJournalQuerySet.as_manager()

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["type_objet", "id_objet"], name="journal_par_objet")]

    def __str__(self) -> str:
        return f"{self.fait} : {self.libelle}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("Le journal ne se réécrit pas.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Le journal ne s’efface pas.")

    @property
    def sujet(self) -> str:
        """What it is about: as it was called then; an account, as it is called today."""
        compte = self.objet if self.type_objet.model_class() is Utilisateur else None
        return str(compte or self.libelle)


class Synonyme(models.Model):
    """A word of the field and what the roadmap calls it: « voiture » → « mobilité, véhicule ».

    Several equivalents are separated by commas; each may count several words.
    """

    terme = models.CharField(max_length=80, unique=True)
    equivalent = models.CharField("équivalent", max_length=120)
    cle_terme = CleDeRechercheField(sources=["terme"])

    historique = HistoricalRecords(excluded_fields=["cle_terme"])

    class Meta:
        verbose_name = "synonyme de recherche"
        verbose_name_plural = "synonymes de recherche"
        ordering = ["terme"]
        constraints = [
            models.CheckConstraint(
                name="synonyme_equivalent_different",
                condition=~Q(terme=models.F("equivalent")),
                violation_error_message="L’équivalent doit différer du terme.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.terme} → {self.equivalent}"

    @property
    def equivalents(self) -> list[str]:
        return [texte for morceau in self.equivalent.split(",") if (texte := morceau.strip())]

    def clean(self) -> None:
        vides = {
            "terme": self.terme and not racines(self.terme),
            "equivalent": self.equivalent
            and not (self.equivalents and all(map(racines, self.equivalents))),
        }
        for champ, est_vide in vides.items():
            if est_vide:
                raise ValidationError({champ: "Écrire un mot de deux lettres au moins."})
        if len(racines(self.terme)) > MOTS_D_UN_TERME:
            raise ValidationError({"terme": "Un terme compte quatre mots au plus."})
