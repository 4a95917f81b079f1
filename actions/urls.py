from django.urls import path, re_path

from actions import views

app_name = "actions"

urlpatterns = [
    path("actions/", views.ActionListView.as_view(), name="liste"),
    re_path(
        r"^actions\.(?P<format_export>csv|json)$", views.ActionExportView.as_view(), name="export"
    ),
    path("financements/", views.FinancementListView.as_view(), name="financements"),
    path("financements.csv", views.FinancementExportView.as_view(), name="financements_export"),
    path("actions/<slug:slug>/", views.ActionDetailView.as_view(), name="detail"),
    path("actions/<slug:slug>/jalons.ics", views.ActionJalonsView.as_view(), name="jalons"),
]
