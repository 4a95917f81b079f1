from django.urls import path

from partenaires import views

app_name = "partenaires"

urlpatterns = [
    path("", views.PartenaireListView.as_view(), name="liste"),
    path("<slug:slug>/", views.PartenaireDetailView.as_view(), name="detail"),
]
