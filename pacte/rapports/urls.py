from django.urls import path, re_path

from pacte.rapports import views
from pacte.rapports.fichiers import FORMATS

app_name = "rapports"
EXERCICE = r"^(?P<slug>[-\w]+)/(?P<annee>[0-9]{4})"
EDITION = rf"{EXERCICE}/edition-(?P<edition>[1-9][0-9]{{0,3}})"

urlpatterns = [
    path("", views.RapportListView.as_view(), name="liste"),
    re_path(rf"{EXERCICE}/$", views.ExerciceView.as_view(), name="exercice"),
    re_path(rf"{EDITION}/$", views.EditionView.as_view(), name="edition"),
    re_path(rf"{EDITION}/(?P<code>[-\w]+)/$", views.ActionView.as_view(), name="action"),
    re_path(
        rf"{EXERCICE}\.(?P<format_rapport>{FORMATS})$",
        views.FichierView.as_view(),
        name="en_vigueur",
    ),
    re_path(
        rf"{EDITION}\.(?P<format_rapport>{FORMATS})$",
        views.FichierView.as_view(),
        name="fichier",
    ),
]
