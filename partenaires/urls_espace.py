from django.urls import path

from partenaires import views_espace

app_name = "espace_partenaires"

urlpatterns = [
    path("membres/", views_espace.membres, name="membres"),
    path("membres/inviter/", views_espace.inviter, name="inviter"),
    path("membres/<int:pk>/retirer/", views_espace.sortir, name="sortir"),
    path("membres/<int:pk>/nommer/", views_espace.nommer, name="nommer"),
    path("invitations/<int:pk>/annuler/", views_espace.revoquer, name="revoquer"),
]
