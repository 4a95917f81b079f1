"""The addresses of the portal, and an empty view: what Django costs before it does anything."""

from django.http import HttpResponse
from django.urls import path

from pacte.urls import handler400, handler403, handler404, handler429, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500"]

urlpatterns = [path("vide/", lambda requete: HttpResponse("")), *urlpatterns]
