"""An action by rubrics: pages of its screen, each with what it needs and what it lacks counted.

The whole screen stands too, for whoever prefers one page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, re_path, reverse

from actions.admin.cloture import clos_pour
from actions.models import Action, Contribution, Financement, Indicateur, Jalon, Libelle, PointEtape
from pacte.socle.administration import PubliableAdmin

ECRAN_D_UN_POINT = "admin:actions_pointetape_change"
Champs = list[str | tuple[str, ...]]
# What explains a status, when it needs to be.
EXPLICATION = ("motif", "reportee_au")
# What stands side by side, for a page of a screen and a half.
POUR_QUI_ET_OU = ("besoins", "publics", "territoires")
CONTENU: Champs = [("pour_qui", "comment_en_beneficier"), ("description", "constat")]


@dataclass(frozen=True)
class Rubrique:
    """One page: its title, its fields by section, the models of its rows."""

    titre: str
    sections: list[tuple[str | None, Champs]] = field(default_factory=list)
    lignes: tuple[type, ...] = ()

    @property
    def fieldsets(self) -> list[tuple[str | None, dict[str, Any]]]:
        return [(titre, {"fields": champs}) for titre, champs in self.sections]


RUBRIQUES = {
    "fiche": Rubrique(
        "Fiche",
        [
            (None, [("code", "titre", "slug"), "en_clair"]),
            ("Pour qui et où", [POUR_QUI_ET_OU]),
            ("Contenu", CONTENU),
        ],
    ),
    "avancement": Rubrique(
        "Avancement",
        [
            (
                "Où en est-on",
                [("statut", "statut_le", "debut_prevu", "fin_prevue"), EXPLICATION],
            ),
        ],
        (PointEtape, Jalon),
    ),
    "argent": Rubrique("Argent", [], (Financement,)),
    "indicateurs": Rubrique("Indicateurs", [], (Indicateur,)),
    "partenaires": Rubrique("Partenaires", [], (Contribution,)),
    "textes": Rubrique(
        "Textes signés",
        [
            (
                "Place dans le Pacte",
                [
                    ("volet", "acte"),
                    "objectif",
                    ("nature", "renfort"),
                    ("axe_a_confirmer", "fusion_a_confirmer", "partenaires_a_confirmer"),
                    "note_interne",
                ],
            )
        ],
        (Libelle,),
    ),
}


@dataclass(frozen=True)
class Onglet:
    """A tab above the screen: where it leads, whether it is the page shown, what is missing."""

    titre: str
    adresse: str
    est_ici: bool
    manques: int = 0


class ParRubriquesAdmin(PubliableAdmin):
    """Cuts the screen of an action into pages, each at its own address."""

    def get_urls(self) -> list[URLPattern]:
        page = re_path(
            rf"^(?P<object_id>[0-9]+)/(?P<rubrique>{'|'.join(RUBRIQUES)})/$",
            self.admin_site.admin_view(self.ouvrir_la_rubrique),
            name="actions_action_rubrique",
        )
        return [page, *super().get_urls()]

    def ouvrir_la_rubrique(
        self, request: HttpRequest, object_id: str, rubrique: str
    ) -> HttpResponse:
        request.rubrique = rubrique  # type: ignore[attr-defined]  # read by the methods below
        return self.change_view(request, object_id)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        rubrique = rubrique_de(request)
        if rubrique is None:
            return super().get_fieldsets(request, obj)
        vides = [] if any(getattr(obj, nom, None) for nom in EXPLICATION) else [EXPLICATION]
        return [
            (titre, {"fields": [champ for champ in options["fields"] if champ not in vides]})
            for titre, options in rubrique.fieldsets
        ]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        rubrique = getattr(request, "rubrique", "fiche")
        return super().get_prepopulated_fields(request, obj) if rubrique == "fiche" else {}

    def get_inline_instances(self, request: HttpRequest, obj: Action | None = None) -> list[Any]:
        instances = super().get_inline_instances(request, obj)
        rubrique = rubrique_de(request)
        if rubrique is None:
            return instances
        return [instance for instance in instances if instance.model in rubrique.lignes]

    def has_change_permission(self, request: HttpRequest, obj: Action | None = None) -> bool:
        """The page of money is open to whoever writes lines of it: the State, for its own."""
        permis = super().has_change_permission(request, obj)
        return permis or (_est_la_page_d_argent(request) and _ecrit_des_montants(request))

    def save_model(self, request: HttpRequest, obj: Action, form: Any, change: bool) -> None:
        if not _est_la_page_d_argent(request):
            super().save_model(request, obj, form, change)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history of the action, and the way to that of what surrounds it."""
        action = Action.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        contexte = {"entourage": _entourage(action) if action else []}
        return super().history_view(request, object_id, {**contexte, **(extra_context or {})})

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if rubrique_de(request) and "_save" in request.POST:
            # One goes on with the next rubric: the page stays.
            self.message_user(request, f"« {obj} » est enregistrée.", messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not object_id.isdecimal():
            raise Http404
        compter: Callable[[int], dict[str, int]] | None
        compter = getattr(self.admin_site, "compter_les_manques", None)
        manques = compter(int(object_id)) if compter else {}
        contexte = {
            "onglets": list(_onglets(object_id, getattr(request, "rubrique", ""), manques)),
            "tout_l_ecran": _tout_l_ecran(request, object_id),
            "points_precedents": _points_precedents(request, object_id),
            "exercices_clos": _exercices_clos(request, object_id),
        }
        return super().change_view(
            request, object_id, form_url, {**contexte, **(extra_context or {})}
        )


def _exercices_clos(request: HttpRequest, object_id: str) -> list[int]:
    """Return the closed years of the contract, where lines of years are shown (one query)."""
    rubrique = rubrique_de(request)
    if rubrique and not {Financement, Indicateur} & set(rubrique.lignes):
        return []
    return sorted(clos_pour(request, int(object_id)))


def _points_precedents(request: HttpRequest, object_id: str) -> list[tuple[str, str]]:
    """Return, on the page of progress, the bulletins before the last, with their screens."""
    if getattr(request, "rubrique", "") != "avancement":
        return []
    precedents = PointEtape.objects.en_vigueur().filter(action=int(object_id))[1:]
    return [
        (f"{point}, {point.get_statut_display()}", reverse(ECRAN_D_UN_POINT, args=[point.pk]))
        for point in precedents
    ]


ENTOURAGE = {
    "points": "Points d’étape",
    "jalons": "Jalons",
    "libelles": "Textes",
    "contributions": "Contributions",
    "financements": "Financements",
    "indicateurs": "Indicateurs",
}


def _entourage(action: Action) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return, for what surrounds an action, each row with the address of its history."""
    groupes = []
    for relation, titre in ENTOURAGE.items():
        lignes = getattr(action, relation).all()
        route = f"admin:actions_{lignes.model._meta.model_name}_history"
        liens = [(str(ligne), reverse(route, args=[ligne.pk])) for ligne in lignes]
        groupes += [(titre, liens)] if liens else []
    return groupes


def rubrique_de(request: HttpRequest) -> Rubrique | None:
    """Return the rubric that the address names, None for the whole screen."""
    return RUBRIQUES.get(getattr(request, "rubrique", ""))


def _onglets(object_id: str, ici: str, manques: dict[str, int]) -> Any:
    for cle, rubrique in RUBRIQUES.items():
        adresse = reverse("admin:actions_action_rubrique", args=[object_id, cle])
        yield Onglet(rubrique.titre, adresse, cle == ici, manques.get(cle, 0))
    yield Onglet("Historique", reverse("admin:actions_action_history", args=[object_id]), False)


def _tout_l_ecran(request: HttpRequest, object_id: str) -> str:
    """Return, on the page of a rubric, the address of the whole screen; "" on the latter."""
    ici = rubrique_de(request) is None
    return "" if ici else reverse("admin:actions_action_change", args=[object_id])


def _est_la_page_d_argent(request: HttpRequest) -> bool:
    return getattr(request, "rubrique", "") == "argent"


def _ecrit_des_montants(request: HttpRequest) -> bool:
    return request.user.has_perm("actions.change_financement")
