"""The screens of a change prepared aside: written, previewed, handed on, published, dropped."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import ManyToManyField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.gestes import compte_de, dire, tenter
from pacte.socle.models import Utilisateur
from pacte.socle.photographie import Photo, photographier
from pacte.socle.preparation import Preparation
from pacte.socle.transitions import TransitionInterdite


class ConfierForm(forms.Form):
    """To whom, with which word."""

    a = forms.ModelChoiceField(label="À qui", queryset=Utilisateur.objects.none())
    mot = forms.CharField(
        label="Un mot pour cette personne",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, collegues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["a"].queryset = collegues  # type: ignore[attr-defined]  # a choice of rows


class AbandonForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="La personne qui l’a préparée le lira.",
    )


def prevu_par(formulaire: forms.ModelForm, noms: tuple[str, ...]) -> Photo:
    """Return what a valid form would make the row say, relations to many included."""
    objet = formulaire.instance
    listes = {nom for nom in noms if isinstance(objet._meta.get_field(nom), ManyToManyField)}
    photo = photographier(objet, [nom for nom in noms if nom not in listes])
    choisies = {nom: formulaire.cleaned_data[nom] for nom in listes}
    return photo | {nom: sorted(ligne.pk for ligne in lignes) for nom, lignes in choisies.items()}


class PreparationAdmin(LectureSeuleAdmin, GesteAdmin):
    """Read by all officers; written and decided by those who may change the row."""

    change_form_template = "admin/preparation.html"
    formulaire: ClassVar[type[forms.ModelForm]]
    list_filter = ["statut"]
    fields = ["statut", "preparee_par", "preparee_le", "confiee_a", "motif"]

    def get_urls(self) -> list[URLPattern]:
        gestes = {
            "apercu": self.apercu,
            "confier": self.confier,
            "publier": self.publier,
            "abandonner": self.abandonner,
        }
        vue = self.admin_site.admin_view(self.preparer)
        preparer = path("preparer/<int:pk>/", vue, name=self._nom_de_la_saisie)
        return [preparer, *self.adresses_des_gestes(gestes), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        preparation: Preparation = self.retrouver(request, object_id)
        peut = request.user.has_perm(preparation.DROIT_DE_PREPARER)
        contexte = {
            "title": f"Modification préparée : {preparation}",
            "differences": preparation.differences if preparation.est_en_cours else [],
            "peut_preparer": peut and preparation.est_en_cours,
            "peut_publier": request.user.has_perm(preparation.DROIT_DE_PUBLIER),
            "ecrire": reverse(f"admin:{self._nom_de_la_saisie}", args=[preparation.objet.pk]),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def preparer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of what the row would say: a new change, or the one being prepared."""
        preparation = self._commencer(request, pk)
        preparation.exiger_de_preparer(compte_de(request))
        envoi, depart = request.POST or None, preparation.depart
        lignes = self.lignes_de(preparation, envoi)
        listes = {nom: v for nom, v in preparation.apres.items() if isinstance(v, list)}
        formulaire = self.formulaire(envoi, instance=preparation.prefigurer(), initial=listes)
        if envoi and all([formulaire.is_valid(), lignes is None or lignes.is_valid()]):
            preparation.prevoir(prevu_par(formulaire, preparation.CHAMPS))
            self.prevoir_les_lignes(preparation, lignes)
            lu = request.POST.get("lu", "")
            if tenter(request, preparation.ecrire, "Gardé. Rien n’est publié.", lu=lu):
                return HttpResponseRedirect(self.adresse(preparation))
        return self.page(
            request,
            "admin/preparer.html",
            f"Préparer une modification : {self._lire_l_objet(pk)}",
            formulaire=formulaire,
            lignes=lignes,
            lu=depart,
            retour=self.adresse(preparation) if preparation.pk else "",
        )

    def lignes_de(self, preparation: Any, envoi: Any) -> forms.BaseInlineFormSet | None:
        """Return the rows of the form, None when the row has none."""
        return None

    def prevoir_les_lignes(self, preparation: Any, lignes: Any) -> None:
        """Keep what the rows of a valid form would change."""

    def apercu(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The public page as it would be: the change is made, read, and undone."""
        preparation = self._lire(request, object_id)
        vue, arguments, nommes = resolve(preparation.objet.get_absolute_url())
        request.apercu = self.adresse(preparation)  # type: ignore[attr-defined]  # the page says so
        try:
            with transaction.atomic():
                preparation.appliquer()
                reponse: TemplateResponse = vue(request, *arguments, **nommes)
                reponse.render()
                transaction.set_rollback(True)
        except (TransitionInterdite, ValidationError) as erreur:
            self.message_user(request, dire(erreur), "ERROR")
            return HttpResponseRedirect(self.adresse(preparation))
        return reponse

    def confier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        preparation = self._lire(request, object_id)
        agents = Utilisateur.objects.qui_peuvent(preparation.DROIT_DE_PREPARER)
        collegues = agents.filter(is_staff=True).exclude(pk=compte_de(request).pk)
        formulaire = ConfierForm(request.POST or None, collegues=collegues)
        if request.method == "POST" and formulaire.is_valid():
            choix = formulaire.cleaned_data
            tenter(request, preparation.confier, f"Confiée à {choix['a']}.", **choix)
            return HttpResponseRedirect(self.adresse(preparation))
        return self.demander(
            request, preparation, f"Confier : {preparation}", "Confier", formulaire
        )

    @method_decorator(require_POST)
    def publier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        preparation = self._lire(request, object_id)
        lu = request.POST.get("lu", "")
        tenter(request, preparation.publier, f"« {preparation} » est à jour sur le site.", lu=lu)
        return HttpResponseRedirect(self.adresse(preparation))

    def abandonner(self, request: HttpRequest, object_id: str) -> HttpResponse:
        preparation = self._lire(request, object_id)
        formulaire = AbandonForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            motif = formulaire.cleaned_data["motif"]
            if tenter(request, preparation.abandonner, "Abandonnée.", motif=motif):
                return HttpResponseRedirect(self.adresse(preparation))
        titre = f"Abandonner la modification : {preparation}"
        return self.demander(request, preparation, titre, "Abandonner", formulaire)

    def _commencer(self, request: HttpRequest, pk: int) -> Preparation:
        """Return the change being prepared of a published row, or a new one, not saved."""
        modele: Any = self.model
        objet = self._lire_l_objet(pk)
        presente = modele.objects.en_cours().filter(**{modele.OBJET: objet}).first()
        nouvelle = {modele.OBJET: objet, "preparee_par": compte_de(request)}
        preparation: Preparation
        preparation = presente or modele(**nouvelle, changements={"champs": {}})
        return preparation

    def _lire_l_objet(self, pk: int) -> models.Model:
        champ: Any = self.model._meta.get_field(self.model.OBJET)
        objet: models.Model = get_object_or_404(champ.related_model.objects.visibles(), pk=pk)
        return objet

    def _lire(self, request: HttpRequest, object_id: str) -> Any:
        preparation = self.retrouver(request, object_id)
        if not request.user.has_perm(preparation.DROIT_DE_PREPARER):
            raise PermissionDenied
        return preparation

    @property
    def _nom_de_la_saisie(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_preparer"
