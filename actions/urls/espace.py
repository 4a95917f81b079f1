from django.urls import path

from actions.views import espace

app_name = "espace_actions"

urlpatterns = [
    path("contributions/<int:pk>/proposer/", espace.reformuler, name="reformuler"),
    path("contributions/<int:pk>/confirmer/", espace.confirmer, name="confirmer"),
    path("indicateurs/<int:pk>/<int:annee>/", espace.renseigner, name="renseigner"),
    path("actions/<slug:slug>/note/", espace.noter, name="noter"),
    path("propositions/<slug:genre>/<int:pk>/", espace.proposition, name="proposition"),
    path("propositions/<slug:genre>/<int:pk>/retirer/", espace.retirer, name="retirer"),
]
