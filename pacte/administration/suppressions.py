"""The page of what was deleted: listed for whoever may add such a row, and put back from there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from pacte.socle.disparues import Supprimee, lire, nommer, retrouver
from pacte.socle.gestes import compte_de
from pacte.socle.modifications import versions_de
from pacte.socle.pages import paginer
from pacte.socle.retablissement import retablir_ensemble
from pacte.socle.supprimees import SUPPRESSION, Genre, Reference, genres_de, portees_par, references
from pacte.socle.texte import plier
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import INSECABLE

LIGNES_PAR_PAGE = 50
# « actions.jalon-12 »: the name of a kind, the number of a row or of a version.
CLE = re.compile(r"([a-z]+\.[a-z]+)-([0-9]{1,18})")


@dataclass(frozen=True)
class Portee:
    """What is listed: one kind, or all those that the user may add; of one row, or of all."""

    ouverts: Mapping[str, Genre]
    genre: str = ""
    de: str = ""
    porteur: str = ""
    conditions: Mapping[str, Q] = field(default_factory=dict)
    messages: tuple[str, ...] = ()

    @property
    def offerts(self) -> list[Genre]:
        """The kinds that the page offers: those that the row may bear, or all."""
        offerts = [g for nom, g in self.ouverts.items() if nom in self.conditions or not self.de]
        return sorted(offerts, key=lambda genre: plier(genre.libelle))

    @property
    def listes(self) -> list[Genre]:
        return [genre for genre in self.offerts if self.genre in ("", genre.nom)]


def lire_la_portee(request: HttpRequest, genres: Mapping[str, Genre]) -> Portee:
    """Return what an address asks for; what it names that is unknown is dropped and said."""
    compte, inconnus = compte_de(request), []
    ouverts = {nom: genre for nom, genre in genres.items() if genre.est_ouvert_a(compte)}
    genre, de = request.GET.get("genre", ""), request.GET.get("de", "")
    if genre and genre not in ouverts:
        genre, inconnus = "", ["Ce genre de lignes est inconnu, ou n’est pas à vous : voici tout."]
    conditions, porteur = _lire_le_porteur(de, genres)
    if de and not porteur:
        de, inconnus = "", [*inconnus, "Cette fiche est inconnue : voici toutes les lignes."]
    return Portee(ouverts, genre, de, porteur, conditions, tuple(inconnus))


def _lire_le_porteur(de: str, genres: Mapping[str, Genre]) -> tuple[dict[str, Q], str]:
    """Return, for the row that `de` names, what tells the rows of each kind that it bears, and its
    name; "" when it never existed."""
    lue = CLE.fullmatch(de)
    if lue is None or lue[1] not in genres:
        return {}, ""
    modele, cle = genres[lue[1]].modele, int(lue[2])
    objet = retrouver(modele, {cle}).get(cle)
    conditions = {nom: portees_par(g, genres, modele, cle) for nom, g in genres.items()}
    trouvees = {nom: condition for nom, condition in conditions.items() if condition is not None}
    return trouvees, nommer(objet) if objet else ""


def page_des_suppressions(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """What was deleted, the newest first; a form puts back what is chosen, all of it or nothing."""
    genres = genres_de(site)
    if request.method == "POST":
        _retablir(request, genres)
        return HttpResponseRedirect(_sans_cocher(request))
    portee = lire_la_portee(request, genres)
    toutes = references(request, portee.listes, portee.conditions)
    page, message = paginer(toutes, request.GET.get("page", ""), LIGNES_PAR_PAGE)
    contexte = {
        **site.each_context(request),
        "title": "Ce qui a été supprimé",
        "portee": portee,
        "page": page,
        "lignes": lire(page.object_list, genres),
        "avertissements": [*portee.messages, *filter(None, [message])],
        "tout_est_coche": "cocher" in request.GET,
    }
    return TemplateResponse(request, "admin/suppressions.html", contexte)


def _sans_cocher(request: HttpRequest) -> str:
    """Return the address of the page, where nothing is ticked beforehand."""
    adresse = request.GET.copy()
    adresse.pop("cocher", None)
    return f"{request.path}?{adresse.urlencode()}"


def _retablir(request: HttpRequest, genres: Mapping[str, Genre]) -> None:
    """Put back the rows that a form names, and say what came of it."""
    cles = request.POST.getlist("seule") or request.POST.getlist("ligne")
    demandees = [_retrouver(request, cle, genres) for cle in dict.fromkeys(cles)]
    lignes = lire(demandees, genres)
    try:
        revenues = retablir_ensemble(lignes, par=compte_de(request))
    except TransitionInterdite as erreur:
        suite = " Rien n’a été rétabli." if len(lignes) > 1 else ""
        messages.error(request, f"{erreur}{suite}")
        return
    if not lignes:
        messages.warning(request, "Cocher au moins une ligne.")
    elif not revenues:
        messages.info(request, f"Déjà de retour{INSECABLE}: {_enumerer(lignes)}.")
    else:
        messages.success(request, f"De retour{INSECABLE}: {_enumerer(revenues)}.")


def _retrouver(request: HttpRequest, cle: str, genres: Mapping[str, Genre]) -> Reference:
    """Return the deleted version that a form names; 404 when there is none, 403 when the user may
    not write its row."""
    lue = CLE.fullmatch(cle)
    genre = genres.get(lue[1]) if lue else None
    if lue is None or genre is None:
        raise Http404
    version = {"history_id": int(lue[2]), "history_type": SUPPRESSION}
    if not versions_de(genre.modele).filter(**version).exists():
        raise Http404
    if not genre.est_ouvert_a(compte_de(request)):
        raise PermissionDenied
    if not genre.permises(request).filter(**version).exists():
        raise PermissionDenied
    return genre.nom, int(lue[2])


def _enumerer(lignes: list[Supprimee]) -> str:
    return ", ".join(f"« {ligne.titre} » ({ligne.sorte})" for ligne in lignes)
