"""Public pages of actions."""

from itertools import chain
from typing import Any, cast

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView, View

from actions.demande import Demande
from actions.exports import EXPORTS, tableau_des_actions, tableau_des_constats
from actions.fiche import completer, lire_la_fiche, pour_la_fiche
from actions.fiche_papier import composer_la_fiche
from actions.filtres import PAR_PAGE, FiltreActions
from actions.financements import FiltreFinancements, lignes_publiques, tableau_des_financements
from actions.lignes import dresser_les_lignes
from actions.models import (
    Action,
    Constat,
    Jalon,
    Libelle,
    Public,
    Subvention,
)
from actions.models.action import ActionQuerySet
from actions.models.argent import NOMS_DES_MESURES
from actions.models.subvention import SEUIL_DE_PUBLICATION
from contrats.models import RequeteDuPacte
from pacte.socle.calendrier import repondre_calendrier
from pacte.socle.corps import PageAuCorpsGarde
from pacte.socle.correction import Vocabulaire, proposer_correction
from pacte.socle.editeur import editeur
from pacte.socle.exports import FORMATS_CONNUS, Sortie, proposer, repondre
from pacte.socle.montants import euros
from pacte.socle.pages import paginer
from pacte.socle.papier.reponses import repondre_papier
from pacte.socle.recherche import analyser, equivalents_trouves
from pacte.socle.retenues import pour_cette_edition
from partenaires.models import Partenaire

LIGNES_PAR_PAGE, DIAGNOSTICS_MONTRES = 50, 20


class ActionListView(TemplateView):
    """The list: facets, search, order and pages, all in the address."""

    template_name = "actions/action_list.html"
    request: RequeteDuPacte

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filtre = FiltreActions(self.request.GET, self.request.pacte.annees)
        cles = filtre.lister() if filtre.total else []
        page, message = paginer(cles, self.request.GET.get("page", ""), PAR_PAGE, filtre.total)
        return super().get_context_data(
            filtre=filtre,
            page=page,
            lignes=dresser_les_lignes(list(page.object_list), requete=filtre.requete or None),
            avertissements=[*filtre.avertissements, *([message] if message else [])],
            sorties=_proposer_les_exports(filtre.adresse()),
            equivalents=_equivalents(filtre),
            **({} if filtre.total else _essais(filtre)),
            **kwargs,
        )


def _equivalents(filtre: FiltreActions) -> list[str]:
    """Return what the synonyms of the words that were typed found, filters included."""
    if not filtre.total:
        return []

    def chercher() -> list[str]:
        return equivalents_trouves(filtre.requete, filtre.filtrer(Action.objects.visibles()))

    return pour_cette_edition(("équivalents des actions", filtre.adresse()), chercher)


class IntegrerView(TemplateView):
    """The list for a frame of another site: links to the portal, its source, its day."""

    template_name = "actions/integrer.html"
    request: RequeteDuPacte

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filtre = FiltreActions(self.request.GET, self.request.pacte.annees)
        actions = filtre.trier(filtre.filtrer(Action.objects.visibles()))
        page, message = paginer(
            actions.select_related("volet__contrat").with_echeance(),
            self.request.GET.get("page", ""),
            PAR_PAGE,
        )
        return super().get_context_data(
            filtre=filtre,
            page=page,
            avertissements=[*filtre.avertissements, *([message] if message else [])],
            **kwargs,
        )


def _proposer_les_exports(adresse: str) -> list[Sortie]:
    """Return the actions in every format, and what surrounds them in one: a page stays light."""
    formats = {"actions": FORMATS_CONNUS.keys()}
    return [
        proposer(
            f"les {titre.lower()}",
            "actions:export",
            adresse,
            formats.get(nom, ("csv",)),
            nom=nom,
        )
        for nom, (titre, _lire) in EXPORTS.items()
    ]


def _dire_la_selection(filtre: FiltreActions | FiltreFinancements) -> str:
    """Return the active filters for a file, with what was ignored of its address, as pages say."""
    ignores = " ".join(filtre.avertissements)
    return f"{filtre.selection} ({ignores})" if ignores else filtre.selection


def _essais(filtre: FiltreActions) -> dict[str, Any]:
    """Return what to try when nothing is found: a correction with its address, and publics."""
    cle = ("correction des actions", filtre.adresse())
    correction, mots = (
        pour_cette_edition(cle, lambda: _chercher_autrement(filtre)) if filtre.requete else ("", [])
    )
    return {
        "mots_seuls": [(mot, filtre.adresse(q=mot)) for mot in mots],
        "correction": correction,
        "adresse_corrigee": filtre.adresse(q=correction),
        "publics": Public.objects.avec_actions(),
    }


def _chercher_autrement(filtre: FiltreActions) -> tuple[str, list[str]]:
    """Return a correction of the words that, with the same filters, finds an action, or "", and
    those of several words that are known."""
    vocabulaire = pour_cette_edition("mots des actions", _lire_le_vocabulaire)
    mots = vocabulaire.mots_connus(filtre.requete)
    correction = proposer_correction(filtre.requete, vocabulaire)
    if not correction:
        return "", mots
    trouvees = filtre.filtrer(Action.objects.visibles(), analyser(correction))
    return correction if trouvees.exists() else "", mots


def _lire_le_vocabulaire() -> Vocabulaire:
    """Return the words by which an action is found (four queries)."""
    sources = [
        Libelle.objects.vocabulaire().values_list("texte", "action__titre"),
        Partenaire.objects.visibles().values_list("nom"),
        Public.objects.values_list("nom"),
    ]
    return Vocabulaire(chain.from_iterable(ligne for source in sources for ligne in source))


class ActionExportView(View):
    """The rows of the list for the same query string, all pages together, or what surrounds them:
    contributions, indicators, milestones, bulletins of these actions."""

    def get(self, request: RequeteDuPacte, nom: str, format_export: str) -> HttpResponseBase:
        filtre = FiltreActions(request.GET, request.pacte.annees)
        tableau = tableau_des_actions(
            nom,
            filtre.trier(filtre.filtrer(Action.objects.visibles())),
            selection=_dire_la_selection(filtre),
            adresse_absolue=request.build_absolute_uri,
            avertissement=request.pacte.avertissement,
        )
        return repondre(tableau, format_export)


class FinancementListView(TemplateView):
    """The public money lines of a selection, their total, and what narrows them."""

    template_name = "actions/financement_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filtre = FiltreFinancements.lire(self.request.GET)
        lignes = filtre.filtrer(lignes_publiques())
        total = lignes.totaux()
        numero = self.request.GET.get("page", "")
        page, message = paginer(lignes, numero, LIGNES_PAR_PAGE, total.lignes)
        return super().get_context_data(
            filtre=filtre,
            mesures=NOMS_DES_MESURES,
            total=total,
            page=page,
            sorties=[proposer("ces lignes", "actions:financements_export", filtre.adresse)],
            avertissements=[*filtre.avertissements, *([message] if message else [])],
            **kwargs,
        )


class FinancementExportView(View):
    """The same lines, all pages together."""

    def get(self, request: RequeteDuPacte, format_export: str) -> HttpResponseBase:
        filtre = FiltreFinancements.lire(request.GET)
        tableau = tableau_des_financements(
            filtre.filtrer(lignes_publiques()),
            selection=_dire_la_selection(filtre),
            adresse_absolue=request.build_absolute_uri,
            avertissement=request.pacte.avertissement,
        )
        return repondre(tableau, format_export)


class SubventionListView(TemplateView):
    """The published grants, the latest first, with all that their national schema holds."""

    template_name = "actions/subvention_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        subventions = Subvention.objects.publiques().for_liste()
        page, message = paginer(subventions, self.request.GET.get("page", ""), LIGNES_PAR_PAGE)
        return super().get_context_data(
            page=page,
            seuil=euros(SEUIL_DE_PUBLICATION),
            avertissements=[message] if message else [],
            **kwargs,
        )


class JeChercheView(TemplateView):
    """« Je cherche… »: the actions that answer a need, how to benefit from each, whom to call."""

    template_name = "actions/je_cherche.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demande = Demande(self.request.GET)
        trouvees = demande.filtrer(Action.objects.visibles())
        page, message = paginer(trouvees, self.request.GET.get("page", ""), PAR_PAGE)
        actions = cast(ActionQuerySet, page.object_list).for_ligne().prefetch_related("publics")
        page.object_list = list(actions)
        return super().get_context_data(
            demande=demande,
            page=page,
            disent_comment=any(action.comment_en_beneficier for action in page.object_list),
            editeur=editeur(),
            avertissements=[*demande.avertissements, *([message] if message else [])],
            **kwargs,
        )


class DiagnosticView(TemplateView):
    """What public texts say of the diagnosis, its findings, and the actions that answer each."""

    template_name = "actions/diagnostic.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        diagnostics = Action.objects.visibles().rechercher(analyser("diagnostic"))
        return super().get_context_data(
            constats=Constat.objects.visibles().for_liste(),
            diagnostics=diagnostics.par_titre()[:DIAGNOSTICS_MONTRES],
            sorties=[proposer("les constats", "actions:diagnostic_export")],
            **kwargs,
        )


class DiagnosticExportView(View):
    """The same findings, to download."""

    def get(self, request: RequeteDuPacte, format_export: str) -> HttpResponseBase:
        tableau = tableau_des_constats(
            adresse_absolue=request.build_absolute_uri,
            avertissement=request.pacte.avertissement,
        )
        return repondre(tableau, format_export)


class ActionJalonsView(View):
    """The milestones of one action, for a calendar."""

    def get(self, request: RequeteDuPacte, slug: str) -> HttpResponse:
        action = get_object_or_404(Action.objects.visibles(), slug=slug)
        jalons = Jalon.objects.filter(action=action).for_calendrier()
        echeances = (jalon.en_echeance(request.build_absolute_uri) for jalon in jalons)
        titre = f"Jalons : {action.titre}"
        return repondre_calendrier(
            f"jalons-{slug}", titre, echeances, avertissement=request.pacte.avertissement
        )


class ActionFicheView(View):
    """The sheet of one action to hand out, as a PDF of two pages at most."""

    def get(self, request: RequeteDuPacte, slug: str) -> HttpResponse:
        action = get_object_or_404(pour_la_fiche(), slug=slug)
        ecrit = composer_la_fiche(action, completer(action), request.pacte)
        return repondre_papier(ecrit, "pdf", f"fiche-{slug}")


class ActionDetailView(PageAuCorpsGarde):
    """One action: what it is, for whom, who does what, where it stands, where it is written."""

    template_name, corps = "actions/action_detail.html", "actions/_fiche.html"
    context_object_name = "action"

    def get_queryset(self) -> ActionQuerySet:
        # What is kept is how to read it, which takes a tenth of the page to say.
        return pour_cette_edition("fiche", pour_la_fiche)

    def lire_le_corps(self, objet: Action) -> dict[str, Any]:
        return lire_la_fiche(objet)
