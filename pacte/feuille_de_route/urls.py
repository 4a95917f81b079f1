"""Axes, contracts, partners: their app brings the list, this room the sheet."""

from django.urls import include, path, re_path

from axes.views import AxeListView
from contrats.views import publiques as contrats
from pacte.feuille_de_route import views
from pacte.socle.exports import FORMATS
from partenaires.views import publiques as partenaires

des_axes = [
    path("", AxeListView.as_view(), name="liste"),
    # One address an axis: « 01 » would be a second one.
    re_path(r"^(?P<numero>[1-9][0-9]{0,4})/$", views.AxeDetailView.as_view(), name="detail"),
]
des_contrats = [
    path("", contrats.ContratListView.as_view(), name="liste"),
    path("signatures/", contrats.RegistreView.as_view(), name="registre"),
    path("<slug:slug>/", views.ContratDetailView.as_view(), name="detail"),
    path("actes/<int:pk>.pdf", contrats.ActeDocumentView.as_view(), name="document"),
]
des_partenaires = [
    path("", partenaires.PartenaireListView.as_view(), name="liste"),
    path("<slug:slug>/", views.PartenaireDetailView.as_view(), name="detail"),
]

urlpatterns = [
    re_path(
        rf"^partenaires\.(?P<format_export>{FORMATS})$",
        partenaires.PartenaireExportView.as_view(),
        name="export_des_partenaires",
    ),
    path("axes/", include((des_axes, "axes"))),
    path("contrats/", include((des_contrats, "contrats"))),
    path("partenaires/", include((des_partenaires, "partenaires"))),
]
