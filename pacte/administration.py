"""The admin site, and on its home what is to be settled."""

from dataclasses import dataclass, replace

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from actions.models import GENRES, JOURS_SANS_NOUVELLES, Action, Inscription, Situation
from axes.models import Axe
from contrats.models import Adhesion, Contrat
from pacte.comptes.changements import ChangementDeCompte
from pacte.manques import relever, tableau_des_manques
from pacte.models import Message
from pacte.socle.double_accord import parties_de
from pacte.socle.tableaux import repondre_csv
from pacte.socle.typographie import date_fr
from partenaires.models import Partenaire

LIGNES_MONTREES = 8
ORDRE_DES_APPLICATIONS = "actions contrats partenaires axes pacte socle".split()


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

    def register(self, model_or_iterable, admin_class=None, **options):
        # The tables of django-allauth hold secrets, and have pages of their own. Groups are
        # `roles.yaml`, loaded at each start: a click here would be undone.
        if admin_class and admin_class.__module__.startswith(("allauth.", "django.contrib.auth.")):
            return
        super().register(model_or_iterable, admin_class, **options)

    def voir_sur_le_site(self, request, content_type_id, object_id):
        """« Voir sur le site », for whoever may read the row and where the screen offers it."""
        modele = get_object_or_404(ContentType, pk=content_type_id).model_class()
        ecran = self._registry.get(modele)
        if ecran is None or not ecran.view_on_site or not ecran.has_view_permission(request):
            raise Http404
        return shortcut(request, content_type_id, object_id)

    def login(self, request, extra_context=None):
        """Officers sign in where everyone does: throttled, with a second factor."""
        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request, extra_context=None):
        return redirect("account_logout", preserve_request=True)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def get_urls(self):
        pages = {"ce-qui-manque": self.ce_qui_manque, "propositions": self.propositions}
        adresses = [
            path(f"{nom}/", self.admin_view(vue), name=nom.replace("-", "_"))
            for nom, vue in pages.items()
        ]
        # Before Django's own, which leads any officer to the secret page of a request.
        voir = path(
            "r/<int:content_type_id>/<path:object_id>/",
            self.admin_view(self.voir_sur_le_site),
            name="view_on_site",
        )
        return [*adresses, voir, *super().get_urls()]

    def propositions(self, request):
        """The queue: what partners proposed, every kind together, the oldest first."""
        if not request.user.has_perm("actions.view_propositioncontribution"):
            raise PermissionDenied
        lignes = [
            (p.sujet, p.partenaire, p.envoyee_le, _fiche(p))
            for modele in GENRES.values()
            for p in modele.objects.en_attente().for_liste()
        ]
        contexte = {
            **self.each_context(request),
            "title": "Propositions à relire",
            "propositions": sorted(lignes, key=lambda ligne: ligne[2]),
        }
        return TemplateResponse(request, "admin/propositions.html", contexte)

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
    sujets = [_changements(utilisateur)]
    sujets += [_a_decider(m, p) for p in parties_de(utilisateur) for m in (Adhesion, Inscription)]
    if utilisateur.has_perm("contrats.add_signature"):
        sujets += [_a_signer(), _contributions_a_publier()]
    sujets += [_a_relire(modele) for modele in GENRES.values()]
    sujets += [_messages()] if utilisateur.has_perm("pacte.view_message") else []
    sujets += [_brouillons(modele) for modele in (Action, Partenaire, Contrat, Axe)]
    sujets += [_en_retard(), _sans_nouvelles(), _doutes()]
    return [sujet for sujet in sujets if sujet.nombre]


def _a_decider(modele, partie) -> ATraiter:
    return _sujet(
        f"À décider : {modele._meta.verbose_name_plural}",
        modele.objects.a_decider_par(partie),
        lambda demande: (str(demande), demande.dire_pour(partie)),
        _fiche,
        _liste(modele, f"a_decider={partie}"),
    )


def _changements(utilisateur) -> ATraiter:
    return _sujet(
        "Changements de compte à confirmer",
        ChangementDeCompte.objects.a_confirmer_par(utilisateur).select_related("compte"),
        lambda changement: (str(changement), f"demandé le {date_fr(changement.demande_le)}"),
        _fiche,
        _liste(ChangementDeCompte, "statut__exact=demande"),
    )


def _a_signer() -> ATraiter:
    return _sujet(
        "Signatures à enregistrer",
        Adhesion.objects.a_signer().select_related("partenaire", "contrat"),
        lambda demande: (str(demande), "les deux parties ont donné leur accord"),
        lambda demande: reverse("admin:contrats_adhesion_signer", args=[demande.pk]),
        _liste(Adhesion, "statut__exact=accordee"),
    )


def _contributions_a_publier() -> ATraiter:
    ajout = reverse("admin:actions_contribution_add")
    return _sujet(
        "Contributions à publier, venues d’une demande",
        Adhesion.objects.a_publier().select_related("partenaire", "contrat"),
        lambda demande: (str(demande), demande.apport),
        lambda demande: f"{ajout}?adhesion={demande.pk}",
        _liste(Adhesion, "statut__exact=accordee"),
    )


def _a_relire(modele) -> ATraiter:
    return _sujet(
        f"À relire : {modele._meta.verbose_name_plural}",
        modele.objects.en_attente().for_liste(),
        lambda p: (p.sujet, f"{p.partenaire.nom_court}, le {date_fr(p.envoyee_le)}"),
        _fiche,
        reverse("admin:propositions"),
    )


def _messages() -> ATraiter:
    return _sujet(
        "Messages à répondre",
        Message.objects.a_traiter(),
        lambda message: (str(message), f"avant le {date_fr(message.avant_le)}"),
        _fiche,
        _liste(Message, "reponse=a_traiter"),
    )


def _brouillons(modele) -> ATraiter:
    return _sujet(
        f"Brouillons : {modele._meta.verbose_name_plural}",
        modele.objects.brouillons(),
        lambda objet: (str(objet), "à relire et à publier"),
        _fiche,
        _liste(modele, "publication__exact=brouillon"),
    )


def _en_retard() -> ATraiter:
    return _sujet(
        "Actions en retard",
        Action.objects.visibles().en_retard().order_by("echeance", "code"),
        lambda action: (action.titre, f"{action.code}, attendue le {date_fr(action.echeance)}"),
        lambda action: f"{_fiche(action)}#jalons-group",
        _liste(Action, f"publication__exact=visible&situation={Situation.EN_RETARD}"),
    )


def _sans_nouvelles() -> ATraiter:
    return _sujet(
        f"Actions sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours",
        Action.objects.visibles().sans_nouvelles(),
        lambda action: (action.titre, _derniere_nouvelle(action)),
        lambda action: f"{_fiche(action)}#points-group",
        _liste(Action, f"publication__exact=visible&situation={Situation.SANS_NOUVELLES}"),
    )


def _doutes() -> ATraiter:
    return _sujet(
        "Rapprochements et axes à confirmer",
        Action.objects.a_confirmer(),
        lambda action: (action.titre, _a_confirmer(action)),
        _fiche,
        _liste(Action, f"situation={Situation.A_CONFIRMER}"),
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
    marques = [
        (action.fusion_a_confirmer, "rapprochement"),
        (action.axe_a_confirmer, "axe"),
        (action.partenaires_a_confirmer, "partenaires nommés"),
    ]
    return f"{action.code}, {' et '.join(nom for vrai, nom in marques if vrai)}"
