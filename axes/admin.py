from django.contrib import admin

from axes.models import Axe
from pacte.socle.administration import PubliableAdmin


@admin.register(Axe)
class AxeAdmin(PubliableAdmin):
    list_display = ["numero", "titre", "etiquette"]
    list_display_links = ["numero", "titre"]
    figes = ["numero"]
    search_fields = ["titre", "libelle_officiel"]
    fieldsets = [
        (None, {"fields": ["numero", "etiquette", "titre"]}),
        ("Formulations du texte", {"fields": ["libelle_officiel", "libelle_court"]}),
        ("Présentation", {"fields": ["presentation"]}),
    ]
