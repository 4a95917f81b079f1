"""What every page needs: the entries of the menu and the pact's name."""

MENU = [
    ("axes:liste", "Axes"),
    ("contrats:liste", "Contrats"),
    ("actions:liste", "Actions"),
    ("partenaires:liste", "Partenaires"),
    ("actualites", "Actualités"),
]


def portail(request):
    """Give templates `pacte` (one query, only when printed) and `menu`; touches no session."""
    return {"pacte": getattr(request, "pacte", None), "menu": MENU}
