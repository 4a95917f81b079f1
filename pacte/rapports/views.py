"""The public pages of the yearly reports, and their files."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView, View

from contrats.models import Contrat, Exercice
from pacte.rapports.faits import manques_de
from pacte.rapports.fichiers import FORMATS_DU_RAPPORT, repondre_rapport
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.recit import detailler, raconter
from pacte.socle.typographie import date_fr


class RapportListView(TemplateView):
    """Every exercise of every visible contract, with the report in force or when it is expected."""

    template_name = "rapports/liste.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(contrats=_par_contrat(), **kwargs)


class ExerciceView(TemplateView):
    """The report of a contract for a year: the edition in force, or what is missing for it."""

    template_name = "rapports/rapport.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        exercice = _trouver(self.kwargs["slug"], self.kwargs["annee"])
        rapport = exercice.rapports.en_vigueur().first()
        suite = _montrer(rapport) if rapport else _attendre(exercice)
        return super().get_context_data(exercice=exercice, **suite, **kwargs)


class EditionView(TemplateView):
    """One edition, even one that a newer replaces; not one that was withdrawn."""

    template_name = "rapports/rapport.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        exercice = _trouver(self.kwargs["slug"], self.kwargs["annee"])
        rapport = _lire(exercice, self.kwargs["edition"])
        return super().get_context_data(exercice=exercice, **_montrer(rapport), **kwargs)


class ActionView(TemplateView):
    """What an edition tells of one action."""

    template_name = "rapports/action.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        exercice = _trouver(self.kwargs["slug"], self.kwargs["annee"])
        rapport = _lire(exercice, self.kwargs["edition"])
        actions = {action["code"]: action for action in rapport.faits.get("actions", [])}
        action = actions.get(self.kwargs["code"])
        if action is None:
            raise Http404
        blocs = detailler(rapport, action)
        return super().get_context_data(rapport=rapport, action=action, blocs=blocs, **kwargs)


class FichierView(View):
    """An edition, or the one in force, as a file."""

    def get(
        self, request: HttpRequest, slug: str, annee: str, format_rapport: str, edition: str = ""
    ) -> HttpResponseBase:
        exercice = _trouver(slug, annee)
        if edition:
            return repondre_rapport(_lire(exercice, edition), format_rapport)
        rapport = exercice.rapports.en_vigueur().first()
        if rapport is None:
            raise Http404
        return repondre_rapport(rapport, format_rapport)


def _trouver(slug: str, annee: str) -> Exercice:
    exercices = Exercice.objects.filter(contrat__in=Contrat.objects.visibles())
    return get_object_or_404(exercices.select_related("contrat"), contrat__slug=slug, annee=annee)


def _lire(exercice: Exercice, edition: str) -> RapportAnnuel:
    rapport: RapportAnnuel = get_object_or_404(exercice.rapports.lisibles(), edition=edition)
    return rapport


def _attendre(exercice: Exercice) -> dict[str, Any]:
    """Return what the report of an open exercise lacks; nothing is asked of a closed one."""
    return {} if exercice.est_clos else {"manques": manques_de(exercice)}


def _montrer(rapport: RapportAnnuel) -> dict[str, Any]:
    editions = list(rapport.exercice.rapports.lisibles().sans_leur_contenu())
    return {
        "rapport": rapport,
        "ecrit": raconter(rapport, detail=False),
        "actions": rapport.faits.get("actions", []),
        "formats": [(nom, rapport.adresse_de(cle)) for cle, nom in FORMATS_DU_RAPPORT.items()],
        "plus_recente": next((e for e in editions if e.edition > rapport.edition), None),
        "editions": [e for e in editions if e.edition < rapport.edition],
    }


def _par_contrat() -> list[tuple[Contrat, list[tuple[Exercice, str]]]]:
    """Return each visible contract with its exercises, newest first, and where each report is."""
    exercices = Exercice.objects.filter(contrat__in=Contrat.objects.visibles())
    rapports = {r.exercice_id: r for r in RapportAnnuel.objects.en_vigueur().sans_leur_contenu()}
    par_contrat: dict[Contrat, list[tuple[Exercice, str]]] = {}
    for exercice in exercices.select_related("contrat").order_by("contrat__ordre", "-annee"):
        par_contrat.setdefault(exercice.contrat, []).append(
            (exercice, _situer(exercice, rapports.get(exercice.pk)))
        )
    return list(par_contrat.items())


def _situer(exercice: Exercice, rapport: RapportAnnuel | None) -> str:
    """Tell where the report of `exercice` is: « paru le 3 mars 2026, édition 2 »."""
    if rapport and rapport.paru_le:
        verbe = "retiré" if rapport.est_un_retrait else "paru"
        edition = f", édition {rapport.edition}" if rapport.edition > 1 else ""
        return f"{verbe} le {date_fr(rapport.paru_le)}{edition}"
    if exercice.est_clos:
        return f"remis le {date_fr(exercice.rapport_remis_le)}"
    if exercice.rapport_avant_le:
        attendu = f"attendu avant le {date_fr(exercice.rapport_avant_le)}"
        return f"était {attendu}, en retard" if exercice.rapport_en_retard else attendu
    return "pas encore paru"
