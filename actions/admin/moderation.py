"""The queue of what partners propose: old and new side by side, then an answer."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from actions.forms import ActuelLuForm
from actions.models import PropositionContribution, PropositionNote, PropositionReleve
from actions.models.moderation import CibleChangee, Proposition, PropositionQuerySet
from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.gestes import compte_de
from pacte.socle.nombres import NombreFormField
from pacte.socle.transitions import TransitionInterdite


class ReponseForm(ActuelLuForm):
    """What is kept of a proposal, possibly changed, and a word to its author."""

    reponse = forms.CharField(
        label="Réponse au partenaire",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Facultative pour accepter, obligatoire pour refuser.",
    )

    def lire(self) -> dict[str, Any]:
        """Return what the officer keeps: the fields of the proposal, as typed."""
        return {champ: self.cleaned_data[champ] for champ in self._meta.fields or []}


class ModerationAdmin(LectureSeuleAdmin, GesteAdmin):
    """Proposals of one kind. The State reads; the Department answers."""

    list_display = ["sujet", "partenaire", "envoyee_le", "statut"]
    list_filter = ["statut", "partenaire"]
    champs: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposition]:
        return cast(PropositionQuerySet, super().get_queryset(request)).for_liste()

    def peut_repondre(self, request: HttpRequest, proposition: Proposition) -> bool:
        droit = f"{self.opts.app_label}.moderer_{self.opts.model_name}"
        return proposition.est_en_attente and request.user.has_perm(droit)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        proposition = self.retrouver(request, object_id)
        classe = forms.modelform_factory(
            self.model, ReponseForm, fields=self.champs, field_classes={"valeur": NombreFormField}
        )
        formulaire = cast(ReponseForm, classe(request.POST or None, instance=proposition))
        if request.method == "POST":
            reponse = self._repondre(request, proposition, formulaire)
            if reponse:
                return reponse
        return self.page(
            request,
            "admin/proposition.html",
            str(proposition.sujet),
            proposition=self.retrouver(request, object_id),
            form=formulaire,
            peut_repondre=self.peut_repondre(request, proposition),
        )

    def _repondre(
        self, request: HttpRequest, proposition: Proposition, formulaire: ReponseForm
    ) -> HttpResponse | None:
        """Answer a redirection once done, None when something must be shown again."""
        refuse = "refuser" in request.POST
        # A refusal needs its reason only; to accept, everything must be right.
        if not formulaire.is_valid() and not (refuse and "reponse" in formulaire.cleaned_data):
            return None
        lue = self.retrouver(request, str(proposition.pk))
        try:
            if refuse:
                lue.refuser(par=compte_de(request), motif=formulaire.cleaned_data["reponse"])
            else:
                self._accepter(request, lue, formulaire)
        except CibleChangee as erreur:
            formulaire.relire()
            messages.error(request, f"{erreur} Comparez de nouveau, puis répondez.")
        except TransitionInterdite as erreur:
            messages.error(request, str(erreur))
            return HttpResponseRedirect(request.path)
        except ValidationError as erreur:
            messages.error(request, " ".join(erreur.messages))
        else:
            messages.success(request, f"Réponse envoyée : proposition {lue.get_statut_display()}.")
            return HttpResponseRedirect(reverse("admin:propositions"))
        return None

    @staticmethod
    def _accepter(request: HttpRequest, proposition: Proposition, formulaire: ReponseForm) -> None:
        proposition.accepter(
            par=compte_de(request),
            lu=formulaire.cleaned_data["lu"],
            reponse=formulaire.cleaned_data["reponse"],
            **formulaire.lire(),
        )


@admin.register(PropositionContribution)
class PropositionContributionAdmin(ModerationAdmin):
    champs = ["texte"]


@admin.register(PropositionReleve)
class PropositionReleveAdmin(ModerationAdmin):
    champs = ["valeur", "definitif"]


@admin.register(PropositionNote)
class PropositionNoteAdmin(ModerationAdmin):
    champs = ["texte"]
