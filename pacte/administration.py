"""The admin site, and on its home what is to be settled."""

from dataclasses import dataclass

from django.contrib import admin
from django.urls import reverse

from actions.models import Action, Jalon
from axes.models import Axe
from contrats.models import Contrat
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

    def get_app_list(self, request, app_label=None):
        applications = super().get_app_list(request, app_label)
        rangs = {nom: rang for rang, nom in enumerate(ORDRE_DES_APPLICATIONS)}
        return sorted(applications, key=lambda a: rangs.get(a["app_label"], len(rangs)))


def a_traiter(utilisateur) -> list[ATraiter]:
    """Return what waits for someone, for a user who may see actions; two queries a kind."""
    if not utilisateur.has_perm("actions.view_action"):
        return []
    sujets = [_brouillons(modele) for modele in (Action, Partenaire, Contrat, Axe)]
    jalons = Jalon.objects.depasses().select_related("action")
    sujets.append(
        _sujet(
            "Jalons dépassés",
            jalons,
            lambda j: (str(j), f"{j.action.code}, prévu le {date_fr(j.prevu_le)}"),
            lambda j: f"{_fiche(j.action)}#jalons-group",
            _liste(Action, "situation=en_retard"),
        )
    )
    sujets.append(
        _sujet(
            "Actions sans nouvelles depuis 90 jours",
            Action.objects.sans_nouvelles(),
            lambda a: (a.titre, _derniere_nouvelle(a)),
            lambda a: f"{_fiche(a)}#points-group",
            _liste(Action, "situation=sans_nouvelles"),
        )
    )
    sujets.append(
        _sujet(
            "Rapprochements et axes à confirmer",
            Action.objects.a_confirmer(),
            lambda a: (a.titre, _a_confirmer(a)),
            _fiche,
            _liste(Action, "situation=a_confirmer"),
        )
    )
    return [sujet for sujet in sujets if sujet.nombre]


def _brouillons(modele) -> ATraiter:
    return _sujet(
        f"Brouillons : {modele._meta.verbose_name_plural}",
        modele.objects.brouillons(),
        lambda objet: (str(objet), "à relire et à publier"),
        _fiche,
        _liste(modele, "publication__exact=brouillon"),
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
