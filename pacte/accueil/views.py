"""Home, the pact, search, news and their calendar, site map."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.timezone import localdate
from django.views.generic import TemplateView, View

from actions.demande import Demande
from actions.filtres import FiltreActions
from actions.models import Action, Jalon, PointEtape
from actions.models.suivi import JalonQuerySet
from axes.models import Axe
from contrats.models import Contrat, Exercice, RequeteDuPacte
from contrats.models.exercice import ExerciceQuerySet
from pacte.accueil.carte import Carte
from pacte.accueil.recherche import chercher
from pacte.donnees_ouvertes.jeux import JEUX
from pacte.socle.calendrier import repondre_calendrier
from pacte.socle.chronologie import (
    Evenement,
    entrees_publiques,
    raconter_ce_qui_est_visible,
)
from pacte.socle.pages import paginer
from pacte.socle.retenues import pour_cette_edition
from partenaires.models import Partenaire

NOUVELLES_A_L_ACCUEIL = 4
NOUVELLES_PAR_PAGE = 20
# Milestones of a calendar: a telephone reads them all again at each look.
JALONS_PASSES, JALONS_A_VENIR = 100, 400
BORNES_DU_CALENDRIER = (
    f"Au plus {JALONS_PASSES} jalons passés et {JALONS_A_VENIR} à venir, les plus proches."
)
# Facts about what was withdrawn are left out: read more than is shown.
FAITS_LUS, FAITS_MONTRES = 40, 5


class AccueilView(TemplateView):
    """The promise, « Je cherche… », the figures, the pact, the axes, the map, what is new."""

    template_name = "accueil.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        points = PointEtape.objects.publics().for_liste()[:NOUVELLES_A_L_ACCUEIL]
        jalons = Jalon.objects.publics().a_venir().for_liste()[:NOUVELLES_A_L_ACCUEIL]
        return super().get_context_data(
            carte=pour_cette_edition("carte", Carte),
            demande=Demande(QueryDict()),
            nombre_de_partenaires=Partenaire.objects.visibles().count(),
            # SQLite reads every bulletin to give the last ones.
            points=pour_cette_edition("derniers points", lambda: list(points)),
            jalons=pour_cette_edition("prochains jalons", lambda: list(jalons)),
            chronologie=pour_cette_edition("chronologie", _chronologie),
            **kwargs,
        )


def _chronologie() -> list[Evenement]:
    """Return the last public facts of the whole roadmap (four queries)."""
    entrees = entrees_publiques()[:FAITS_LUS]
    return raconter_ce_qui_est_visible(entrees, (Action, Partenaire, Contrat))[:FAITS_MONTRES]


class PacteView(TemplateView):
    """What the pact is, in the words of its public texts: who, why, its axes, its contracts."""

    template_name = "pacte.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            axes=Axe.objects.visibles(),
            contrats=Contrat.objects.visibles().with_nb_actions(),
            **kwargs,
        )


class RechercheView(TemplateView):
    """Results by kind, or a correction when nothing matches."""

    template_name = "recherche.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resultats = chercher(self.request.GET.get("q", ""))
        return super().get_context_data(resultats=resultats, **kwargs)


class ActualitesView(TemplateView):
    """The bulletins of visible actions, newest first."""

    template_name = "actualites.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        points = PointEtape.objects.publics().for_liste()
        page, message = paginer(points, self.request.GET.get("page", ""), NOUVELLES_PAR_PAGE)
        return super().get_context_data(
            page=page, avertissements=[message] if message else [], **kwargs
        )


class CalendrierView(View):
    """Milestones and report deadlines, for a calendar that subscribes to it.

    The next four hundred milestones, and the last hundred: enough for a calendar, and no more.
    The query string of the list of actions narrows it to their milestones, and to the reports of
    the contracts that it chooses.
    """

    def get(self, request: RequeteDuPacte) -> HttpResponse:
        filtre = FiltreActions(request.GET, request.pacte.annees)
        jalons, exercices = _dates_selon(filtre)
        dates: Iterable[Jalon | Exercice]
        dates = chain(_les_plus_proches(jalons.for_calendrier()), exercices.for_calendrier())
        echeances = (date.en_echeance(request.build_absolute_uri) for date in dates)
        return repondre_calendrier(
            "calendrier",
            filtre.titrer(f"Échéances du {request.pacte}"),
            echeances,
            avertissement=request.pacte.avertissement,
            mention=" ".join(filter(None, [filtre.mention, BORNES_DU_CALENDRIER])),
        )


def _dates_selon(filtre: FiltreActions) -> tuple[JalonQuerySet, ExerciceQuerySet]:
    """Return the milestones of the actions, and the reports of the contracts, that are chosen."""
    exercices = Exercice.objects.all()
    if filtre.criteres:
        exercices = exercices.filter(contrat__slug__in=filtre.choix["contrat"])
    return filtre.retenir(Jalon.objects.publics()), exercices


def _les_plus_proches(jalons: JalonQuerySet) -> list[Jalon]:
    """Return the last past milestones and the next ones, by date (two queries)."""
    passes = jalons.filter(prevu_le__lt=localdate()).order_by("-prevu_le", "-pk")
    a_venir = jalons.filter(prevu_le__gte=localdate())
    return [*reversed(list(passes[:JALONS_PASSES])), *a_venir[:JALONS_A_VENIR]]


class PlanDuSiteView(TemplateView):
    """Every page that is not one of a long list."""

    template_name = "plan_du_site.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            axes=Axe.objects.visibles(),
            contrats=Contrat.objects.visibles(),
            jeux=JEUX.values(),
            **kwargs,
        )


class RobotsView(TemplateView):
    """What robots may read: everything public, search results aside."""

    template_name = "robots.txt"
    content_type = "text/plain"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan = self.request.build_absolute_uri("/sitemap.xml")
        return super().get_context_data(plan=plan, **kwargs)
