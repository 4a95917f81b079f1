"""Requests to join: decided by both parties, then signed."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.urls import path

from contrats.models import Acte, Adhesion
from pacte.socle.administration_accord import A_LIRE, DoubleAccordAdmin
from pacte.socle.gestes import tenter


class SignatureForm(forms.Form):
    """Which deed the newcomer signed, in what capacity, when."""

    acte = forms.ModelChoiceField(Acte.objects.none(), label="Acte signé")
    qualite = forms.CharField(
        label="Qualité", max_length=120, required=False, help_text="Par exemple « directrice »."
    )
    signe_le = forms.DateField(
        label="Date de signature", widget=forms.DateInput(attrs={"placeholder": "jj/mm/aaaa"})
    )

    def __init__(self, contrat, *args, **kwargs):
        super().__init__(*args, **kwargs)
        signes = Acte.objects.filter(signe_le__isnull=False)
        actes = signes.filter(Q(contrat=contrat) | Q(contrat__isnull=True))
        self.fields["acte"].queryset = actes


@admin.register(Adhesion)
class AdhesionAdmin(DoubleAccordAdmin):
    list_display = ["partenaire", "contrat", "statut"]
    list_filter = [*DoubleAccordAdmin.list_filter, "contrat"]
    list_select_related = ["partenaire", "contrat"]
    search_fields = ["partenaire__nom", "contact_nom"]
    view_on_site = False
    fieldsets = [
        (None, {"fields": ["partenaire", "contrat", "apport"]}),
        ("À joindre", {"fields": ["contact_nom", "contact_fonction", "contact_courriel"]}),
        ("Décision", {"fields": [*A_LIRE, "signature"]}),
    ]

    def get_urls(self):
        vue = self.admin_site.admin_view(self.signer)
        signer = path("<path:object_id>/signer/", vue, name="contrats_adhesion_signer")
        return [signer, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        adhesion = self.retrouver(request, object_id)
        contexte = {
            "a_signer": adhesion.attend_signature
            and request.user.has_perm("contrats.add_signature"),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def signer(self, request, object_id):
        if not request.user.has_perm("contrats.add_signature"):
            raise PermissionDenied
        adhesion = self.retrouver(request, object_id)
        formulaire = SignatureForm(adhesion.contrat, request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            dit = f"Signature enregistrée : la page de {adhesion.partenaire} est publique."
            if tenter(request, adhesion.signer, dit, **formulaire.cleaned_data):
                return HttpResponseRedirect(self.adresse(adhesion))
        titre = f"Signature de {adhesion.partenaire}"
        return self.demander(request, adhesion, titre, "Enregistrer la signature", formulaire)
