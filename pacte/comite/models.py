"""A meeting of the steering committee, and what it decided: who does what, by when."""

from datetime import date, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F, Q
from django.utils.timezone import localdate
from simple_history.models import HistoricalRecords

from actions.models import JOURS_AVANT_L_ECHEANCE, Action
from pacte.socle.double_accord import Partie
from pacte.socle.journal import consigner, faits
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from pacte.socle.typographie import date_fr
from partenaires.models import Partenaire

DROIT_DE_SUIVRE = "pacte.change_decision"


@faits
class FaitDecision(models.TextChoices):
    """No sentence of the public timeline tells them: a decision may be internal."""

    FAITE = "decision.faite", "Décision du comité faite"
    REPRISE = "decision.reprise", "Décision du comité reprise, qui n’était pas faite"


class ComiteQuerySet(models.QuerySet["Comite"]):
    def with_decisions(self) -> Self:
        """Add `nb_decisions`, and `nb_ouvertes`: those that are not done."""
        ouvertes = Q(decisions__faite_le__isnull=True)
        return self.annotate(
            nb_decisions=Count("decisions"), nb_ouvertes=Count("decisions", filter=ouvertes)
        )


class Comite(models.Model):
    """A meeting of the steering committee. Its agenda is computed, never stored; see `OrdreDuJour`.

    Nothing of it is public, save the public decisions that it took and its date beside them.
    """

    le = models.DateField("date")
    organisations = models.ManyToManyField(
        Partenaire,
        verbose_name="organisations présentes",
        blank=True,
        related_name="comites",
        help_text="Jamais publiées.",
    )
    personnes = models.TextField(
        "personnes présentes",
        blank=True,
        default="",
        help_text="Une par ligne, avec sa fonction. Jamais publiées.",
    )
    points = models.TextField(
        "points à ajouter à l’ordre du jour",
        blank=True,
        default="",
        help_text="Un par ligne : ce que l’ordre du jour calculé ne dit pas. Jamais publiés.",
    )

    objects = ComiteQuerySet.as_manager()
    historique = HistoricalRecords(m2m_fields=[organisations])

    class Meta:
        verbose_name = "comité de pilotage"
        verbose_name_plural = "comités de pilotage"
        ordering = ["-le"]
        constraints = [
            models.UniqueConstraint(
                name="comite_un_par_jour",
                fields=["le"],
                violation_error_message="Un comité de pilotage est déjà enregistré à cette date.",
            )
        ]

    def __str__(self) -> str:
        return f"Comité de pilotage du {date_fr(self.le)}"

    def clean(self) -> None:
        """Keep the date of a meeting in order with the decisions that it took."""
        if self.pk is None or self.le is None:
            return
        if not self.est_tenu and self.decisions.exists():
            raise ValidationError(
                {"le": "Des décisions de cette réunion sont enregistrées : elle a eu lieu."}
            )
        if self.decisions.filter(faite_le__lt=self.le).exists():
            raise ValidationError({"le": "Une décision de cette réunion a été faite avant."})

    @property
    def est_tenu(self) -> bool:
        """Tell whether its day has come."""
        return self.le <= localdate()

    @property
    def precedent(self) -> "Comite | None":
        """The meeting before it, None for the first (one query)."""
        return Comite.objects.filter(le__lt=self.le).first()

    @property
    def points_ajoutes(self) -> list[str]:
        return [point.strip() for point in self.points.splitlines() if point.strip()]

    @property
    def presents(self) -> list[str]:
        """Who was there: the organisations by name, then the persons (one query)."""
        personnes = [personne.strip() for personne in self.personnes.splitlines()]
        organisations = [organisation.nom for organisation in self.organisations.all()]
        return [*organisations, *filter(None, personnes)]


class DecisionQuerySet(models.QuerySet["Decision"]):
    def publiques(self) -> Self:
        """Decisions that anyone may read, the newest meeting first, with what the site prints."""
        publiques = self.filter(est_publique=True, comite__le__lte=localdate())
        return publiques.select_related("comite", "qui").order_by("-comite__le", "pk")

    def ouvertes(self, au: date | None = None) -> Self:
        """Decisions that are not done; that were not on day `au`, when it is given."""
        pas_encore = Q(faite_le__isnull=True)
        return self.filter(pas_encore | Q(faite_le__gt=au) if au else pas_encore)

    def en_retard(self) -> Self:
        return self.ouvertes().filter(pour_le__lt=localdate())

    def par_echeance(self) -> Self:
        """The nearest deadline first, then those without any, with what a list prints."""
        ordre = F("pour_le").asc(nulls_last=True)
        return self.select_related("comite", "qui").order_by(ordre, "comite__le", "pk")

    def a_suivre(self) -> Self:
        """Open decisions that are overdue, due within sixty days, or without any date."""
        limite = localdate() + timedelta(days=JOURS_AVANT_L_ECHEANCE)
        dues = Q(pour_le__isnull=True) | Q(pour_le__lte=limite)
        return self.ouvertes().filter(dues).par_echeance()

    def a_suivre_par(self, partie: Partie) -> Self:
        """Those of `a_suivre` that `partie` is in charge of, or that nobody is.

        The Department follows what other partners do too, as it keeps their figures.
        """
        siennes = Q(qui__partie=partie) | Q(qui__isnull=True)
        if partie == Partie.DEPARTEMENT:
            siennes |= Q(qui__partie="")
        return self.a_suivre().filter(siennes)


class Decision(models.Model):
    """What a meeting decided. Internal unless an officer says otherwise.

    An internal decision is read by officers alone: its partner is not told of it either.
    """

    comite = models.ForeignKey(
        Comite,
        verbose_name="comité",
        on_delete=models.PROTECT,  # a meeting keeps what it decided
        related_name="decisions",
    )
    libelle = models.TextField("décision", help_text="Dans les mots du comité.")
    actions = models.ManyToManyField(
        Action, verbose_name="actions concernées", blank=True, related_name="decisions"
    )
    qui = models.ForeignKey(
        Partenaire,
        verbose_name="qui s’en charge",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        help_text="Vide : personne n’est encore désigné, les deux parties le voient.",
    )
    pour_le = models.DateField("pour le", null=True, blank=True)
    faite_le = models.DateField("faite le", null=True, blank=True, editable=False)
    est_publique = models.BooleanField(
        "publique",
        default=False,
        help_text="Publique : elle se lit sur la fiche de ses actions, et le partenaire qui s’en "
        "charge la reçoit. Interne : les agents seuls la lisent.",
    )

    objects = DecisionQuerySet.as_manager()
    # Changed by transitions: restoring an old version must not touch it.
    historique = HistoricalRecords(excluded_fields=["faite_le"], m2m_fields=[actions])

    class Meta:
        verbose_name = "décision du comité"
        verbose_name_plural = "décisions du comité"
        ordering = ["-comite__le", "pk"]
        constraints = [
            models.CheckConstraint(
                name="decision_dans_ses_mots",
                condition=~Q(libelle=""),
                violation_error_message="Une décision s’écrit dans les mots du comité.",
            ),
            models.CheckConstraint(
                name="decision_attendue_de_quelqu_un",
                condition=Q(pour_le__isnull=True) | Q(qui__isnull=False),
                violation_error_message="Une décision attendue pour une date a quelqu’un qui s’en "
                "charge : le dire, ou vider la date.",
            ),
        ]

    def __str__(self) -> str:
        return self.libelle

    def clean(self) -> None:
        """Keep its dates in order with the day of its meeting, and with today."""
        comite: Comite | None = getattr(self, "comite", None)
        if comite is None or comite.le is None:
            return
        if not comite.est_tenu:
            raise ValidationError("Une décision s’enregistre une fois la réunion tenue.")
        if self.pour_le and self.pour_le < comite.le:
            raise ValidationError({"pour_le": "Une décision est attendue après la réunion."})
        if self.faite_le and self.faite_le > localdate():
            raise ValidationError("Une décision faite l’est au plus tard aujourd’hui.")
        if self.faite_le and self.faite_le < comite.le:
            raise ValidationError("Une décision n’est pas faite avant la réunion qui l’a prise.")

    @property
    def est_faite(self) -> bool:
        return self.faite_le is not None

    @property
    def est_en_retard(self) -> bool:
        return not self.est_faite and self.pour_le is not None and self.pour_le < localdate()

    @property
    def responsable_public(self) -> Partenaire | None:
        """Who is in charge of it, when the site may name them."""
        return self.qui if self.qui and self.qui.est_visible else None

    @property
    def suite(self) -> str:
        """Who, and by when or when done, in words: « Wimoov, pour le 3 mars 2027, en retard »."""
        return self.suite_au(localdate())

    def suite_au(self, jour: date) -> str:
        """The same as it read on `jour`."""
        qui = self.qui.nom_court if self.qui else "personne n’est désigné"
        if self.faite_le and self.faite_le <= jour:
            return f"{qui}, faite le {date_fr(self.faite_le)}"
        if self.pour_le is None:
            return f"{qui}, sans date"
        retard = ", en retard" if self.pour_le < jour else ""
        return f"{qui}, pour le {date_fr(self.pour_le)}{retard}"

    @transaction.atomic
    def constater_faite(self, *, le: date, par: Utilisateur) -> None:
        """Record that it was done on day `le`.

        Raises PermissionDenied without the right, TransitionInterdite when it is done already,
        ValidationError for a day to come or before the meeting.
        """
        exiger_droit(par, DROIT_DE_SUIVRE)
        verrouiller(self)
        if self.est_faite:
            raise TransitionInterdite(
                f"Cette décision est faite depuis le {date_fr(self.faite_le)}."
            )
        self.faite_le = le
        self.full_clean()
        self.save()
        consigner(self, FaitDecision.FAITE, par=par, le=le.isoformat())

    @transaction.atomic
    def reprendre(self, *, motif: str, par: Utilisateur) -> None:
        """Say that it was not done after all, and why: it is open again.

        Raises PermissionDenied without the right, TransitionInterdite when it is open.
        """
        exiger_droit(par, DROIT_DE_SUIVRE)
        verrouiller(self)
        if self.faite_le is None:
            raise TransitionInterdite("Cette décision n’est pas dite faite.")
        avant, self.faite_le = self.faite_le.isoformat(), None
        self.full_clean()
        self.save()
        consigner(self, FaitDecision.REPRISE, par=par, avant={"le": avant}, motif=motif.strip())
