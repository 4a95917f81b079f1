from django.contrib import admin

from pacte.socle.administration import PubliableAdmin
from partenaires.models import Partenaire


@admin.register(Partenaire)
class PartenaireAdmin(PubliableAdmin):
    list_display = ["nom", "sigle", "nature", "partie"]
    list_filter = ["nature", "partie"]
    search_fields = ["nom", "sigle", "autres_noms"]
    slug_depuis = "nom"
    fieldsets = [
        (None, {"fields": ["nom", "sigle", "autres_noms", "slug"]}),
        ("Nature", {"fields": ["nature", "partie", "siret", "rna"]}),
        ("Page publique", {"fields": ["site", "presentation", "mention"]}),
    ]
