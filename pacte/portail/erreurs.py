"""The pages of errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from pacte.portail.accessibilite import audit


def requete_incorrecte(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def acces_refuse(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, for a missing right."""
    return render(request, "403.html", status=403)


def page_introuvable(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def trop_de_demandes(
    request: HttpRequest, exception: Exception | None = None, geste: str = ""
) -> HttpResponse:
    """429, from throttling: a minute for what is read (`geste`), else django-allauth's ten."""
    reponse = render(request, "429.html", {"geste": geste}, status=429)
    reponse["Retry-After"] = "60" if geste else "600"
    return reponse


def erreur_interne(request: HttpRequest) -> HttpResponse:
    """500: nothing here may fail again, so neither database nor context processors."""
    return HttpResponse(render_to_string("500.html", {"mention": audit().mention}), status=500)
