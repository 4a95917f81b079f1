"""What every page needs: the entries of the menu and the pact's name."""

from django.urls import reverse

MENU = [
    ("axes:liste", "Axes"),
    ("contrats:liste", "Contrats"),
    ("actions:liste", "Actions"),
    ("partenaires:liste", "Partenaires"),
    ("suivi", "Suivi"),
    ("actualites", "Actualités"),
]


def portail(request):
    """Give templates `pacte` (one query, only when printed) and `menu`; touches no session.

    Each entry of the menu has its address, its label and its `aria-current`, "" elsewhere.
    """
    entrees = [(reverse(nom), libelle) for nom, libelle in MENU]
    menu = [(adresse, libelle, _position(request, adresse)) for adresse, libelle in entrees]
    return {"pacte": getattr(request, "pacte", None), "menu": menu}


def _position(request, adresse: str) -> str:
    if request.path == adresse:
        return "page"
    return "true" if request.path.startswith(adresse) else ""
