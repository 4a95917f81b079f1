"""Tags and filters of every template: French formatting, marked words, list addresses."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal
from urllib.parse import urlencode

from django import forms, template
from django.db.models.options import Options
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.safestring import SafeString

from pacte.socle import formulaires, recherche, typographie
from pacte.socle.citation import Citation, nommer_l_ouvrage
from pacte.socle.retenues import pour_cette_edition

register = template.Library()

register.filter("de", typographie.de)
register.filter("date_fr", typographie.date_fr)
register.filter("date_courte", typographie.date_courte)
register.filter("espacer", typographie.espacer)
register.filter("nombre_fr", typographie.nombre_fr)
register.filter("typographier", typographie.typographier)


@register.filter
def pluriel(quantite: int, mots: str) -> str:
    """`{{ n|pluriel:"action" }}` gives « 2 actions »; `"journal,journaux"` when irregular."""
    return typographie.pluriel(quantite, *mots.split(",", 1))


@register.filter
def accorder(quantite: int, mots: str) -> str:
    """`{{ n|accorder:"action,actions" }}` gives the word alone, in its number."""
    singulier, pluriel_ = mots.split(",")
    return singulier if quantite < 2 else pluriel_


@register.filter
def compter(quantite: int, opts: "Options[Any]") -> str:
    """`{{ n|compter:opts }}` gives « 0 action », « 2 actions », by the names of a model."""
    return typographie.pluriel(quantite, str(opts.verbose_name), str(opts.verbose_name_plural))


@register.inclusion_tag("composants/_surligne.html")
def surligner(texte: str, requete: recherche.Requete | None = None) -> dict[str, Any]:
    """Print `texte`, the words that the search found inside <mark>."""
    return {"morceaux": recherche.surligner(typographie.typographier(texte), requete)}


@register.simple_tag
def extrait(objet: Any, requete: recherche.Requete | None) -> str:
    """Give the passage of `objet` that holds what was searched for, "" without any search."""
    return str(objet.extrait(requete)) if requete else ""


@register.filter
def apparier(valeurs: Iterable[Any], noms: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Pair each cell of a row with its column, for the name that it carries on a phone."""
    return zip(valeurs, noms, strict=True)


@register.inclusion_tag("composants/_fautes.html")
def recapituler(*formulaires_envoyes: forms.BaseForm | Literal[""]) -> dict[str, Any]:
    """Print what is wrong with the forms of the page, each message with a link to its field.

    A page without a form (an undefined variable is "") has nothing to say.
    """
    return {"fautes": formulaires.fautes_de(*(f for f in formulaires_envoyes if f))}


@register.simple_tag(takes_context=True)
def redire(context: template.Context, nom: str) -> SafeString:
    """Print the block `nom` of the page once more: its title is also what it shares."""
    bloc: SafeString = context.render_context[BLOCK_CONTEXT_KEY].get_block(nom).render(context)
    return bloc


@register.simple_tag(takes_context=True)
def inclure_partout(context: template.Context, nom: str) -> SafeString:
    """Print the template `nom`, the same on every page: written once for an edition."""
    moteur = context.template.engine  # type: ignore[union-attr]  # set while a page is written
    return pour_cette_edition(("partout", nom), lambda: moteur.get_template(nom).render(context))


@register.inclusion_tag("composants/_citer.html", takes_context=True)
def citer(
    context: template.Context,
    titre: str,
    parametres: str = "",
    selection: str = "",
    **choix: object,
) -> dict[str, Any]:
    """Print how to cite the page, named `titre`, and how to follow what it shows.

    `parametres` is the query string that its permanent address keeps. `selection` is that of the
    list which the page is, or shows (`choix` makes one): the news, the deadlines and the page made
    for another site are of the same rows. Without any there is nothing to show elsewhere.
    """
    pacte = context["pacte"]
    selection = f"?{urlencode(choix)}" if choix else selection
    adresse = context["canonique"].partition("?")[0] + parametres.removesuffix("?")
    ouvrage = nommer_l_ouvrage(pacte.nom, pacte.annee_debut, pacte.annee_fin)
    return {
        "citation": Citation(titre, ouvrage, adresse, context["aujourd_hui"]),
        "adresse_du_site": context["adresse_du_site"],
        "selection": selection.removesuffix("?"),
        "se_montre_ailleurs": bool(selection),
    }
