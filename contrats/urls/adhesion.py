from django.urls import path

from contrats.views import adhesion

app_name = "adhesion"

urlpatterns = [
    path("", adhesion.demander, name="demander"),
    path("envoyee/", adhesion.envoyee, name="envoyee"),
    path("suivi/<uuid:cle>/", adhesion.suivre, name="suivi"),
    path("suivi/<uuid:cle>/retirer/", adhesion.retirer, name="retirer"),
]
