"""Reading the site as a robot does: every page that the links reach, once."""

import re
from collections import deque
from contextlib import AbstractContextManager
from html import unescape
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from django.test import Client

from pacte.socle.retenues import lire_l_edition

DEPART = ["/", "/recherche/?q=jeunes", "/recherche/?q=cariolix", "/actions/?q=zzzz&page=9", "/404"]
AILLEURS = ("/admin", "/static", "/espace", "http")


FICHIERS = (".pdf", ".odt", ".ods", ".xlsx", ".csv", ".json")


def comme_un_lecteur() -> AbstractContextManager[None]:
    """Read as readers do: what many pages share is made once. Nothing may change meanwhile."""
    return lire_l_edition(f"lecture {uuid4()}")


def parcourir(
    departs: list[str], *, avec_requete: bool = True, avec_fichiers: bool = True
) -> dict[str, str]:
    """Return address → HTML of every page that the links reach from `departs`.

    Files are only asked for, to see that they answer; not without `avec_fichiers`: making them
    costs more than pages.

    Filtered lists lead to one another without end, and their own tests read them: from a page with
    a query, no other one is followed; without `avec_requete`, none is at all.
    """
    client, vues, demandees, a_voir = Client(), {}, set(), deque(departs)
    with comme_un_lecteur():
        while a_voir:
            adresse = a_voir.popleft()
            if adresse in demandees or adresse.startswith(AILLEURS):
                continue
            if not avec_fichiers and urlsplit(adresse).path.endswith(FICHIERS):
                continue
            demandees.add(adresse)
            reponse = client.get(adresse)
            assert reponse.status_code == (404 if adresse == "/404" else 200), adresse
            if not reponse["Content-Type"].startswith("text/html"):
                # Read to its end, hence closed.
                reponse.getvalue()
                continue
            vues[adresse] = reponse.content.decode()
            for lien in re.findall(r'href="([^"#]+)', vues[adresse]):
                cible = urljoin(adresse, unescape(lien))
                if not urlsplit(cible).query or (avec_requete and not urlsplit(adresse).query):
                    a_voir.append(cible)
    return vues
