from django.urls import path

from partenaires.views import invitation

app_name = "invitation"

urlpatterns = [path("<str:jeton>/", invitation.accepter, name="accepter")]
