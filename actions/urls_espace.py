from django.urls import path

from actions import views_espace

app_name = "espace_actions"

urlpatterns = [
    path("contributions/<int:pk>/proposer/", views_espace.reformuler, name="reformuler"),
    path("contributions/<int:pk>/confirmer/", views_espace.confirmer, name="confirmer"),
    path("indicateurs/<int:pk>/<int:annee>/", views_espace.renseigner, name="renseigner"),
    path("actions/<slug:slug>/note/", views_espace.noter, name="noter"),
    path("propositions/<slug:genre>/<int:pk>/", views_espace.proposition, name="proposition"),
    path("propositions/<slug:genre>/<int:pk>/retirer/", views_espace.retirer, name="retirer"),
]
