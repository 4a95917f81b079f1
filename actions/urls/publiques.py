from django.urls import path, re_path

from actions.exports import NOMS
from actions.views import publiques
from pacte.socle.exports import FORMATS

app_name = "actions"

urlpatterns = [
    path("actions/", publiques.ActionListView.as_view(), name="liste"),
    re_path(
        rf"^(?P<nom>{NOMS})\.(?P<format_export>{FORMATS})$",
        publiques.ActionExportView.as_view(),
        name="export",
    ),
    path("integrer/actions/", publiques.IntegrerView.as_view(), name="integrer"),
    path("financements/", publiques.FinancementListView.as_view(), name="financements"),
    re_path(
        rf"^financements\.(?P<format_export>{FORMATS})$",
        publiques.FinancementExportView.as_view(),
        name="financements_export",
    ),
    path("subventions/", publiques.SubventionListView.as_view(), name="subventions"),
    path("je-cherche/", publiques.JeChercheView.as_view(), name="je_cherche"),
    path("diagnostic/", publiques.DiagnosticView.as_view(), name="diagnostic"),
    re_path(
        rf"^diagnostic\.(?P<format_export>{FORMATS})$",
        publiques.DiagnosticExportView.as_view(),
        name="diagnostic_export",
    ),
    path("actions/<slug:slug>/", publiques.ActionDetailView.as_view(), name="detail"),
    path("actions/<slug:slug>/fiche.pdf", publiques.ActionFicheView.as_view(), name="fiche"),
    path("actions/<slug:slug>/jalons.ics", publiques.ActionJalonsView.as_view(), name="jalons"),
]
