from django.urls import path

from contrats import views_adhesion

app_name = "adhesion"

urlpatterns = [
    path("", views_adhesion.demander, name="demander"),
    path("envoyee/", views_adhesion.envoyee, name="envoyee"),
    path("suivi/<uuid:cle>/", views_adhesion.suivre, name="suivi"),
    path("suivi/<uuid:cle>/retirer/", views_adhesion.retirer, name="retirer"),
]
