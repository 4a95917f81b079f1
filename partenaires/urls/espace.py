from django.urls import path

from partenaires.views import espace, fiche

app_name = "espace_partenaires"

urlpatterns = [
    path("fiche/", fiche.modifier, name="fiche"),
    path("fiche/retirer/", fiche.retirer, name="retirer_la_fiche"),
    path("membres/", espace.membres, name="membres"),
    path("membres/inviter/", espace.inviter, name="inviter"),
    path("membres/<int:pk>/retirer/", espace.sortir, name="sortir"),
    path("membres/<int:pk>/nommer/", espace.nommer, name="nommer"),
    path("invitations/<int:pk>/annuler/", espace.revoquer, name="revoquer"),
]
