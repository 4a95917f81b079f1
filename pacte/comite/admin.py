"""Meetings with what they decided, their agenda, and the two gestures on a decision."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localdate

from contrats.models import RequeteDuPacte
from pacte.comite.dossier import composer_le_dossier
from pacte.comite.models import DROIT_DE_SUIVRE, Comite, ComiteQuerySet, Decision, DecisionQuerySet
from pacte.comite.ordre_du_jour import OrdreDuJour
from pacte.socle.administration import EnLigne, GesteAdmin
from pacte.socle.double_accord import Partie
from pacte.socle.formulaires import date_du_navigateur
from pacte.socle.gestes import tenter
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.papier.reponses import PAPIERS, repondre_papier

CHAMPS: list[Any] = ["libelle", "actions", ("qui", "pour_le"), "est_publique", "faite_le"]
EN_CASES: dict[type[models.Field], Mapping[str, Any]] = {
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}
}


class FaiteForm(forms.Form):
    """What a decision that is done needs: the day when it was."""

    le = forms.DateField(label="Faite le", initial=localdate, widget=date_du_navigateur())


class RepriseForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi elle n’est pas faite",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Le journal le garde. Il n’est pas publié.",
    )


class DecisionForm(forms.ModelForm):
    """A decision on its meeting: its actions stand first in their list, which is long."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ: Any = self.fields.get("actions")
        if champ and self.instance.pk:
            siennes = {action.pk for action in self.instance.actions.all()}
            champ.choices = sorted(champ.choices, key=lambda choix: choix[0].value not in siennes)


class DecisionEnLigne(EnLigne):
    """What the meeting decided; the screen of a decision says that it is done, or deletes it."""

    model = Decision
    form = DecisionForm
    template = "admin/edit_inline/stacked.html"
    fields = CHAMPS
    readonly_fields = ["faite_le"]
    formfield_overrides = {
        **EN_CASES,
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3})},
    }
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        decisions = super().get_queryset(request).select_related("comite", "qui")
        return decisions.prefetch_related("actions").order_by("pk")


@admin.register(Comite)
class ComiteAdmin(HistoriqueAdmin, GesteAdmin):
    change_form_template = "admin/comite.html"
    list_display = ["le", "decisions", "ouvertes"]
    date_hierarchy = "le"
    search_fields = ["decisions__libelle", "points"]
    formfield_overrides = {**HistoriqueAdmin.formfield_overrides, **EN_CASES}
    inlines = [DecisionEnLigne]
    fieldsets = [
        (
            None,
            {
                "fields": ["le", "points"],
                "description": "Une réunion à venir a déjà son ordre du jour, calculé d’après "
                "ce qui est saisi. Ses décisions s’écrivent une fois qu’elle a eu lieu.",
            },
        ),
        ("Qui était là", {"fields": ["organisations", "personnes"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        pages = {"ordre-du-jour": self.ordre_du_jour}
        dossier = path(
            "<path:object_id>/dossier.<str:format_papier>",
            self.admin_site.admin_view(self.dossier),
            name="pacte_comite_dossier",
        )
        return [dossier, *self.adresses_des_gestes(pages), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> ComiteQuerySet:
        return Comite.objects.with_decisions()

    @admin.display(description="décisions", ordering="nb_decisions")
    def decisions(self, comite: Any) -> int:
        nombre: int = comite.nb_decisions
        return nombre

    @admin.display(description="encore ouvertes", ordering="nb_ouvertes")
    def ouvertes(self, comite: Any) -> int:
        nombre: int = comite.nb_ouvertes
        return nombre

    def ordre_du_jour(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The agenda of a meeting, to read: each matter leads to where it is settled."""
        comite = self._lire(request, object_id)
        return self.page(
            request,
            "admin/ordre_du_jour.html",
            f"Ordre du jour : {comite}",
            comite=comite,
            ordre=OrdreDuJour(comite),
            papiers=self._papiers(comite.pk),
        )

    def dossier(self, request: RequeteDuPacte, object_id: str, format_papier: str) -> HttpResponse:
        """The pack of a meeting, to print or to go on writing."""
        comite = self._lire(request, object_id)
        if format_papier not in PAPIERS:
            raise Http404
        ecrit = composer_le_dossier(comite, request.pacte.avertissement)
        return repondre_papier(ecrit, format_papier, f"comite-{comite.le}", interne=True)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        contexte = {
            "title": "Comité de pilotage",
            "papiers": self._papiers(object_id),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def _lire(self, request: HttpRequest, object_id: str) -> Comite:
        """Return the meeting, for whoever may read it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        comite: Comite = self.retrouver(request, object_id)
        return comite

    def _papiers(self, cle: object) -> list[tuple[str, str]]:
        """Return what the pack is printed as: name, address."""
        return [
            (nom, reverse("admin:pacte_comite_dossier", args=[cle, fin]))
            for fin, (nom, *_) in PAPIERS.items()
        ]


class SuiteFilter(admin.SimpleListFilter):
    """The lines of « À traiter », as a filter of the list."""

    title = "suite"
    parameter_name = "suite"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        parties = [(str(partie), f"à suivre par {partie.label}") for partie in Partie]
        return [*parties, ("ouverte", "pas encore faite"), ("en_retard", "en retard")]

    def queryset(  # type: ignore[override]  # these rows alone are filtered so
        self, request: HttpRequest, queryset: DecisionQuerySet
    ) -> DecisionQuerySet:
        valeur = self.value()
        if valeur in Partie.values:
            return queryset.a_suivre_par(Partie(valeur))
        if valeur == "ouverte":
            return queryset.ouvertes()
        return queryset.en_retard() if valeur == "en_retard" else queryset


@admin.register(Decision)
class DecisionAdmin(HistoriqueAdmin, GesteAdmin):
    """A decision is written on its meeting; here, it is followed."""

    change_form_template = "admin/decision.html"
    list_display = ["libelle", "comite", "qui", "pour_le", "faite_le", "est_publique"]
    list_filter = [SuiteFilter, "est_publique", "qui"]
    list_select_related = ["comite", "qui"]
    search_fields = ["libelle", "actions__code", "actions__titre"]
    # Each is deleted on its own screen, which knows whether it may be.
    actions = None
    fields = ["comite", *CHAMPS]
    readonly_fields = ["comite", "faite_le"]
    formfield_overrides = {**HistoriqueAdmin.formfield_overrides, **EN_CASES}

    def get_urls(self) -> list[URLPattern]:
        gestes = {"constater-faite": self.constater_faite, "reprendre": self.reprendre}
        return [*self.adresses_des_gestes(gestes), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Decision | None = None) -> bool:
        """What the public reads, or was done, is not deleted: nobody would know that it was."""
        permis = super().has_delete_permission(request, obj)
        return permis and not (obj and (obj.est_publique or obj.est_faite))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        contexte = {
            "title": "Décision du comité",
            "peut_suivre": request.user.has_perm(DROIT_DE_SUIVRE),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def constater_faite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        decision: Decision = self.retrouver(request, object_id)
        titre = "Décision faite"
        return self._suivre(request, decision, titre, FaiteForm, decision.constater_faite)

    def reprendre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        decision: Decision = self.retrouver(request, object_id)
        titre = "Décision à reprendre"
        return self._suivre(request, decision, titre, RepriseForm, decision.reprendre)

    def _suivre(
        self,
        request: HttpRequest,
        decision: Decision,
        titre: str,
        classe: type[forms.Form],
        transition: Callable[..., None],
    ) -> HttpResponse:
        """Ask for what `transition` needs, then make it."""
        if not request.user.has_perm(DROIT_DE_SUIVRE):
            raise PermissionDenied
        formulaire = classe(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            tenter(request, transition, f"{titre} : c’est noté.", **formulaire.cleaned_data)
            return HttpResponseRedirect(self.adresse(decision))
        return self.demander(request, decision, f"{titre} : {decision}", "Enregistrer", formulaire)
