"""The pages of the year's grids: what to show, what was typed, saved in one gesture."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.timezone import localdate

from actions.grilles.argent import GrilleArgent
from actions.grilles.cases import Grille
from actions.grilles.collage import coller
from actions.grilles.mesures import GrilleMesures
from actions.models import Action, Contribution
from actions.models.contribution import ROLES_DE_PILOTAGE
from contrats.models import Annee, Volet
from pacte.socle.gestes import compte_de
from pacte.socle.publication import Publication
from pacte.socle.typographie import pluriel
from partenaires.models import Partenaire

ACTIONS_PAR_PAGE = 200


class PorteeForm(forms.Form):
    """Which actions, which year; nothing chosen is everything, this year.

    Three queries: the years, the volets with their contracts and axes, the partners.
    """

    annee = forms.ChoiceField(label="Année")
    contrat = forms.ChoiceField(label="Contrat", required=False)
    axe = forms.ChoiceField(label="Axe", required=False)
    pilote = forms.ChoiceField(label="Pilote", required=False)
    financeur = forms.ChoiceField(label="Ouvrir une ligne pour", required=False)

    def __init__(self, donnees: QueryDict, *, avec_financeur: bool) -> None:
        self.annees = annees = [str(pk) for pk in Annee.objects.values_list("pk", flat=True)]
        volets = list(Volet.objects.select_related("contrat", "axe"))
        self.volets = {volet.pk: volet for volet in volets}
        pilotages = Contribution.objects.filter(
            partenaire=OuterRef("pk"), role__in=ROLES_DE_PILOTAGE
        )
        self.partenaires = {
            str(p.pk): p for p in Partenaire.objects.annotate(est_pilote=Exists(pilotages))
        }
        super().__init__(_avec_une_annee(donnees, annees))
        self._offrir("annee", [(annee, annee) for annee in annees])
        self._offrir("contrat", [("", "Tous"), *_nommer(v.contrat for v in volets)])
        self._offrir("axe", [("", "Tous"), *_nommer(v.axe for v in volets)])
        partenaires = self.partenaires.values()
        pilotes = [p for p in partenaires if p.est_pilote]  # type: ignore[attr-defined]  # annotated
        self._offrir("pilote", [("", "Tous"), *_nommer(pilotes)])
        autres = [p for p in partenaires if not p.partie]
        self._offrir("financeur", [("", "Aucun autre financeur"), *_nommer(autres)])
        if not avec_financeur:
            del self.fields["financeur"]

    @classmethod
    def lire(cls, donnees: QueryDict, *, avec_financeur: bool) -> "PorteeForm":
        """Return the form of an address, its unknown choices dropped."""
        portee = cls(donnees, avec_financeur=avec_financeur)
        if not portee.is_valid():
            connues = donnees.copy()
            for nom in portee.errors:
                connues.pop(nom, None)
            portee.data = _avec_une_annee(connues, portee.annees)
            portee.full_clean()
        return portee

    def _offrir(self, nom: str, choix: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[nom]).choices = choix

    @property
    def financeur_choisi(self) -> Partenaire | None:
        return self.partenaires.get(self.cleaned_data.get("financeur", ""))

    def actions(self) -> list[Action]:
        """Return the chosen actions, by code; the first two hundred (one query)."""
        chemins = {
            "contrat": "volet__contrat",
            "axe": "volet__axe",
            "pilote": "contributions__partenaire",
        }
        choix = {chemins[n]: v for n, v in self.cleaned_data.items() if v and n in chemins}
        if "contributions__partenaire" in choix:
            choix["contributions__role__in"] = ROLES_DE_PILOTAGE
        actions = Action.objects.exclude(publication=Publication.RETIREE).filter(**choix).distinct()
        annotees = actions.with_est_close(int(self.cleaned_data["annee"]))
        choisies = list(annotees.only("code", "titre", "volet").order_by("code")[:ACTIONS_PAR_PAGE])
        for action in choisies:
            # Read with the choices: not joined to each action again.
            action.volet = self.volets[action.volet_id]
        return choisies


def _avec_une_annee(donnees: QueryDict, annees: list[str]) -> QueryDict:
    """Return `donnees` with a year of the pact: theirs, this one, or the last."""
    completes = donnees.copy()
    if completes.get("annee") not in annees and annees:
        cette_annee = str(localdate().year)
        completes["annee"] = cette_annee if cette_annee in annees else annees[-1]
    return completes


def _nommer(lignes: Iterable[Any]) -> list[tuple[str, str]]:
    return sorted({(str(ligne.pk), str(ligne)) for ligne in lignes}, key=lambda choix: choix[1])


class PageDeGrille:
    """One grid as a page of the administration: read, paste, save."""

    def __init__(self, titre: str, gabarit: str, classe: type[Grille], droit: str) -> None:
        self.titre, self.gabarit, self.classe, self.droit = titre, gabarit, classe, droit

    def __call__(self, request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
        if not request.user.has_perm(self.droit):
            raise PermissionDenied
        est_d_argent = self.classe is GrilleArgent
        portee = PorteeForm.lire(request.GET, avec_financeur=est_d_argent)
        if not portee.is_valid():
            return self._montrer(request, site, portee, None, [])
        options: dict[str, Any] = {}
        if est_d_argent:
            options["partenaires"] = portee.partenaires.values()
            options["financeur"] = portee.financeur_choisi
        arguments = (portee.actions(), int(portee.cleaned_data["annee"]), compte_de(request))
        if request.method == "POST":
            return self._recevoir(request, site, portee, arguments, options)
        grille = self.classe(*arguments, **options)
        if request.GET.get("reprendre") == "oui" and isinstance(grille, GrilleArgent):
            self._reprendre(request, grille)
        return self._montrer(request, site, portee, grille, [])

    def _reprendre(self, request: HttpRequest, grille: GrilleArgent) -> None:
        nombre = grille.reprendre_l_annee_precedente()
        montants = pluriel(nombre, "montant repris", "montants repris")
        message = f"{montants} de {grille.annee - 1}, à relire : rien n’est encore enregistré."
        messages.info(request, message)

    def _recevoir(
        self,
        request: HttpRequest,
        site: admin.AdminSite,
        portee: PorteeForm,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> HttpResponse:
        donnees = {nom: valeur for nom, valeur in request.POST.items() if isinstance(valeur, str)}
        if "_coller" in donnees:
            grille = self.classe(*arguments, **options)
            grille.reprendre(donnees)
            fautes = coller(grille, donnees.get("bloc", ""))
            return self._montrer(request, site, portee, grille, fautes)
        with transaction.atomic():
            grille = self.classe(*arguments, **options, verrouiller=True)
            nombre = grille.enregistrer(donnees)
        if grille.fautes:
            return self._montrer(request, site, portee, grille, [])
        dit = pluriel(nombre, "ligne enregistrée", "lignes enregistrées")
        messages.success(request, f"{dit}." if nombre else "Rien n’a changé.")
        return HttpResponseRedirect(f"{request.path}?{cast(QueryDict, portee.data).urlencode()}")

    def _montrer(
        self,
        request: HttpRequest,
        site: admin.AdminSite,
        portee: PorteeForm,
        grille: Grille | None,
        fautes_du_bloc: list[str],
    ) -> HttpResponse:
        contexte = {
            **site.each_context(request),
            "title": self.titre,
            "portee": portee,
            "grille": grille,
            "fautes": grille.fautes if grille else [],
            "fautes_du_bloc": fautes_du_bloc,
            "bloc": request.POST.get("bloc", "") if fautes_du_bloc else "",
            "adresse": cast(QueryDict, portee.data).urlencode() if grille else "",
        }
        return TemplateResponse(request, self.gabarit, contexte)


page_de_l_argent = PageDeGrille(
    "Les montants de l’année",
    "admin/grille_argent.html",
    GrilleArgent,
    "actions.view_financement",
)
page_des_mesures = PageDeGrille(
    "Les indicateurs de l’année",
    "admin/grille_mesures.html",
    GrilleMesures,
    "actions.view_indicateur",
)
