from django.urls import path, re_path

from pacte.donnees_ouvertes import views

app_name = "donnees_ouvertes"

urlpatterns = [
    path("", views.DonneesOuvertesView.as_view(), name="liste"),
    re_path(
        r"^catalogue\.(?P<format_export>jsonld|ttl)$",
        views.CatalogueView.as_view(),
        name="catalogue",
    ),
    re_path(r"^schemas/(?P<nom>[^/.]+)\.json$", views.SchemaView.as_view(), name="schema"),
    # Any ending: one that does not exist is answered by the list of those that do.
    re_path(
        r"^(?P<nom>[^/.]+)\.(?P<format_export>[^/]+)$", views.FichierView.as_view(), name="fichier"
    ),
    path("<slug:nom>/", views.JeuView.as_view(), name="jeu"),
]
