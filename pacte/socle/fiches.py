"""Where officers read a row, whatever it is."""

from django.db.models import Model
from django.urls import reverse


def fiche(objet: Model) -> str:
    """Return the path of the screen of `objet` in the administration."""
    nom = f"admin:{objet._meta.app_label}_{objet._meta.model_name}_change"
    return reverse(nom, args=[objet.pk])
