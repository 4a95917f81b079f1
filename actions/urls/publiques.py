from django.urls import path, re_path

from actions.views import publiques

app_name = "actions"

urlpatterns = [
    path("actions/", publiques.ActionListView.as_view(), name="liste"),
    re_path(
        r"^actions\.(?P<format_export>csv|json)$",
        publiques.ActionExportView.as_view(),
        name="export",
    ),
    path("financements/", publiques.FinancementListView.as_view(), name="financements"),
    path("financements.csv", publiques.FinancementExportView.as_view(), name="financements_export"),
    path("actions/<slug:slug>/", publiques.ActionDetailView.as_view(), name="detail"),
    path("actions/<slug:slug>/jalons.ics", publiques.ActionJalonsView.as_view(), name="jalons"),
]
