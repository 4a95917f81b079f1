"""When an action is late: one definition, computed from dates and never stored.

An action is expected by the first of its milestones not reached and of its planned end. A postponed
one is expected by its new date alone; one that is closed or suspended is expected by none. It is
late when that date has passed: whatever is said of the date is then true of it.
"""

from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils.timezone import localdate

from actions.models.statut import STATUTS_CLOS, STATUTS_SANS_ECHEANCE, StatutAction
from actions.models.suivi import Jalon, PointEtape
from pacte.socle.publication import PubliableQuerySet, UnePubliable

JOURS_SANS_NOUVELLES = 90
JOURS_AVANT_L_ECHEANCE = 60


class Situation(models.TextChoices):
    """What one looks for in a list of actions; the values are those of the address."""

    EN_RETARD = "en_retard", "En retard"
    ECHEANCE_PROCHE = "echeance_proche", f"Échéance dans les {JOURS_AVANT_L_ECHEANCE} jours"
    SANS_NOUVELLES = "sans_nouvelles", f"Sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours"
    A_CONFIRMER = "a_confirmer", "À confirmer"


def q_en_situation(situation: Situation) -> Q:
    """Return the condition of `situation`, on actions."""
    return {
        Situation.EN_RETARD: _q_en_retard,
        Situation.ECHEANCE_PROCHE: _q_echeance_proche,
        Situation.SANS_NOUVELLES: _q_sans_nouvelles,
        Situation.A_CONFIRMER: _q_a_confirmer,
    }[Situation(situation)]()


def q_attendue_avant(jour: date) -> Q:
    """Return « it is expected by a day before `jour` »: what `with_echeance` tells, as a condition.

    The milestones are a set read once, where a subquery would run again for each action.
    """
    jalons = Jalon.objects.filter(atteint_le__isnull=True, prevu_le__lt=jour)
    par_un_jalon_ou_sa_fin = Q(pk__in=jalons.values("action")) | Q(fin_prevue__lt=jour)
    sans_date_a_elle = [*STATUTS_SANS_ECHEANCE, StatutAction.REPORTEE]
    return (~Q(statut__in=sans_date_a_elle) & par_un_jalon_ou_sa_fin) | Q(
        statut=StatutAction.REPORTEE, reportee_au__lt=jour
    )


def _q_en_retard() -> Q:
    return q_attendue_avant(localdate())


def _q_echeance_proche() -> Q:
    """Expected within sixty days, today included."""
    limite = localdate() + timedelta(days=JOURS_AVANT_L_ECHEANCE)
    return q_attendue_avant(limite + timedelta(days=1)) & ~_q_en_retard()


def _q_sans_nouvelles() -> Q:
    """Open, without any bulletin for 90 days, or without any at all."""
    limite = localdate() - timedelta(days=JOURS_SANS_NOUVELLES)
    return ~Q(statut__in=STATUTS_CLOS) & (Q(statut_le__isnull=True) | Q(statut_le__lt=limite))


def _q_a_confirmer() -> Q:
    """The merge, the axis or a named partner is ours, not the text's."""
    return Q(fusion_a_confirmer=True) | Q(axe_a_confirmer=True) | Q(partenaires_a_confirmer=True)


def q_active_en(annee: int) -> Q:
    """Return « its known calendar covers `annee` »; an unknown calendar covers none."""
    return (
        (Q(debut_prevu__isnull=False) | Q(fin_prevue__isnull=False))
        & (Q(debut_prevu__isnull=True) | Q(debut_prevu__year__lte=annee))
        & (Q(fin_prevue__isnull=True) | Q(fin_prevue__year__gte=annee))
    )


class EcheanceQuerySet(PubliableQuerySet[UnePubliable]):
    """The part of the queryset of actions that knows dates."""

    def with_echeance(self, au: date | None = None) -> Self:
        """Add `echeance` (date or None) and `est_en_retard` (bool): the date has passed.

        `au` reads a day of the past: the milestones that were not reached then, the status that
        the last bulletin gave until then. What was planned otherwise since is read as it is now.
        """
        attendus = Jalon.objects.filter(action=OuterRef("pk"), atteint_le__isnull=True)
        actions, statut, report = self, "statut", "reportee_au"
        if au is not None:
            attendus = Jalon.objects.filter(action=OuterRef("pk")).exclude(atteint_le__lte=au)
            actions, statut, report = self._with_statut_au(au), "statut_alors", "report_alors"
        jalon = Subquery(attendus.order_by("prevu_le").values("prevu_le")[:1])
        # SQLite's LEAST is unknown as soon as one is: each stands in for the other.
        premiere = Least(Coalesce(jalon, "fin_prevue"), Coalesce("fin_prevue", jalon))
        avec_date = actions.annotate(
            echeance=Case(
                When(**{f"{statut}__in": STATUTS_SANS_ECHEANCE}, then=Value(None)),
                When(**{statut: StatutAction.REPORTEE}, then=F(report)),
                default=premiere,
                output_field=models.DateField(),
            )
        )
        depassee = When(echeance__lt=au or localdate(), then=Value(True))
        return avec_date.annotate(est_en_retard=Case(depassee, default=Value(False)))

    def _with_statut_au(self, au: date) -> Self:
        """Add `statut_alors` and `report_alors`: those of the last standing bulletin until `au`."""
        points = PointEtape.objects.en_vigueur().filter(action=OuterRef("pk"), le__lte=au)
        return self.annotate(
            statut_alors=Coalesce(
                Subquery(points.values("statut")[:1]), Value(StatutAction.NON_RENSEIGNE)
            ),
            report_alors=Subquery(points.values("reportee_au")[:1]),
        )

    def en_situation(self, *situations: Situation) -> Self:
        """Keep the actions that are in one of `situations`."""
        conditions = map(q_en_situation, situations)
        return self.filter(reduce(or_, conditions, Q(pk__in=[])))

    def en_retard(self) -> Self:
        return self.en_situation(Situation.EN_RETARD)

    def en_retard_au(self, jour: date) -> Self:
        """The actions that were late on `jour`, the longest late first, with `echeance`."""
        return self.with_echeance(jour).filter(est_en_retard=True).order_by("echeance", "code")

    def sans_nouvelles(self) -> Self:
        return self.filter(_q_sans_nouvelles())

    def a_confirmer(self) -> Self:
        return self.filter(_q_a_confirmer())
