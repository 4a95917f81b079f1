"""The partner space: its home is composed here, each noun brings its own screens."""

from django.urls import include, path

from pacte import espace

accueil = [
    path("", espace.accueil, name="accueil"),
    path("<slug:partenaire>/", espace.tableau_de_bord, name="partenaire"),
]

urlpatterns = [
    path("", include((accueil, "espace"))),
    path("<slug:partenaire>/", include("partenaires.urls_espace")),
    path("<slug:partenaire>/", include("actions.urls_espace")),
]
