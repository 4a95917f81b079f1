"""An action with its wordings, contributions, milestones and bulletins on one screen."""

import re
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, CheckboxSelectMultiple, ModelChoiceField, Textarea
from django.http import HttpRequest

from actions.admin.argent import FinancementEnLigne
from actions.admin.mesures import IndicateurEnLigne
from actions.admin.rubriques import CONTENU, POUR_QUI_ET_OU, ParRubriquesAdmin
from actions.admin.suivi import JalonEnLigne, PointEtapeEnLigne, marquer_les_corrections
from actions.models import (
    Action,
    Besoin,
    Contribution,
    Jalon,
    Libelle,
    PointEtape,
    Public,
    Releve,
    Situation,
    Source,
    Territoire,
)
from actions.models.echeance import EcheanceQuerySet
from actions.models.preparation import CHAMPS_DE_CONTRIBUTION
from actions.verifications import a_verifier
from contrats.models import Objectif
from pacte.socle.administration import EnLigne, PubliableAdmin, SansSuppressionAdmin
from pacte.socle.gestes import compte_de
from pacte.socle.historique import VersionLueForm
from pacte.socle.models import Utilisateur

TEXTE_COURT: dict[type[models.Field], dict[str, Any]] = {
    models.TextField: {"widget": Textarea(attrs={"rows": 2, "cols": 40})}
}


class ActionForm(VersionLueForm):
    """An action whose code tells its volet; left empty, the next free one is given."""

    class Meta:
        # Read here; written on the bulletin, which explains them.
        help_texts = {"motif": "", "reportee_au": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = "Laissé vide, il est donné : le suivant du volet."
        objectif = cast(ModelChoiceField | None, self.fields.get("objectif"))
        if objectif and objectif.queryset is not None and self.instance.pk:
            objectif.queryset = objectif.queryset.filter(volet=self.instance.volet_id)

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        volet, code = donnees.get("volet"), donnees.get("code")
        if volet is None or "code" not in self.fields:
            return donnees
        if not code:
            donnees["code"] = Action.objects.code_suivant(volet)
        elif not re.fullmatch(rf"{re.escape(volet.prefixe_des_codes)}[0-9]+", code):
            exemple = Action.objects.code_suivant(volet)
            message = f"Le code dit le volet : ici, par exemple « {exemple} »."
            self.add_error("code", message)
        return donnees


# Rows without a delete of their own: the screen of the action deletes them.
DE_SON_ECRAN = (Jalon, Libelle, PointEtape, Releve)


class LibelleFormSet(BaseInlineFormSet):
    """The wordings of one action: as soon as there is one, exactly one is official."""

    def clean(self) -> None:
        super().clean()
        gardes = [
            f.cleaned_data
            for f in self.forms
            if f.cleaned_data.get("texte") and not f.cleaned_data.get("DELETE")
        ]
        officiels = sum(bool(libelle["officiel"]) for libelle in gardes)
        if gardes and officiels != 1:
            raise ValidationError("Cocher un libellé officiel, et un seul.")
        if not gardes and self.instance.visible_depuis and self.instance.inscrite_le is None:
            raise ValidationError("Une action publiée garde au moins un libellé.")


class LibelleEnLigne(EnLigne):
    model = Libelle
    formset = LibelleFormSet
    fields = ["texte", "source", "officiel", "partenaires_cites"]
    formfield_overrides = {
        models.CharField: {"widget": Textarea(attrs={"rows": 3, "cols": 50})},
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Libelle]:
        return super().get_queryset(request).prefetch_related("partenaires_cites")


class ContributionEnLigne(EnLigne):
    model = Contribution
    fields = [*CHAMPS_DE_CONTRIBUTION, "confirmee_le"]
    formfield_overrides = TEXTE_COURT

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contribution]:
        return super().get_queryset(request).select_related("partenaire")


class SituationFilter(admin.SimpleListFilter):
    """The lines of « À traiter », as a filter of the list."""

    title = "à traiter"
    parameter_name = "situation"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return Situation.choices

    def queryset(  # type: ignore[override]  # these rows alone are filtered so
        self, request: HttpRequest, queryset: EcheanceQuerySet[Action]
    ) -> EcheanceQuerySet[Action]:
        situation = self.value()
        if situation not in Situation.values:
            return queryset
        return queryset.en_situation(Situation(situation))


@admin.register(Action)
class ActionAdmin(ParRubriquesAdmin):
    form = ActionForm
    list_display = ["code", "titre", "volet", "statut", "statut_le"]
    list_display_links = ["code", "titre"]
    list_filter = [SituationFilter, "statut", "volet__contrat", "volet__axe"]
    list_select_related = ["volet__contrat", "volet__axe"]
    search_fields = ["code", "titre", "libelles__texte"]
    change_form_template = "admin/action.html"
    slug_depuis = "titre"
    page_de_preparation = "admin:actions_preparationaction_preparer"
    figes = ["slug", "code"]
    readonly_fields = ["statut", "statut_le", "motif", "reportee_au"]
    formfield_overrides = {
        **PubliableAdmin.formfield_overrides,
        **TEXTE_COURT,
        models.ManyToManyField: {"widget": CheckboxSelectMultiple},
    }
    fieldsets = [
        (None, {"fields": ["code", "titre", "slug", "en_clair"]}),
        (
            "Place dans le Pacte",
            {
                "fields": [
                    "volet",
                    "objectif",
                    "acte",
                    ("axe_a_confirmer", "fusion_a_confirmer", "partenaires_a_confirmer"),
                    "note_interne",
                ]
            },
        ),
        (
            "Où en est-on",
            {
                "fields": [("statut", "statut_le"), "motif", "reportee_au"],
                "description": "Le statut est celui du dernier point d’étape, plus bas.",
            },
        ),
        ("Calendrier", {"fields": [("debut_prevu", "fin_prevue")]}),
        ("Pour qui et où", {"fields": [POUR_QUI_ET_OU]}),
        (
            "Contenu",
            {
                "fields": [("nature", "renfort"), *CONTENU],
            },
        ),
    ]
    inlines = [
        PointEtapeEnLigne,
        JalonEnLigne,
        FinancementEnLigne,
        IndicateurEnLigne,
        ContributionEnLigne,
        LibelleEnLigne,
    ]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        relations = {"volet": ("contrat", "axe"), "objectif": ("volet__contrat", "volet__axe")}
        if champ and champ.queryset is not None and db_field.name in relations:
            champ.queryset = champ.queryset.select_related(*relations[db_field.name])
            if db_field.name == "objectif":
                champ.label_from_instance = _situer  # type: ignore[method-assign]  # here alone
        return champ

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """A draft goes with what lives on its screen, and comes back with it."""
        objets, comptes, interdits, gardes = super().get_deleted_objects(objs, request)
        avec_elle = {str(modele._meta.verbose_name) for modele in DE_SON_ECRAN}
        return objets, comptes, interdits - avec_elle, gardes

    def save_formset(
        self, request: HttpRequest, form: ActionForm, formset: BaseInlineFormSet, change: bool
    ) -> None:
        if formset.model is PointEtape:
            marquer_les_corrections(formset)
        if formset.model is Contribution:
            for contribution in formset.save(commit=False):
                _signer_la_confirmation(contribution, compte_de(request))
        super().save_formset(request, form, formset, change)

    def save_related(
        self,
        request: HttpRequest,
        form: ActionForm,
        formsets: list[BaseInlineFormSet],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        if any(fs.model is PointEtape and fs.has_changed() for fs in formsets):
            form.instance.reprendre_statut(par=compte_de(request))
        for message in a_verifier(form.instance):
            self.message_user(request, f"Enregistré, mais à vérifier. {message}", messages.WARNING)


def _situer(obj: Objectif) -> str:
    return f"{obj.volet} – {obj}"


def _signer_la_confirmation(contribution: Contribution, par: Utilisateur) -> None:
    """Give a dated confirmation its author, and an undated one none."""
    if contribution.confirmee_le is None:
        contribution.confirmee_par = None
    elif contribution.confirmee_par is None:
        contribution.confirmee_par = par


@admin.register(Source)
class SourceAdmin(SansSuppressionAdmin):
    list_display = ["titre", "code", "ordre"]
    search_fields = ["titre", "code"]


@admin.register(Besoin)
class BesoinAdmin(SansSuppressionAdmin):
    list_display = ["nom", "code", "ordre", "a_confirmer"]
    list_filter = ["a_confirmer"]
    search_fields = ["nom"]


@admin.register(Public)
class PublicAdmin(SansSuppressionAdmin):
    list_display = ["nom", "code", "ordre"]
    search_fields = ["nom"]


@admin.register(Territoire)
class TerritoireAdmin(SansSuppressionAdmin):
    list_display = ["nom", "code", "nature", "ordre"]
    list_filter = ["nature"]
    search_fields = ["nom", "code"]
