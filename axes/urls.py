from django.urls import path

from axes import views

app_name = "axes"

urlpatterns = [
    path("", views.AxeListView.as_view(), name="liste"),
    path("<int:numero>/", views.AxeDetailView.as_view(), name="detail"),
]
