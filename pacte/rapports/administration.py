"""Where a report is prepared, frozen, read before it is released, and decided by both parties."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from contrats.models import Exercice
from pacte.rapports.fichiers import FORMATS_DU_RAPPORT, repondre_rapport
from pacte.rapports.models import DROIT_DE_FIGER, RapportAnnuel, a_rapporter
from pacte.rapports.mots import MotDePartie
from pacte.rapports.recit import raconter
from pacte.socle.administration import LectureSeuleAdmin, MotifForm
from pacte.socle.administration_accord import A_LIRE, DoubleAccordAdmin
from pacte.socle.double_accord import DE_LA_PARTIE, Partie, parties_de
from pacte.socle.gestes import tenter


class MotForm(forms.ModelForm):
    """What one's own party says in the report."""

    class Meta:
        model = MotDePartie
        fields = ["texte"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partie = Partie(self.instance.partie)
        self.fields["texte"].label = f"Le mot {DE_LA_PARTIE[partie]}"


class FigerForm(forms.ModelForm):
    """What a new edition has to say; a first one has nothing to."""

    class Meta:
        model = RapportAnnuel
        fields = ["motif", "est_un_retrait"]
        widgets = {"motif": forms.Textarea(attrs={"rows": 3})}
        labels = {"est_un_retrait": "Retirer le rapport, sans rien publier à sa place"}

    def clean_motif(self) -> str:
        motif: str = self.cleaned_data["motif"].strip()
        if not motif:
            raise forms.ValidationError(
                "Dire ce que cette édition corrige, ou pourquoi le rapport est retiré."
            )
        return motif


class AbandonForm(MotifForm):
    """Why a frozen report will not be released."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].label = "Pourquoi"
        self.fields["motif"].help_text = "Les deux parties le liront. Il n’est pas publié."


@admin.register(MotDePartie)
class MotDePartieAdmin(LectureSeuleAdmin):
    """What each party will say; it is written where the report is prepared."""

    list_display = ["exercice", "partie", "texte"]
    list_select_related = ["exercice__contrat"]
    fields = ["exercice", "partie", "texte"]


@admin.register(RapportAnnuel)
class RapportAnnuelAdmin(DoubleAccordAdmin):
    """Frozen reports: read as they will be published, then decided."""

    change_form_template = "admin/rapport.html"
    change_list_template = "admin/rapports.html"
    list_display = ["__str__", "statut", "paru_le"]
    list_filter = [*DoubleAccordAdmin.list_filter, "exercice__contrat", "exercice__annee"]
    list_select_related = ["exercice__contrat"]

    def get_fieldsets(self, request: HttpRequest, obj: RapportAnnuel | None = None) -> Any:
        d_une_edition = ["edition", "remplace", "est_un_retrait", "motif"]
        dits = ["exercice", *(d_une_edition if obj and obj.remplace_id else [])]
        return [
            (None, {"fields": [*dits, "empreinte", "paru_le"]}),
            ("Décision", {"fields": [*A_LIRE]}),
        ]

    def get_view_on_site_url(self, obj: RapportAnnuel | None = None) -> str | None:
        est_lisible = obj and RapportAnnuel.objects.lisibles().filter(pk=obj.pk).exists()
        return super().get_view_on_site_url(obj) if est_lisible else None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("contenu")

    def get_urls(self) -> list[URLPattern]:
        preparer = path(
            "preparer/<int:exercice>/",
            self.admin_site.admin_view(self.preparer),
            name="pacte_rapportannuel_preparer",
        )
        gestes = {"apercu": self.apercu, "abandonner": self.abandonner}
        fichier = self.adresses_des_gestes({"fichier": self.fichier}, "<str:format_rapport>/")
        return [preparer, *self.adresses_des_gestes(gestes), *fichier, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        contexte = {"a_rapporter": a_rapporter(), **(extra_context or {})}
        return super().changelist_view(request, contexte)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        rapport: RapportAnnuel = self.retrouver(request, object_id)
        contexte = {
            "formats": FORMATS_DU_RAPPORT.items(),
            "perime": rapport.perime if rapport.est_en_attente else "",
            "peut_abandonner": rapport.est_en_attente and request.user.has_perm(DROIT_DE_FIGER),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, contexte)

    def preparer(self, request: HttpRequest, exercice: int) -> HttpResponse:
        """Show what the report would tell now and what it lacks; keep one's word; freeze."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rapport = RapportAnnuel(exercice=self._exercice(exercice))
        envoi = request.POST if "figer" in request.POST else None
        mots = self._mots(request, rapport.exercice)
        if request.method == "POST" and not envoi and (suite := self._ecrire(request, mots)):
            return HttpResponseRedirect(suite)
        rapport.composer()
        figer = FigerForm(envoi, instance=rapport) if rapport.remplace else None
        if envoi and (suite := self._figer(request, rapport, figer)):
            return HttpResponseRedirect(suite)
        return self._montrer(request, rapport, mots, figer)

    def _montrer(
        self, request: HttpRequest, rapport: RapportAnnuel, mots: list[MotForm], figer: Any
    ) -> HttpResponse:
        exercice = rapport.exercice
        choix = f"contrat={exercice.contrat.slug}&annee={exercice.annee_id}"
        return self.page(
            request,
            "admin/preparer_rapport.html",
            f"Préparer : {rapport}",
            rapport=rapport,
            ecrit=raconter(rapport),
            manques=rapport.faits.get("manques", []),
            ce_qui_manque=f"{reverse('admin:ce_qui_manque')}?{choix}",
            mots=mots,
            figer=figer,
            peut_figer=request.user.has_perm(DROIT_DE_FIGER),
            refus=rapport.refus_de_figer,
        )

    def _exercice(self, pk: int) -> Exercice:
        exercices = Exercice.objects.select_related("contrat")
        exercice: Exercice = get_object_or_404(exercices, pk=pk)
        return exercice

    def _mots(self, request: HttpRequest, exercice: Exercice) -> list[MotForm]:
        """Return the form of each party for which the account speaks."""
        ecrits = {mot.partie: mot for mot in exercice.mots.all()}
        return [
            MotForm(
                request.POST if request.POST.get("mot") == partie else None,
                instance=ecrits.get(partie) or MotDePartie(exercice=exercice, partie=partie),
                prefix=str(partie),
            )
            for partie in parties_de(request.user)
        ]

    def _ecrire(self, request: HttpRequest, mots: list[MotForm]) -> str:
        """Keep the word that was sent; return where to go, "" when it is to be read again."""
        envoyes = [mot for mot in mots if mot.is_bound]
        if not envoyes:
            raise PermissionDenied
        (mot,) = envoyes
        if not mot.is_valid():
            return ""
        texte = mot.cleaned_data["texte"]
        fait = tenter(request, mot.instance.ecrire, "Le mot est gardé.", texte=texte)
        return request.path if fait else ""

    def _figer(self, request: HttpRequest, rapport: RapportAnnuel, figer: Any) -> str:
        if figer and not figer.is_valid():
            return ""
        message = "Le rapport est figé : les deux parties sont prévenues."
        return self.adresse(rapport) if tenter(request, rapport.figer, message) else ""

    def apercu(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The frozen report as its page will show it."""
        rapport = self._lire_le_rapport(request, object_id)
        return self.page(
            request,
            "admin/apercu_du_rapport.html",
            str(rapport),
            ecrit=raconter(rapport),
            retour=self.adresse(rapport),
        )

    def fichier(
        self, request: HttpRequest, object_id: str, format_rapport: str
    ) -> HttpResponseBase:
        """The frozen report as a file, before it is released too."""
        if format_rapport not in FORMATS_DU_RAPPORT:
            raise Http404
        return repondre_rapport(self._lire_le_rapport(request, object_id), format_rapport)

    def abandonner(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then take back a frozen report that nobody released."""
        if not request.user.has_perm(DROIT_DE_FIGER):
            raise PermissionDenied
        rapport: RapportAnnuel = self.retrouver(request, object_id)
        formulaire = AbandonForm(request.POST or None)
        if request.method == "POST" and formulaire.is_valid():
            motif = formulaire.cleaned_data["motif"]
            tenter(request, rapport.retirer, "Ce rapport ne paraîtra pas.", motif=motif)
            return HttpResponseRedirect(self.adresse(rapport))
        titre = f"Ne pas faire paraître : {rapport}"
        return self.demander(request, rapport, titre, "Ne pas le faire paraître", formulaire)

    def _lire_le_rapport(self, request: HttpRequest, object_id: str) -> RapportAnnuel:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rapport: RapportAnnuel = self.retrouver(request, object_id)
        return rapport
