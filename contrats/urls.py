from django.urls import path

from contrats import views

app_name = "contrats"

urlpatterns = [
    path("", views.ContratListView.as_view(), name="liste"),
    path("signatures/", views.RegistreView.as_view(), name="registre"),
    path("<slug:slug>/", views.ContratDetailView.as_view(), name="detail"),
    path("actes/<int:pk>.pdf", views.ActeDocumentView.as_view(), name="document"),
]
