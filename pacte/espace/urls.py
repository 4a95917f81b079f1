"""The partner space: its home is composed here, each noun brings its own screens."""

from django.urls import include, path

from pacte.espace import views

accueil = [
    path("", views.accueil, name="accueil"),
    path("<slug:partenaire>/", views.tableau_de_bord, name="partenaire"),
]

urlpatterns = [
    path("", include((accueil, "espace"))),
    path("<slug:partenaire>/", include("partenaires.urls.espace")),
    path("<slug:partenaire>/", include("actions.urls.espace")),
]
