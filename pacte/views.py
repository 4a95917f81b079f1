"""Pages about several nouns: home, the pact, search, news, site map, errors."""

from dataclasses import replace
from itertools import chain

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.generic import TemplateView, View

from actions.models import Action, Jalon, PointEtape
from axes.models import Axe
from contrats.models import Contrat, Exercice
from pacte.accessibilite import audit
from pacte.carte import Carte
from pacte.recherche import chercher
from pacte.socle.calendrier import repondre_calendrier
from pacte.socle.chronologie import entrees_publiques, raconter, renvois
from pacte.socle.pages import paginer
from pacte.socle.tableaux import repondre_csv
from pacte.suivi import Suivi
from partenaires.models import Partenaire

NOUVELLES_A_L_ACCUEIL = 4
NOUVELLES_PAR_PAGE = 20
# Facts about what was withdrawn are left out: read more than is shown.
FAITS_LUS, FAITS_MONTRES = 40, 5


class AccueilView(TemplateView):
    """The promise, the figures, the pact in short, the axes, the map, what is new, what comes."""

    template_name = "accueil.html"

    def get_context_data(self, **kwargs):
        points = PointEtape.objects.publics().for_liste()
        jalons = Jalon.objects.publics().a_venir().for_liste()
        return super().get_context_data(
            carte=Carte(),
            nombre_de_partenaires=Partenaire.objects.visibles().count(),
            points=points[:NOUVELLES_A_L_ACCUEIL],
            jalons=jalons[:NOUVELLES_A_L_ACCUEIL],
            chronologie=_chronologie(),
            **kwargs,
        )


def _chronologie():
    """Return the last public facts of the whole roadmap (three queries, one without any)."""
    entrees = list(entrees_publiques()[:FAITS_LUS])
    cles = {"action": set(), "partenaire": set()}
    for entree in entrees:
        for genre, cle in renvois(entree).items():
            cles[genre].add(cle)
    faits = raconter(
        entrees,
        actions=Action.objects.visibles().in_bulk(cles["action"]),
        partenaires=Partenaire.objects.visibles().in_bulk(cles["partenaire"]),
    )
    return faits[:FAITS_MONTRES]


class PacteView(TemplateView):
    """What the pact is, in the words of its public texts: who, why, its axes, its contracts."""

    template_name = "pacte.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            axes=Axe.objects.visibles(),
            contrats=Contrat.objects.visibles().with_nb_actions(),
            **kwargs,
        )


class RechercheView(TemplateView):
    """Results by kind, or a correction when nothing matches."""

    template_name = "recherche.html"

    def get_context_data(self, **kwargs):
        resultats = chercher(self.request.GET.get("q", ""))
        return super().get_context_data(resultats=resultats, **kwargs)


class ActualitesView(TemplateView):
    """The bulletins of visible actions, newest first."""

    template_name = "actualites.html"

    def get_context_data(self, **kwargs):
        points = PointEtape.objects.publics().for_liste()
        page, dit = paginer(points, self.request.GET.get("page", ""), NOUVELLES_PAR_PAGE)
        return super().get_context_data(page=page, avertissements=[dit] if dit else [], **kwargs)


class CalendrierView(View):
    """Every milestone and report deadline, for a calendar that subscribes to it."""

    def get(self, request):
        dates = chain(Jalon.objects.publics().for_calendrier(), Exercice.objects.for_calendrier())
        echeances = (date.en_echeance(request.build_absolute_uri) for date in dates)
        titre = f"Échéances du {request.pacte}"
        return repondre_calendrier(
            "calendrier", titre, echeances, avertissement=request.pacte.avertissement
        )


class SuiviView(TemplateView):
    """The dashboard: counts with their denominator, money, co-financing, what to watch."""

    template_name = "suivi.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(suivi=Suivi(), **kwargs)


class SuiviExportView(View):
    """A block of the dashboard as CSV."""

    def get(self, request, bloc):
        suivi = Suivi()
        tableaux = {
            "avancement": suivi.tableau_d_avancement,
            "argent": suivi.tableau_d_argent,
            "contrats": suivi.tableau_des_contrats,
            "cofinancement": suivi.tableau_de_cofinancement,
            "indicateurs": suivi.tableau_des_indicateurs,
        }
        return repondre_csv(replace(tableaux[bloc](), avertissement=request.pacte.avertissement))


class PlanDuSiteView(TemplateView):
    """Every page that is not one of a long list."""

    template_name = "plan_du_site.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            axes=Axe.objects.visibles(), contrats=Contrat.objects.visibles(), **kwargs
        )


class RobotsView(TemplateView):
    """What robots may read: everything public, search results aside."""

    template_name = "robots.txt"
    content_type = "text/plain"

    def get_context_data(self, **kwargs):
        plan = self.request.build_absolute_uri("/sitemap.xml")
        return super().get_context_data(plan=plan, **kwargs)


def requete_incorrecte(request, exception):
    return render(request, "400.html", status=400)


def acces_refuse(request, exception=None):
    """403, for a missing right."""
    return render(request, "403.html", status=403)


def page_introuvable(request, exception):
    return render(request, "404.html", status=404)


def trop_de_demandes(request, exception=None):
    """429, from django-allauth's throttling; ten minutes is the longest of its windows."""
    reponse = render(request, "429.html", status=429)
    reponse["Retry-After"] = "600"
    return reponse


def erreur_interne(request):
    """500: nothing here may fail again, so neither database nor context processors."""
    return HttpResponse(render_to_string("500.html", {"mention": audit().mention}), status=500)
