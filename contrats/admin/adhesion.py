"""Requests to join: decided by both parties, then signed."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from contrats.models import Acte, Adhesion, TypeActe
from pacte.socle.administration_accord import A_LIRE, DoubleAccordAdmin
from pacte.socle.gestes import tenter


class SignatureForm(forms.Form):
    """Which deed the newcomer signed, in what capacity, when; the deed may be made on the way."""

    acte = forms.ModelChoiceField(
        Acte.objects.none(), label="Acte signé", required=False, empty_label="Un acte à créer"
    )
    type_acte = forms.ChoiceField(
        label="Type de l’acte à créer",
        choices=TypeActe,
        initial=TypeActe.AVENANT,
        required=False,
    )
    objet = forms.CharField(
        label="Objet de l’acte à créer",
        max_length=200,
        required=False,
        help_text="Sans effet quand un acte est choisi. Son document s’ajoute ensuite.",
    )
    qualite = forms.CharField(
        label="Qualité", max_length=120, required=False, help_text="Par exemple « directrice »."
    )
    signe_le = forms.DateField(
        label="Date de signature", widget=forms.DateInput(attrs={"placeholder": "jj/mm/aaaa"})
    )

    def __init__(self, adhesion: Adhesion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contrat = adhesion.contrat
        signes = Acte.objects.filter(signe_le__isnull=False)
        acte = cast(forms.ModelChoiceField, self.fields["acte"])
        acte.queryset = signes.filter(Q(contrat=contrat) | Q(contrat__isnull=True))
        self.initial["objet"] = f"Adhésion : {adhesion.partenaire}"[:200]

    def clean(self) -> dict[str, Any]:
        super().clean()
        donnees = self.cleaned_data
        if not donnees.get("acte") and not donnees.get("objet"):
            message = "Choisir un acte, ou écrire l’objet de celui qui est à créer."
            self.add_error("acte", message)
        return donnees

    def lire(self) -> dict:
        """Return what `Adhesion.signer` wants; the deed is not saved when it is to be made."""
        lu = self.cleaned_data
        nouveau = Acte(
            type_acte=lu["type_acte"] or TypeActe.AVENANT,
            objet=lu["objet"],
            signe_le=lu["signe_le"],
        )
        acte = lu["acte"] or nouveau
        return {"acte": acte, "qualite": lu["qualite"], "signe_le": lu["signe_le"]}


def _a_inviter(adhesion: Adhesion, request: HttpRequest) -> str:
    """Return the address that invites whom the request named, once signed; "" when done, or when
    the user may not."""
    courriel = adhesion.contact_courriel
    deja = adhesion.partenaire.membres.filter(utilisateur__email__iexact=courriel).exists()
    if not adhesion.signature or deja or not request.user.has_perm("partenaires.add_invitation"):
        return ""
    saisie = {"partenaire": adhesion.partenaire_id, "courriel": courriel, "role": "referent"}
    return f"{reverse('admin:partenaires_invitation_add')}?{urlencode(saisie)}"


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

    def get_urls(self) -> list[URLPattern]:
        return [*self.adresses_des_gestes({"signer": self.signer}), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        adhesion = self.retrouver(request, object_id)
        contexte = {
            "a_signer": adhesion.attend_signature
            and request.user.has_perm("contrats.add_signature"),
            "a_inviter": _a_inviter(adhesion, request),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def signer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not request.user.has_perm("contrats.add_signature"):
            raise PermissionDenied
        adhesion = self.retrouver(request, object_id)
        formulaire = SignatureForm(adhesion, request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            message = f"Signature enregistrée : la page de {adhesion.partenaire} est publique."
            if tenter(request, adhesion.signer, message, **formulaire.lire()):
                return HttpResponseRedirect(self.adresse(adhesion))
        titre = f"Signature de {adhesion.partenaire}"
        return self.demander(request, adhesion, titre, "Enregistrer la signature", formulaire)
