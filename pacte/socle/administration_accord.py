"""The screen where each party decides, and where a written agreement is recorded."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.documents import repondre_document
from pacte.socle.double_accord import (
    DE_LA_PARTIE,
    DROIT_ACCORD_ECRIT,
    DoubleAccord,
    DoubleAccordQuerySet,
    Partie,
    parties_de,
)
from pacte.socle.ecrans import ColonneDeListe
from pacte.socle.gestes import compte_de, tenter

A_LIRE = ["statut", "deposee_le", "motif_refus"]


class RefusForm(forms.Form):
    motif = forms.CharField(
        label="Motif du refus",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="La personne qui demande le lira tel quel.",
    )


class AccordEcritForm(forms.Form):
    piece = forms.FileField(
        label="Document signé",
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        help_text="En PDF de 10 Mo au plus.",
    )


class ADeciderFilter(admin.SimpleListFilter):
    """Requests that one's own side has not decided."""

    title = "décision attendue"
    parameter_name = "a_decider"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(str(partie), DE_LA_PARTIE[partie]) for partie in Partie]

    def queryset(  # type: ignore[override]  # these rows alone are filtered so
        self, request: HttpRequest, queryset: DoubleAccordQuerySet
    ) -> DoubleAccordQuerySet:
        partie = self.value()
        return queryset.a_decider_par(Partie(partie)) if partie in Partie.values else queryset


class DoubleAccordAdmin(LectureSeuleAdmin, GesteAdmin):
    """Read by all, decided by the two parties with buttons that call the transitions."""

    change_form_template = "admin/double_accord.html"
    list_filter = ["statut", ADeciderFilter]

    def get_list_display(self, request: HttpRequest) -> list[ColonneDeListe]:
        miennes = parties_de(request.user)

        @admin.display(description="où en est-on")
        def position(objet: DoubleAccord) -> str:
            if miennes:
                return objet.dire_pour(miennes[0])
            return " ; ".join(f"{partie} : {message}" for partie, message in objet.positions)

        return [*super().get_list_display(request), position, "deposee_le"]

    def get_urls(self) -> list[URLPattern]:
        gestes = {
            "accorder": self.accorder,
            "refuser": self.refuser,
            "accord-ecrit": self.accorder_par_ecrit,
            "piece": self.piece,
        }
        return [*self.adresses_des_gestes(gestes, "<str:partie>/"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        objet = self.retrouver(request, object_id)
        siennes = parties_de(request.user)
        ouvertes = [p for p in Partie if objet.est_en_attente and objet.accord_de(p) is None]
        contexte = {
            "title": str(objet),
            "miennes": [p for p in ouvertes if p in siennes],
            "ecrites": ouvertes if request.user.has_perm(DROIT_ACCORD_ECRIT) else [],
            "pieces": [p for p in Partie if objet.piece_de(p)],
            "dits": [objet.dire_pour(p) for p in siennes],
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    @method_decorator(require_POST)
    def accorder(self, request: HttpRequest, object_id: str, partie: str) -> HttpResponse:
        objet, partie = self._lire(request, object_id, partie)
        # Not inside a transaction: an attempt for the other side stays in the journal.
        tenter(
            request,
            lambda par: objet.accorder(partie, par=par),
            f"L’accord {DE_LA_PARTIE[partie]} est enregistré.",
        )
        return HttpResponseRedirect(self.adresse(objet))

    def refuser(self, request: HttpRequest, object_id: str, partie: str) -> HttpResponse:
        objet, partie = self._lire(request, object_id, partie)
        if partie not in parties_de(request.user):
            if request.method == "POST":
                # The model refuses too, and its journal keeps the attempt.
                objet.refuser(partie, par=compte_de(request), motif="")
            raise PermissionDenied
        formulaire = RefusForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            motif = formulaire.cleaned_data["motif"]
            tenter(
                request,
                lambda par: objet.refuser(partie, par=par, motif=motif),
                "Le refus est enregistré.",
            )
            return HttpResponseRedirect(self.adresse(objet))
        titre = f"Refuser au nom {DE_LA_PARTIE[partie]} : {objet}"
        return self.demander(request, objet, titre, "Refuser", formulaire)

    def accorder_par_ecrit(self, request: HttpRequest, object_id: str, partie: str) -> HttpResponse:
        if not request.user.has_perm(DROIT_ACCORD_ECRIT):
            raise PermissionDenied
        objet, partie = self._lire(request, object_id, partie)
        formulaire = AccordEcritForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and formulaire.is_valid():
            piece = formulaire.cleaned_data["piece"]
            fait = tenter(
                request,
                lambda par: objet.accorder_par_ecrit(partie, par=par, piece=piece),
                f"L’accord écrit {DE_LA_PARTIE[partie]} est enregistré.",
            )
            if fait:
                return HttpResponseRedirect(self.adresse(objet))
        titre = f"Enregistrer l’accord écrit {DE_LA_PARTIE[partie]} : {objet}"
        return self.demander(request, objet, titre, "Enregistrer l’accord", formulaire)

    def piece(self, request: HttpRequest, object_id: str, partie: str) -> FileResponse:
        """The document of a written agreement, for whoever may read the request."""
        objet, partie = self._lire(request, object_id, partie)
        return repondre_document(objet.piece_de(partie))

    def _lire(
        self, request: HttpRequest, object_id: str, partie: str
    ) -> tuple[DoubleAccord, Partie]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if partie not in Partie.values:
            raise Http404
        return self.retrouver(request, object_id), Partie(partie)
