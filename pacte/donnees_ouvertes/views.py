"""The pages that document open data, and the files themselves."""

from collections.abc import Generator
from datetime import datetime, time
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.timezone import localdate, make_aware
from django.views.generic import TemplateView, View

from contrats.models import RequeteDuPacte
from pacte.donnees_ouvertes.catalogue import TYPES_DE_CATALOGUE, dresser_le_catalogue
from pacte.donnees_ouvertes.dates import DatesDesJeux, dater_les_jeux
from pacte.donnees_ouvertes.fichiers import cellule, repondre_fichier
from pacte.donnees_ouvertes.jeux import JEUX, Jeu, siret_du_producteur
from pacte.donnees_ouvertes.schemas import ColonneOuverte
from pacte.socle import licence
from pacte.socle.courriels import adresse_complete
from pacte.socle.exports import FORMATS_CONNUS

CATALOGUE = "catalogue"


class DonneesOuvertesView(TemplateView):
    """Every dataset, what it holds, where its files are, and the catalogue of all."""

    template_name = "donnees_ouvertes/liste.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        dates = dater_les_jeux()
        jeux = [(jeu, dates.de(jeu).derniere) for jeu in JEUX.values()]
        return super().get_context_data(
            jeux=jeux, catalogues=_catalogues(), licence=licence, **kwargs
        )


class JeuView(TemplateView):
    """One dataset: its columns, its files, how to cite it."""

    template_name = "donnees_ouvertes/jeu.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        jeu = _trouver(self.kwargs["nom"])
        return super().get_context_data(
            jeu=jeu,
            dates=dater_les_jeux().de(jeu),
            colonnes=_illustrer(jeu, cast(RequeteDuPacte, self.request).pacte.avertissement),
            adresse_permanente=adresse_complete(jeu.get_absolute_url()),
            siret=siret_du_producteur(),
            licence=licence,
            **kwargs,
        )


class SchemaView(View):
    """The Table Schema of a dataset."""

    def get(self, request: HttpRequest, nom: str) -> HttpResponse:
        if nom not in JEUX:
            return _dire_ce_qui_existe(request, nom, "json")
        schema = JEUX[nom].en_table_schema()
        reponse = JsonResponse(schema, json_dumps_params={"ensure_ascii": False, "indent": 2})
        return licence.annoncer(reponse)


class CatalogueView(View):
    """The DCAT-AP catalogue of every dataset, as JSON-LD or as Turtle."""

    def get(self, request: RequeteDuPacte, format_export: str) -> HttpResponse:
        dates = dater_les_jeux()
        type_de_contenu, ecrire = TYPES_DE_CATALOGUE[format_export]
        texte = ecrire(dresser_le_catalogue(request.pacte, dates))
        return licence.annoncer(HttpResponse(texte, content_type=type_de_contenu))


class FichierView(View):
    """A dataset in one of its formats; 404 with those that exist when it has no such format."""

    def get(self, request: RequeteDuPacte, nom: str, format_export: str) -> HttpResponseBase:
        if nom not in JEUX or format_export not in FORMATS_CONNUS:
            return _dire_ce_qui_existe(request, nom, format_export)
        return repondre_fichier(
            request,
            JEUX[nom],
            format_export,
            avertissement=request.pacte.avertissement,
            change_le=_change_le(JEUX[nom], dater_les_jeux()),
        )


def _trouver(nom: str) -> Jeu:
    if nom not in JEUX:
        raise Http404
    return JEUX[nom]


def _change_le(jeu: Jeu, dates: DatesDesJeux) -> datetime:
    """Return when a file last changed: at midnight at the latest, since it tells its day."""
    minuit = make_aware(datetime.combine(localdate(), time.min))
    derniere = dates.de(jeu).derniere
    return max(minuit, derniere) if derniere else minuit


def _illustrer(jeu: Jeu, avertissement: str) -> list[tuple[ColonneOuverte, str]]:
    """Return each column with what the first published row holds in it, "" when nothing."""
    tableau = jeu.tableau(avertissement)
    lignes = iter(tableau.objets)
    premiere = next(lignes, None)
    if isinstance(lignes, Generator):
        lignes.close()
    if premiere is None:
        return [(colonne, "") for colonne in jeu.colonnes]
    lues = [Truncator(cellule(c.valeur(premiere))).chars(80) for c in tableau.colonnes]
    return list(zip(jeu.colonnes, lues, strict=True))


def _catalogues() -> list[tuple[str, str]]:
    """Return each format of the catalogue with its address."""
    return [(nom, reverse("donnees_ouvertes:catalogue", args=[nom])) for nom in TYPES_DE_CATALOGUE]


def _dire_ce_qui_existe(request: HttpRequest, nom: str, format_export: str) -> HttpResponse:
    """Answer 404 with the formats of the dataset, or with the datasets when it is unknown."""
    jeu = JEUX.get(nom)
    contexte = {
        "jeu": jeu,
        "formats": _catalogues() if nom == CATALOGUE else jeu.fichiers if jeu else [],
        "jeux": JEUX.values(),
        "demande": f"{nom}.{format_export}"[:60],
    }
    return render(request, "donnees_ouvertes/format_inconnu.html", contexte, status=404)
