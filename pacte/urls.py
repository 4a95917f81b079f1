"""The map of the site, one line per noun."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from pacte.accueil import views
from pacte.accueil.flux import ActualitesFeed
from pacte.accueil.plan import plan
from pacte.suivi.views import SuiviExportView, SuiviView

urlpatterns = [
    path("", views.AccueilView.as_view(), name="accueil"),
    path("pacte/", views.PacteView.as_view(), name="pacte"),
    path("", include("pacte.feuille_de_route.urls")),
    path("", include("actions.urls.publiques")),
    path("suivi/", SuiviView.as_view(), name="suivi"),
    re_path(
        r"^suivi/(?P<bloc>avancement|argent|contrats|cofinancement|indicateurs)\.csv$",
        SuiviExportView.as_view(),
        name="suivi_export",
    ),
    path("rapports/", include("pacte.rapports.urls")),
    path("donnees-ouvertes/", include("pacte.donnees_ouvertes.urls")),
    path("recherche/", views.RechercheView.as_view(), name="recherche"),
    path("actualites.atom", csrf_exempt(require_safe(ActualitesFeed())), name="flux"),
    path("calendrier.ics", views.CalendrierView.as_view(), name="calendrier"),
    path("actualites/", views.ActualitesView.as_view(), name="actualites"),
    path("plan-du-site/", views.PlanDuSiteView.as_view(), name="plan_du_site"),
    path("robots.txt", views.RobotsView.as_view(), name="robots"),
    path("sitemap.xml", csrf_exempt(plan), name="sitemap"),
    path("sitemap-<slug:section>.xml", csrf_exempt(plan), name="sitemap_partie"),
    path("adhesion/", include("contrats.urls.adhesion")),
    path("compte/invitation/", include("partenaires.urls.invitation")),
    path("espace/", include("pacte.espace.urls")),
    path("", include("pacte.portail.urls")),
    path("", include("pacte.comptes.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "pacte.portail.erreurs.requete_incorrecte"
handler403 = "pacte.portail.erreurs.acces_refuse"
handler404 = "pacte.portail.erreurs.page_introuvable"
handler429 = "pacte.portail.erreurs.trop_de_demandes"
handler500 = "pacte.portail.erreurs.erreur_interne"
