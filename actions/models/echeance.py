"""When an action is late: one definition, computed from dates and never stored.

An action is expected by the first of its milestones not reached and of its planned end. A postponed
one is expected by its new date alone; one that is closed or suspended is expected by none. It is
late when that date has passed: whatever is said of the date is then true of it.
"""

from datetime import timedelta

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils.timezone import localdate

from actions.models.statut import STATUTS_CLOS, STATUTS_SANS_ECHEANCE, StatutAction
from pacte.socle.publication import PubliableQuerySet

JOURS_SANS_NOUVELLES = 90
JOURS_AVANT_L_ECHEANCE = 60


class Situation(models.TextChoices):
    """What one looks for in a list of actions; the values are those of the address."""

    EN_RETARD = "en_retard", "En retard"
    ECHEANCE_PROCHE = "echeance_proche", f"Échéance dans les {JOURS_AVANT_L_ECHEANCE} jours"
    SANS_NOUVELLES = "sans_nouvelles", f"Sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours"
    A_CONFIRMER = "a_confirmer", "À confirmer"


class EcheanceQuerySet(PubliableQuerySet):
    """The part of the queryset of actions that knows dates."""

    def with_echeance(self):
        """Add `echeance` (date or None) and `est_en_retard` (bool): the date has passed."""
        jalons = self.model._meta.get_field("jalons").related_model.objects
        attendus = jalons.filter(action=OuterRef("pk"), atteint_le__isnull=True)
        jalon = Subquery(attendus.order_by("prevu_le").values("prevu_le")[:1])
        # SQLite's LEAST is unknown as soon as one is: each stands in for the other.
        premiere = Least(Coalesce(jalon, "fin_prevue"), Coalesce("fin_prevue", jalon))
        avec_date = self.annotate(
            echeance=Case(
                When(statut__in=STATUTS_SANS_ECHEANCE, then=Value(None)),
                When(statut=StatutAction.REPORTEE, then=F("reportee_au")),
                default=premiere,
                output_field=models.DateField(),
            )
        )
        depassee = When(echeance__lt=localdate(), then=Value(True))
        return avec_date.annotate(est_en_retard=Case(depassee, default=Value(False)))

    def en_situation(self, *situations: Situation):
        """Keep the actions that are in one of `situations`."""
        condition = Q(pk__in=[])
        for situation in situations:
            trouvees = getattr(self.model.objects.all(), Situation(situation).value)()
            condition |= Q(Exists(trouvees.filter(pk=OuterRef("pk"))))
        return self.filter(condition)

    def en_retard(self):
        return self.with_echeance().filter(est_en_retard=True)

    def echeance_proche(self):
        """Actions expected within sixty days, today included."""
        limite = localdate() + timedelta(days=JOURS_AVANT_L_ECHEANCE)
        return self.with_echeance().filter(echeance__gte=localdate(), echeance__lte=limite)

    def sans_nouvelles(self):
        """Open actions without any bulletin for 90 days, or without any at all."""
        limite = localdate() - timedelta(days=JOURS_SANS_NOUVELLES)
        return self.exclude(statut__in=STATUTS_CLOS).filter(
            Q(statut_le__isnull=True) | Q(statut_le__lt=limite)
        )

    def a_confirmer(self):
        """Actions of which the merge, the axis or a named partner is ours, not the text's."""
        return self.filter(
            Q(fusion_a_confirmer=True) | Q(axe_a_confirmer=True) | Q(partenaires_a_confirmer=True)
        )

    def actives_en(self, annee: int):
        """Actions whose known calendar covers `annee`; an unknown calendar covers none."""
        return self.filter(
            Q(debut_prevu__isnull=False) | Q(fin_prevue__isnull=False),
            Q(debut_prevu__isnull=True) | Q(debut_prevu__year__lte=annee),
            Q(fin_prevue__isnull=True) | Q(fin_prevue__year__gte=annee),
        )
