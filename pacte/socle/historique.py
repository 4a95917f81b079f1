"""Field history in the admin: read, restored by those who may change, never overwritten blindly."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import urlencode

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from simple_history.admin import SimpleHistoryAdmin

from pacte.socle.comparaison import VersionDite, VersionInconnue, choisir, comparer
from pacte.socle.ecrans import LigneRetenueAdmin, ListeSansErreurAdmin
from pacte.socle.gestes import compte_de
from pacte.socle.journal import FaitFiche, consigner
from pacte.socle.typographie import date_fr, heure_fr

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur


class VersionLueForm(forms.ModelForm):
    """A form that remembers which version it shows, and refuses to erase a newer one unseen."""

    version_lue = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.derniere: Any = self.instance.historique.first() if self.instance.pk else None
        if self.derniere:
            self.initial["version_lue"] = self.derniere.history_id

    def clean(self) -> dict[str, Any]:
        super().clean()
        donnees = self.cleaned_data
        lue = donnees.get("version_lue")
        if self.derniere and lue and lue != self.derniere.history_id:
            # Told once: the same form sent again carries the newer version, and is accepted.
            self._refuser(lue)
        return donnees

    def _refuser(self, lue: int) -> NoReturn:
        """Say who changed what meanwhile, and take it where this form says what it said before."""
        saisie = cast(QueryDict, self.data).copy()
        saisie[self.add_prefix("version_lue")] = self.derniere.history_id
        changes = self._changes_depuis(lue)
        for nom, avant in changes.items():
            if self._est_intact(nom, avant):
                self._reprendre(saisie, nom)
        self.data = saisie
        qui = self.derniere.history_user or "une commande"
        noms = ", ".join(f"« {self.fields[nom].label} »" for nom in changes)
        raise ValidationError(
            f"Pendant que vous écriviez, {qui} a modifié cette fiche "
            f"({date_fr(self.derniere.history_date)}, {heure_fr(self.derniere.history_date)})"
            f"{f' : {noms}' if noms else ''}. Ce que vous n’aviez pas touché est repris ; le reste "
            "de votre saisie est gardé ci-dessous : comparez avec l’historique, puis enregistrez "
            "de nouveau pour confirmer."
        )

    def _changes_depuis(self, lue: int) -> dict[str, Any]:
        """Return the fields of this form that differ from that version, with what it said."""
        version = self.instance.historique.filter(history_id=lue).first()
        changes = self.derniere.diff_against(version).changes if version else []
        return {c.field: c.old for c in changes if c.field in self.fields}

    def _est_intact(self, nom: str, avant: Any) -> bool:
        """Tell whether a field, of one value, still says what it said in the version read."""
        if self.instance._meta.get_field(nom).many_to_many or nom not in self.cleaned_data:
            return False
        saisie = self.cleaned_data[nom]
        return bool((saisie.pk if isinstance(saisie, models.Model) else saisie) == avant)

    def _reprendre(self, saisie: QueryDict, nom: str) -> None:
        champ, cle = self.fields[nom], self.add_prefix(nom)
        en_base = self.instance._meta.get_field(nom).value_from_object(self.instance)
        if isinstance(champ.widget, forms.CheckboxInput):
            saisie.setlist(cle, ["on"] if en_base else [])
            return
        ecrit = champ.widget.format_value(champ.prepare_value(en_base))
        saisie.setlist(cle, ecrit if isinstance(ecrit, list) else [ecrit or ""])


class HistoriqueAdmin(LigneRetenueAdmin, SimpleHistoryAdmin, ListeSansErreurAdmin):
    """A model whose field history can be read (who, when, before, after) and restored."""

    form = VersionLueForm
    list_per_page = 50
    show_full_result_count = False
    object_history_list_template = "admin/historique.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @property
    def lignes_a_historique(self) -> list[type[models.Model]]:
        """The models of its rows that keep their versions."""
        return [i.model for i in self.inlines if hasattr(i.model, "historique")]

    def versions_permises(self, request: HttpRequest, versions: QuerySet[Any]) -> QuerySet[Any]:
        """Return those of `versions` whose row its user may write, when some rows are others'."""
        return versions

    def une_fois_retablie(self, objet: Any, *, par: "Utilisateur") -> None:
        """Change what depends on a row that was deleted and came back."""

    def get_urls(self) -> list[URLPattern]:
        nom = f"{self.opts.app_label}_{self.opts.model_name}_comparer"
        vue = self.admin_site.admin_view(self.comparer_deux_versions)
        return [path("<path:object_id>/history/comparer/", vue, name=nom), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with what the site offers to download of the rows that it shows."""
        proposer = getattr(self.admin_site, "sorties_de", None)
        contexte = {
            "sorties": proposer(request, self.model) if proposer else [],
            "supprimees": self._supprimees(request, [self.model], genre=self.opts.label_lower),
        }
        return super().changelist_view(request, {**contexte, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, with each fault that it holds and the box that it is about."""
        context["fautes_liees"] = list(_fautes_liees(context))
        context["a_un_historique"] = True
        return super().render_change_form(request, context, *args, **kwargs)

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: models.Model
    ) -> VersionDite:
        return VersionDite(self.model, historical_record)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        consigner(obj, FaitFiche.CREEE, par=compte_de(request))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        if champs := _champs_changes(message):
            consigner(obj, FaitFiche.MODIFIEE, par=compte_de(request), champs=champs)
        return super().log_change(request, obj, message)

    def log_deletions(
        self, request: HttpRequest, queryset: QuerySet[models.Model]
    ) -> list[LogEntry] | LogEntry:
        for objet in queryset:
            consigner(objet, FaitFiche.SUPPRIMEE, par=compte_de(request))
        return super().log_deletions(request, queryset)

    def get_fieldsets(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[tuple[Any, Any]]:
        """Leave out the hidden version: `admin/change_form.html` prints it, without a label."""
        return [
            (nom, {**options, "fields": [c for c in options["fields"] if c != "version_lue"]})
            for nom, options in super().get_fieldsets(request, obj)
        ]

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[forms.ModelForm]:
        classe = super().get_form(request, obj, change, **kwargs)
        version = getattr(request, "version_a_restaurer", None)
        return classe if version is None else _avec_les_relations_de(classe, version)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        objet = self._retrouver(request, object_id)
        de = f"{self.opts.label_lower}-{objet.pk}"
        contexte = {"supprimees": self._supprimees(request, self.lignes_a_historique, de=de)}
        return super().history_view(request, object_id, {**contexte, **(extra_context or {})})

    def comparer_deux_versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two versions of a row, whichever they are: by default the last two."""
        objet = self._retrouver(request, object_id)
        if not self.has_view_or_change_permission(request, objet):
            raise PermissionDenied
        versions = objet.historique.select_related("history_user")
        try:
            choix = choisir(
                list(versions), request.GET.get("avant", ""), request.GET.get("apres", "")
            )
        except VersionInconnue as erreur:
            raise Http404 from erreur
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Comparer deux versions : {objet}",
            "opts": self.opts,
            "objet": objet,
            "versions": versions,
            "choix": choix,
            "ecarts": [] if choix.message else comparer(self.model, choix.avant, choix.apres),
            "peut_revenir": self.has_change_permission(request, objet),
        }
        return TemplateResponse(request, "admin/comparaison.html", contexte)

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a past version; restoring it demands the right to change the row."""
        objet = self._retrouver(request, object_id)
        if request.method == "POST" and not self.has_change_permission(request, objet):
            raise PermissionDenied
        if not version_id.isdecimal():
            raise Http404
        version = objet.historique.filter(history_id=version_id).first()
        if version is None:
            raise Http404
        request.version_a_restaurer = version  # type: ignore[attr-defined]  # for `get_form`
        with transaction.atomic():
            reponse: HttpResponse = super().history_form_view(
                request, object_id, version_id, extra_context
            )
        return reponse

    def _supprimees(
        self, request: HttpRequest, modeles: list[type[models.Model]], **filtre: str
    ) -> str:
        """Return the query that lists what was deleted of `modeles`, "" for who adds none."""
        droits = [f"{m._meta.app_label}.add_{m._meta.model_name}" for m in modeles]
        return urlencode(filtre) if any(map(request.user.has_perm, droits)) else ""

    def _retrouver(self, request: HttpRequest, object_id: str) -> Any:
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        return objet


def _fautes_liees(contexte: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the id of each faulty box, "" for a whole form, and the sentence that names it."""
    lignes = [f for groupe in contexte.get("inline_admin_formsets", []) for f in groupe.formset]
    for formulaire in [contexte["adminform"].form, *lignes]:
        for nom, phrases in formulaire.errors.items():
            champ = formulaire[nom] if nom in formulaire.fields else None
            debut = f"{champ.label} : " if champ else ""
            for phrase in phrases:
                yield champ.id_for_label if champ else "", f"{debut}{phrase}"


def _champs_changes(message: str | list[dict[str, dict[str, Any]]]) -> list[str]:
    """Return the labels of what a form changed, rows inside it included, from Django's message."""
    if isinstance(message, str):
        return [message] if message else []
    noms: set[str] = set()
    for changement in message:
        for detail in changement.values():
            noms.update(detail.get("fields", []) or [detail.get("name", "")])
    return sorted(filter(None, noms))


def _avec_les_relations_de(classe: type[forms.ModelForm], version: Any) -> type[forms.ModelForm]:
    """Return form class `classe`, its many-to-many fields as they were in `version`."""
    relations = {
        champ.name: [
            getattr(ligne, f"{champ.m2m_reverse_field_name()}_id")
            for ligne in getattr(version, champ.name).all()
        ]
        for champ in version._history_m2m_fields
    }

    class Restauration(classe):  # type: ignore[valid-type, misc]  # a class made for one request
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.initial |= relations

        def clean(self) -> dict[str, Any]:
            # Restoring an old version is the very purpose: no newer one to protect.
            self.derniere = None
            donnees: dict[str, Any] = super().clean()
            return donnees

    return Restauration
