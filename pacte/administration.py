"""The admin site, and on its home what is to be settled."""

from dataclasses import dataclass, replace

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path, reverse

from actions.models import JOURS_SANS_NOUVELLES, Action, Jalon
from axes.models import Axe
from contrats.models import Contrat
from pacte.manques import relever, tableau_des_manques
from pacte.socle.tableaux import repondre_csv
from pacte.socle.typographie import date_fr
from partenaires.models import Partenaire

LIGNES_MONTREES = 8
ORDRE_DES_APPLICATIONS = ["actions", "contrats", "partenaires", "axes", "socle", "auth"]


@dataclass(frozen=True)
class ATraiter:
    """One kind of matter: its lines (text, detail, address) and where all of them are listed."""

    titre: str
    lignes: list[tuple[str, str, str]]
    nombre: int
    tout_voir: str


class SiteAdministration(admin.AdminSite):
    site_header = "Administration du Pacte local des solidarités"
    site_title = "Administration du Pacte"
    index_title = "Accueil de l’administration"

    def index(self, request, extra_context=None):
        contexte = {"a_traiter": a_traiter(request.user), **(extra_context or {})}
        return super().index(request, contexte)

    def get_urls(self):
        manques = self.admin_view(self.ce_qui_manque)
        return [path("ce-qui-manque/", manques, name="ce_qui_manque"), *super().get_urls()]

    def ce_qui_manque(self, request):
        """What nobody entered yet, by contract, on screen or as CSV; an unknown contract is all."""
        if not request.user.has_perm("actions.view_action"):
            raise PermissionDenied
        contrats = list(Contrat.objects.visibles())
        demande = request.GET.get("contrat", "")
        contrat = next((c for c in contrats if c.slug == demande), None)
        lacunes = relever(contrat.slug if contrat else "")
        if request.GET.get("format") == "csv":
            selection = contrat.sigle if contrat else "Tous les contrats"
            tableau = tableau_des_manques(lacunes, selection)
            return repondre_csv(replace(tableau, avertissement=request.pacte.avertissement))
        contexte = {
            **self.each_context(request),
            "title": "Ce qui manque",
            "contrats": contrats,
            "contrat": contrat.slug if contrat else "",
            "lacunes": lacunes,
        }
        return TemplateResponse(request, "admin/ce_qui_manque.html", contexte)

    def get_app_list(self, request, app_label=None):
        applications = super().get_app_list(request, app_label)
        rangs = {nom: rang for rang, nom in enumerate(ORDRE_DES_APPLICATIONS)}
        return sorted(applications, key=lambda a: rangs.get(a["app_label"], len(rangs)))


def a_traiter(utilisateur) -> list[ATraiter]:
    """Return what waits for someone, in kinds; nothing for a user who may not see actions.

    One query a kind, two when it is long.
    """
    if not utilisateur.has_perm("actions.view_action"):
        return []
    sujets = [_brouillons(modele) for modele in (Action, Partenaire, Contrat, Axe)]
    sujets += [_jalons_depasses(), _fins_depassees(), _sans_nouvelles(), _doutes()]
    return [sujet for sujet in sujets if sujet.nombre]


def _brouillons(modele) -> ATraiter:
    return _sujet(
        f"Brouillons : {modele._meta.verbose_name_plural}",
        modele.objects.brouillons(),
        lambda objet: (str(objet), "à relire et à publier"),
        _fiche,
        _liste(modele, "publication__exact=brouillon"),
    )


def _jalons_depasses() -> ATraiter:
    return _sujet(
        "Jalons dépassés",
        Jalon.objects.depasses().select_related("action"),
        lambda jalon: (str(jalon), f"{jalon.action.code}, prévu le {date_fr(jalon.prevu_le)}"),
        lambda jalon: f"{_fiche(jalon.action)}#jalons-group",
        _liste(Action, "situation=en_retard"),
    )


def _fins_depassees() -> ATraiter:
    return _sujet(
        "Actions dont la fin est dépassée",
        Action.objects.visibles().fin_depassee(),
        lambda action: (action.titre, f"{action.code}, prévue le {date_fr(action.fin_prevue)}"),
        lambda action: f"{_fiche(action)}#points-group",
        _liste(Action, "situation=en_retard"),
    )


def _sans_nouvelles() -> ATraiter:
    return _sujet(
        f"Actions sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours",
        Action.objects.sans_nouvelles(),
        lambda action: (action.titre, _derniere_nouvelle(action)),
        lambda action: f"{_fiche(action)}#points-group",
        _liste(Action, "situation=sans_nouvelles"),
    )


def _doutes() -> ATraiter:
    return _sujet(
        "Rapprochements et axes à confirmer",
        Action.objects.a_confirmer(),
        lambda action: (action.titre, _a_confirmer(action)),
        _fiche,
        _liste(Action, "situation=a_confirmer"),
    )


def _sujet(titre, queryset, dire, mener, tout_voir) -> ATraiter:
    lignes = [(*dire(objet), mener(objet)) for objet in queryset[:LIGNES_MONTREES]]
    nombre = queryset.count() if len(lignes) == LIGNES_MONTREES else len(lignes)
    return ATraiter(titre, lignes, nombre, tout_voir)


def _fiche(objet) -> str:
    return reverse(
        f"admin:{objet._meta.app_label}_{objet._meta.model_name}_change", args=[objet.pk]
    )


def _liste(modele, filtre) -> str:
    nom = f"admin:{modele._meta.app_label}_{modele._meta.model_name}_changelist"
    return f"{reverse(nom)}?{filtre}"


def _derniere_nouvelle(action) -> str:
    if action.statut_le is None:
        return f"{action.code}, aucun point d’étape"
    return f"{action.code}, dernier point d’étape le {date_fr(action.statut_le)}"


def _a_confirmer(action) -> str:
    marques = [(action.fusion_a_confirmer, "rapprochement"), (action.axe_a_confirmer, "axe")]
    return f"{action.code}, {' et '.join(nom for vrai, nom in marques if vrai)}"
