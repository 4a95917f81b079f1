"""The exercises of a contract: closed once reported, reopened by both parties."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from contrats.models import Exercice, Reouverture
from pacte.socle.administration import GesteAdmin
from pacte.socle.administration_accord import A_LIRE, DoubleAccordAdmin
from pacte.socle.formulaires import date_du_navigateur
from pacte.socle.gestes import tenter
from pacte.socle.historique import HistoriqueAdmin

CLORE = "contrats.clore_exercice"


class CloreForm(forms.Form):
    """What closes an exercise: the day when its report was handed over."""

    rapport_remis_le = forms.DateField(
        label="Rapport remis le",
        widget=date_du_navigateur(),
        help_text="Ensuite, les montants et les valeurs de l’année ne se modifient plus. Les "
        "corriger demandera l’accord des deux parties.",
    )


class RouvrirForm(forms.ModelForm):
    class Meta:
        model = Reouverture
        fields = ["raison"]


class ExerciceForm(forms.ModelForm):
    """An exercise beside its contract, shut once closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.est_clos:
            for champ in self.fields.values():
                champ.disabled = True


class ExerciceFormSet(forms.BaseInlineFormSet):
    """The exercises of a contract: a closed one stays."""

    def clean(self) -> None:
        super().clean()
        for formulaire in self.deleted_forms:
            if formulaire.instance.est_clos:
                raise ValidationError(formulaire.instance.refus)


class ClotureFilter(admin.SimpleListFilter):
    """The lines of « À traiter », as a filter of the list."""

    title = "clôture"
    parameter_name = "cloture"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("a_clore", "rapport échu, à clore"), ("clos", "clos")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        choix: dict[str | None, Callable[[], Any]]
        choix = {"a_clore": queryset.a_clore, "clos": queryset.clos}
        return choix.get(self.value(), queryset.all)()


@admin.register(Exercice)
class ExerciceAdmin(HistoriqueAdmin, GesteAdmin):
    """Its dates and amounts are written while it is open, on its contract or here."""

    change_form_template = "admin/exercice.html"
    list_display = ["nom", "contrat", "rapport_avant_le", "rapport_remis_le", "clos_le"]
    list_filter = [ClotureFilter, "contrat", "annee"]
    list_select_related = ["contrat", "annee"]
    fieldsets = [
        (None, {"fields": [("contrat", "annee"), ("debut", "fin"), "rapport_avant_le"]}),
        ("Argent de l’État", {"fields": ["plafond_etat", "montant_notifie"]}),
        ("Clôture", {"fields": ["rapport_remis_le", "clos_le"]}),
    ]
    readonly_fields = ["rapport_remis_le", "clos_le"]

    @admin.display(description="exercice", ordering="annee")
    def nom(self, exercice: Exercice) -> str:
        return str(exercice)

    def get_urls(self) -> list[URLPattern]:
        gestes = {"clore": self.clore, "rouvrir": self.rouvrir}
        return [*self.adresses_des_gestes(gestes), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Exercice | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.est_clos)

    def has_delete_permission(self, request: HttpRequest, obj: Exercice | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.est_clos)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        exercice: Exercice = self.retrouver(request, object_id)
        manques = f"contrat={exercice.contrat.slug}&annee={exercice.annee_id}"
        contexte = {
            "title": f"Exercice {exercice}",
            "peut_clore": request.user.has_perm(CLORE),
            "demandee": exercice.reouvertures.en_attente().first(),
            "manques": f"{reverse('admin:ce_qui_manque')}?{manques}",
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def clore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask when the report was handed over, then close."""
        exercice = self._lire(request, object_id)
        formulaire = CloreForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            remis_le = formulaire.cleaned_data["rapport_remis_le"]
            message = f"L’exercice {exercice} est clos."
            if tenter(request, exercice.clore, message, rapport_remis_le=remis_le):
                return HttpResponseRedirect(self.adresse(exercice))
        titre = f"Clore l’exercice {exercice}"
        return self.demander(request, exercice, titre, "Clore l’exercice", formulaire)

    def rouvrir(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then tell both parties, who decide."""
        exercice = self._lire(request, object_id)
        demande = Reouverture(exercice=exercice)
        formulaire = RouvrirForm(request.POST or None, instance=demande)
        est_envoyee = request.method == "POST" and formulaire.is_valid()
        if est_envoyee and tenter(request, demande.deposer, "Les deux parties sont prévenues."):
            return HttpResponseRedirect(
                reverse("admin:contrats_reouverture_change", args=[demande.pk])
            )
        titre = f"Demander la réouverture de l’exercice {exercice}"
        return self.demander(request, exercice, titre, "Envoyer la demande", formulaire)

    def _lire(self, request: HttpRequest, object_id: str) -> Exercice:
        if not request.user.has_perm(CLORE):
            raise PermissionDenied
        exercice: Exercice = self.retrouver(request, object_id)
        return exercice


@admin.register(Reouverture)
class ReouvertureAdmin(DoubleAccordAdmin):
    list_display = ["exercice", "statut"]
    list_select_related = ["exercice__contrat"]
    fieldsets = [
        (None, {"fields": ["exercice", "raison"]}),
        ("Décision", {"fields": [*A_LIRE]}),
    ]
