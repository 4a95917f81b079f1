from django.urls import path

from partenaires.views import publiques

app_name = "partenaires"

urlpatterns = [
    path("", publiques.PartenaireListView.as_view(), name="liste"),
    path("<slug:slug>/", publiques.PartenaireDetailView.as_view(), name="detail"),
]
