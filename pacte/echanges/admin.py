"""Officers' files: taken out, rehearsed, applied, undone."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path

from contrats.models import RequeteDuPacte
from pacte.echanges.feuilles import FEUILLES, Feuille
from pacte.echanges.lecture import OCTETS_AU_PLUS, FichierIllisible, lire_fichier
from pacte.echanges.models import Importation
from pacte.echanges.repetition import LigneRepetee, Repetition, Sorte, repeter
from pacte.echanges.sortie import tableau_de, tout_sortir
from pacte.socle.administration import GesteAdmin, LectureSeuleAdmin
from pacte.socle.antivirus import refuser_les_virus
from pacte.socle.classeurs import repondre_classeur
from pacte.socle.exports import FORMATS, proposer, repondre
from pacte.socle.gestes import compte_de
from pacte.socle.models import Utilisateur
from pacte.socle.typographie import pluriel

LIGNES_MONTREES = 200


class FichierForm(forms.Form):
    """A file to rehearse with the rights of `par`; what cannot be read is said beside the field."""

    fichier = forms.FileField(
        label="Fichier",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv,.json"}),
        help_text=f"XLSX, ODS, CSV ou JSON, {OCTETS_AU_PLUS // 2**20} Mo au plus. Rien n’est écrit "
        "avant que vous ayez relu ce qui changera.",
    )

    def __init__(self, *args: Any, par: Utilisateur, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.par = par

    def clean_fichier(self) -> UploadedFile:
        fichier: UploadedFile = self.cleaned_data["fichier"]
        if (fichier.size or 0) > OCTETS_AU_PLUS:
            raise forms.ValidationError(f"Ce fichier dépasse {OCTETS_AU_PLUS // 2**20} Mo.")
        self.contenu = fichier.read()
        refuser_les_virus(self.contenu)
        try:
            repeter(lire_fichier(fichier.name or "", self.contenu), par=self.par)
        except FichierIllisible as erreur:
            raise forms.ValidationError(str(erreur)) from erreur
        return fichier


@admin.register(Importation)
class ImportationAdmin(LectureSeuleAdmin, GesteAdmin):
    list_display = ["nom", "par", "depose_le", "applique_le", "annule_le"]
    list_select_related = ["par"]
    change_list_template = "admin/importations.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pacte.add_importation")

    def get_urls(self) -> list[URLPattern]:
        gestes = self.adresses_des_gestes({"appliquer": self.appliquer, "annuler": self.annuler})
        sorties = [
            re_path(
                r"^classeur\.(?P<format_export>xlsx|ods)$",
                self.admin_site.admin_view(self.sortir_tout),
                name="pacte_importation_classeur",
            ),
            re_path(
                rf"^(?P<nom>{'|'.join(f.nom for f in FEUILLES)})\.(?P<format_export>{FORMATS})$",
                self.admin_site.admin_view(self.sortir_une_feuille),
                name="pacte_importation_feuille",
            ),
        ]
        return [*sorties, *gestes, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        sorties = [
            proposer(feuille.titre, "admin:pacte_importation_feuille", nom=feuille.nom)
            for feuille in FEUILLES
        ]
        contexte = {"feuilles": sorties, "title": "Échanges avec un tableur"}
        return super().changelist_view(request, {**contexte, **(extra_context or {})})

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        formulaire = FichierForm(
            *((request.POST, request.FILES) if request.method == "POST" else ()),
            par=compte_de(request),
        )
        if request.method == "POST" and formulaire.is_valid():
            importation = Importation.objects.create(
                par=compte_de(request),
                nom=formulaire.cleaned_data["fichier"].name[:200],
                contenu=formulaire.contenu,
            )
            return HttpResponseRedirect(self.adresse(importation))
        titre = "Apporter un fichier"
        return self.page(request, "admin/apporter.html", titre, formulaire=formulaire)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The rehearsal of a file not applied yet; what an applied one did."""
        if not self.has_view_permission(request) or request.method == "POST":
            raise PermissionDenied
        importation = self.retrouver(request, object_id)
        return self.page(
            request,
            "admin/importation.html",
            f"Fichier « {importation} »",
            importation=importation,
            est_a_soi=importation.par == compte_de(request),
            **(_repeter(importation) if not importation.applique_le else {}),
        )

    def appliquer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.agir(request, object_id, "appliquer", "Le fichier est importé.")

    def annuler(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.agir(request, object_id, "annuler", "L’import est annulé.")

    def sortir_tout(self, request: RequeteDuPacte, format_export: str) -> HttpResponseBase:
        """Every sheet in one workbook; `?modele=oui` gives it empty, to fill."""
        if not all(_peut_lire(request, feuille) for feuille in FEUILLES):
            raise PermissionDenied
        modele = request.GET.get("modele") == "oui"
        tableaux = tout_sortir(modele=modele, avertissement=request.pacte.avertissement)
        nom = "modele-du-pacte" if modele else "pacte"
        return repondre_classeur(tableaux, format_export, nom)

    def sortir_une_feuille(
        self, request: RequeteDuPacte, nom: str, format_export: str
    ) -> HttpResponseBase:
        """The rows of one list of the administration, with its filters and its search."""
        feuille = next(feuille for feuille in FEUILLES if feuille.nom == nom)
        if not _peut_lire(request, feuille):
            raise PermissionDenied
        lignes, selection = self._filtrer(request, feuille)
        tableau = tableau_de(
            feuille, lignes, selection=selection, avertissement=request.pacte.avertissement
        )
        return repondre(tableau, format_export)

    def _filtrer(self, request: HttpRequest, feuille: Feuille) -> tuple[QuerySet[Any], str]:
        """Return the rows that the list on screen shows, and its filters in words."""
        ecran = self.admin_site._registry.get(feuille.modele)
        if ecran is None or not request.GET:
            return feuille.lignes(), f"Tout : {feuille.titre.lower()}"
        liste = ecran.get_changelist_instance(request)
        cles = liste.get_queryset(request).order_by().values("pk")
        choisis = [
            f"{filtre.title} : {choix['display']}"
            for filtre in liste.filter_specs
            for choix in list(filtre.choices(liste))[1:]
            if choix.get("selected")
        ]
        mots = [f"« {liste.query} »"] if liste.query else []
        return feuille.lignes().filter(pk__in=cles), " ; ".join([*mots, *choisis]) or "Tout"


@dataclass(frozen=True)
class Groupe:
    """Lines of one sort as the page shows them: how many there are, the first ones."""

    titre: str
    lignes: list[LigneRepetee]
    est_coupe: bool


def _repeter(importation: Importation) -> dict[str, Any]:
    """Return the rehearsal as its page shows it: refused lines first, long lists cut."""
    try:
        repetition = importation.repeter(par=importation.par)
    except FichierIllisible as erreur:
        return {"illisible": str(erreur)}
    groupes = [
        Groupe(_compter(sorte, repetition), lignes[:LIGNES_MONTREES], len(lignes) > LIGNES_MONTREES)
        for sorte in (Sorte.REFUSEE, Sorte.CHANGEE, Sorte.AJOUTEE)
        if (lignes := repetition.de(sorte))
    ]
    return {
        "repetition": repetition,
        "lignes_montrees": LIGNES_MONTREES,
        "groupes": groupes,
        "inchangees": repetition.comptes[Sorte.INCHANGEE],
    }


def _compter(sorte: Sorte, repetition: Repetition) -> str:
    return pluriel(repetition.comptes[sorte], f"ligne {sorte.label}", f"lignes {sorte.label}s")


def _peut_lire(request: HttpRequest, feuille: Feuille) -> bool:
    options = feuille.modele._meta
    return request.user.has_perm(f"{options.app_label}.view_{options.model_name}")
