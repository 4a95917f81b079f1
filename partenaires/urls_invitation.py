from django.urls import path

from partenaires import views_invitation

app_name = "invitation"

urlpatterns = [path("<str:jeton>/", views_invitation.accepter, name="accepter")]
