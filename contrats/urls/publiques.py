from django.urls import path

from contrats.views import publiques

app_name = "contrats"

urlpatterns = [
    path("", publiques.ContratListView.as_view(), name="liste"),
    path("signatures/", publiques.RegistreView.as_view(), name="registre"),
    path("<slug:slug>/", publiques.ContratDetailView.as_view(), name="detail"),
    path("actes/<int:pk>.pdf", publiques.ActeDocumentView.as_view(), name="document"),
]
