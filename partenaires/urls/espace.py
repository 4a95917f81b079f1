from django.urls import path

from partenaires.views import espace

app_name = "espace_partenaires"

urlpatterns = [
    path("fiche/", espace.modifier_la_fiche, name="fiche"),
    path("fiche/retirer/", espace.retirer_la_modification, name="retirer_la_modification"),
    path("membres/", espace.membres, name="membres"),
    path("membres/inviter/", espace.inviter, name="inviter"),
    path("membres/<int:pk>/retirer/", espace.sortir, name="sortir"),
    path("membres/<int:pk>/nommer/", espace.nommer, name="nommer"),
    path("invitations/<int:pk>/annuler/", espace.revoquer, name="revoquer"),
]
