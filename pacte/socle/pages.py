"""Lists by pages: a page that does not exist gives the nearest one, and says so."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import QuerySet

from pacte.socle.texte import montrable


def paginer(
    objets: QuerySet[Any] | Sequence[Any],
    numero: str,
    par_page: int,
    total: int | None = None,
) -> tuple[Page[Any], str]:
    """Return the page of `objets` and what to tell the reader, "" when the page exists.

    `total` spares the query that would count them.
    """
    paginateur = Paginator(objets, par_page)
    if total is not None:
        paginateur.count = total
    if not numero:
        return paginateur.page(1), ""
    extrait = montrable(numero[:20])
    try:
        return paginateur.page(numero), ""
    except PageNotAnInteger:
        return paginateur.page(1), f"« {extrait} » n’est pas un numéro de page : voici la première."
    except EmptyPage:
        if int(numero) < 1:
            return paginateur.page(1), f"La page {extrait} n’existe pas : voici la première."
        derniere = paginateur.num_pages
        message = f"La page {extrait} n’existe pas : voici la page {derniere}, la dernière."
        return paginateur.page(derniere), message
