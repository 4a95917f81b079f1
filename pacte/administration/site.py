"""The admin site: its home, the queue of proposals, what is missing."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from actions.models import GENRES, Action, Constat
from contrats.models import RequeteDuPacte
from pacte.administration.a_traiter import a_traiter
from pacte.administration.suppressions import page_des_suppressions
from pacte.echanges.sortie import exports_de
from pacte.socle.exports import FORMATS_CONNUS, Sortie, repondre
from pacte.socle.fiches import fiche
from pacte.socle.gestes import compte_de
from pacte.socle.pages import paginer
from pacte.suivi.manques import Inventaire
from pacte.suivi.selection import Selection

ACTIONS_PAR_PAGE = 50
ORDRE_DES_APPLICATIONS = "actions contrats partenaires axes pacte socle".split()


class SiteAdministration(admin.AdminSite):
    site_header = "Administration du Pacte local des solidarités"
    site_title = "Administration du Pacte"
    index_title = "Accueil de l’administration"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        contexte = {"a_traiter": a_traiter(compte_de(request)), **(extra_context or {})}
        return super().index(request, contexte)

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[admin.ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        # The tables of django-allauth hold secrets, and have pages of their own. Groups are
        # `roles.yaml`, loaded at each start: a click here would be undone.
        if admin_class and admin_class.__module__.startswith(("allauth.", "django.contrib.auth.")):
            return
        super().register(model_or_iterable, admin_class, **options)

    def sorties_de(self, request: HttpRequest, modele: type[Model]) -> list[Sortie]:
        """Return what the list on screen may be downloaded as, its filters kept."""
        adresse = request.GET.urlencode()
        return exports_de(modele, f"?{adresse}" if adresse else "")

    def compter_les_manques(self, action: int) -> dict[str, int]:
        """Return how many things each rubric of an action lacks (nine queries at most)."""
        manques = Inventaire(Action.objects.filter(pk=action)).manques
        return Counter(manque.rubrique for manque in manques)

    def voir_sur_le_site(
        self, request: HttpRequest, content_type_id: int, object_id: str
    ) -> HttpResponse:
        """« Voir sur le site », for whoever may read the row and where the screen offers it."""
        modele = get_object_or_404(ContentType, pk=content_type_id).model_class()
        ecran = self._registry.get(modele) if modele else None
        if ecran is None or not ecran.view_on_site or not ecran.has_view_permission(request):
            raise Http404
        return shortcut(request, content_type_id, object_id)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Officers sign in where everyone does: throttled, with a second factor."""
        return secure_admin_login(super().login)(request, extra_context)

    def logout(  # type: ignore[override]  # Django has a page, ours leads to everyone's
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_logout", preserve_request=True)

    def password_change(  # type: ignore[override]  # likewise
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        pages: dict[str, Callable[..., HttpResponseBase]] = {
            "ce-qui-manque": self.ce_qui_manque,
            "propositions": self.propositions,
            "suppressions": partial(page_des_suppressions, site=self),
        }
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

    def propositions(self, request: HttpRequest) -> TemplateResponse:
        """The queue: what partners proposed, every kind together, the oldest first."""
        if not request.user.has_perm("actions.view_propositioncontribution"):
            raise PermissionDenied
        lignes = [
            (p.sujet, p.partenaire, p.envoyee_le, fiche(p))
            for modele in GENRES.values()
            for p in modele.objects.en_attente().for_liste()
        ]
        contexte = {
            **self.each_context(request),
            "title": "Propositions à relire",
            "propositions": sorted(lignes, key=lambda ligne: ligne[2]),
        }
        return TemplateResponse(request, "admin/propositions.html", contexte)

    def ce_qui_manque(self, request: RequeteDuPacte) -> HttpResponseBase:
        """What nobody entered yet: by turn, kind, year, contract, axis, pilot; an unknown choice
        is no choice. On screen by pages of actions, or downloaded whole."""
        if not request.user.has_perm("actions.view_action"):
            raise PermissionDenied
        selection = Selection.lire(request.GET)
        format_export = request.GET.get("format", "")
        if format_export in FORMATS_CONNUS:
            return repondre(selection.en_tableau(request.pacte.avertissement), format_export)
        page, message = paginer(selection.par_action, request.GET.get("page", ""), ACTIONS_PAR_PAGE)
        contexte = {
            **self.each_context(request),
            "title": "Ce qui manque",
            "selection": selection,
            "constats_sans_action": Constat.objects.sans_reponse().count(),
            "page": page,
            "avertissement": message,
            "formats": [(cle, nom) for cle, (nom, _repondre) in FORMATS_CONNUS.items()],
        }
        return TemplateResponse(request, "admin/ce_qui_manque.html", contexte)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        applications = super().get_app_list(request, app_label)
        rangs = {nom: rang for rang, nom in enumerate(ORDRE_DES_APPLICATIONS)}
        return sorted(applications, key=lambda a: rangs.get(a["app_label"], len(rangs)))
