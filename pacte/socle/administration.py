"""What the admin classes share: publication buttons, history, choices read once."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from pacte.socle.ecrans import ListeSansErreurAdmin, VisibiliteDite
from pacte.socle.gestes import dire, tenter
from pacte.socle.historique import HistoriqueAdmin
from pacte.socle.transitions import TransitionInterdite


class MotifForm(forms.Form):
    """The reason of a withdrawal."""

    motif = forms.CharField(
        label="Motif du retrait",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Le journal le garde. Il n’est pas publié.",
    )


class GesteAdmin(admin.ModelAdmin):
    """A row on which one acts with buttons, each asking for what it needs on its own page."""

    def demander(self, request, objet, titre: str, bouton: str, formulaire):
        """Answer the page that asks `formulaire` before acting on `objet`."""
        contexte = {
            **self.admin_site.each_context(request),
            "title": titre,
            "opts": self.opts,
            "formulaire": formulaire,
            "bouton": bouton,
            "retour": self.adresse(objet),
        }
        return TemplateResponse(request, "admin/geste.html", contexte)

    def retrouver(self, request, object_id):
        """Return the row, or raise Http404."""
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        return objet

    def adresse(self, objet) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[objet.pk]
        )


class PubliableAdmin(HistoriqueAdmin, GesteAdmin):
    """Adds to a publishable model its position, its buttons and its bulk publication.

    The buttons call the model's transitions and nothing else. What was once published is
    withdrawn, not deleted, and keeps what its address is made of (`figes`).
    """

    change_form_template = "admin/publiable.html"
    actions = ["publier_la_selection"]
    figes = ["slug"]
    slug_depuis = ""

    def get_urls(self):
        nom = f"{self.opts.app_label}_{self.opts.model_name}_retirer"
        retirer = self.admin_site.admin_view(self.retirer)
        return [path("<path:object_id>/retirer/", retirer, name=nom), *super().get_urls()]

    def peut_publier(self, request) -> bool:
        droit = f"{self.opts.app_label}.publier_{self.opts.model_name}"
        return request.user.has_perm(droit)

    def get_list_display(self, request):
        return [*super().get_list_display(request), "publication"]

    def get_list_filter(self, request):
        return ["publication", *self.list_filter]

    def get_readonly_fields(self, request, obj=None):
        fixes = self.figes if obj and obj.visible_depuis else []
        return [*self.readonly_fields, *fixes]

    def get_prepopulated_fields(self, request, obj=None):
        propose = self.slug_depuis and not (obj and obj.visible_depuis)
        return {"slug": [self.slug_depuis]} if propose else {}

    def get_actions(self, request):
        gestes = super().get_actions(request)
        gestes.pop("delete_selected", None)
        return gestes

    def has_delete_permission(self, request, obj=None):
        if obj is not None and obj.visible_depuis:
            return False
        return super().has_delete_permission(request, obj)

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.est_visible else None

    def change_view(self, request, object_id, form_url="", extra_context=None):
        contexte = {
            "title": f"{self.opts.verbose_name.capitalize()} : modifier",
            "peut_publier": self.peut_publier(request),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def response_change(self, request, obj):
        if "_publier" not in request.POST:
            return super().response_change(request, obj)
        tenter(request, obj.publier, f"« {obj} » est visible de tous.")
        return HttpResponseRedirect(request.path)

    @admin.action(description="Publier la sélection", permissions=["change"])
    def publier_la_selection(self, request, queryset):
        publies = 0
        for objet in queryset:
            try:
                objet.publier(par=request.user)
            except (TransitionInterdite, ValidationError) as erreur:
                self.message_user(request, dire(erreur), messages.WARNING)
            else:
                publies += 1
        if publies:
            nom = self.opts.verbose_name_plural if publies > 1 else self.opts.verbose_name
            self.message_user(request, f"Rendu visible : {publies} {nom}.", messages.SUCCESS)

    def retirer(self, request, object_id):
        """Ask for the reason of a withdrawal, then withdraw."""
        if not self.peut_publier(request):
            raise PermissionDenied
        objet = self.retrouver(request, object_id)
        formulaire = MotifForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            tenter(
                request,
                objet.retirer,
                f"« {objet} » n’est plus visible.",
                **formulaire.cleaned_data,
            )
            return HttpResponseRedirect(self.adresse(objet))
        return self.demander(request, objet, f"Retirer « {objet} »", "Retirer du site", formulaire)


class EnLigne(VisibiliteDite, admin.TabularInline):
    """Rows inside another form; the choices of a relation are read once, not once per row."""

    extra = 0

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        champ = super().formfield_for_dbfield(db_field, request, **kwargs)
        if champ is not None and hasattr(champ.widget, "can_add_related"):
            # What a row refers to is kept on its own screen: no four pictures in each cell.
            for geste in ("add", "change", "delete", "view"):
                setattr(champ.widget, f"can_{geste}_related", False)
        return champ

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return _lire_une_fois(super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return _lire_une_fois(super().formfield_for_manytomany(db_field, request, **kwargs))


def _lire_une_fois(champ):
    if champ is not None:
        champ.choices = list(champ.choices)
    return champ


class SansSuppressionAdmin(HistoriqueAdmin):
    """Reference rows that others refer to: corrected, never deleted from a screen."""

    def has_delete_permission(self, request, obj=None):
        return False


class LectureSeuleAdmin(ListeSansErreurAdmin):
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
