"""A browser in front of a real server: cookies, whole forms, an address of its own."""

import re
from itertools import count

import requests

from tests.formulaires import champs_du_formulaire

MOT_DE_PASSE = "un mot de passe assez long"
JETON = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CREER = (
    "from pacte.socle.models import Utilisateur as U; "
    "U.objects.create_superuser('{}', '" + MOT_DE_PASSE + "')"
)
_adresses = count(1)


class Visiteur(requests.Session):
    """Follows no redirection. Waits for a busy machine, not for ever."""

    def __init__(self, serveur, ip: str = ""):
        super().__init__()
        self.serveur = serveur
        self.headers["X-Forwarded-For"] = ip or f"10.9.0.{next(_adresses)}"

    def request(self, methode, adresse, **options):
        options = {"timeout": 120, **options, "allow_redirects": False}
        base = f"http://127.0.0.1:{self.serveur.port}"
        return super().request(methode, base + adresse.removeprefix(base), **options)

    def remplir(self, adresse: str, champs: dict, bouton: str = "_save", **options):
        """Open the form of `adresse`, type `champs`, press `bouton`."""
        page = self.get(adresse)
        assert page.status_code == 200, (adresse, page.status_code)
        return self.post(adresse, {**champs_du_formulaire(page, bouton), **champs}, **options)

    def poster(self, adresse: str, champs: dict, *, depuis: str = "", **options):
        """Post `champs` with the token of the page `depuis`, or of `adresse` itself."""
        jeton = JETON.search(self.get(depuis or adresse).text).group(1)
        return self.post(adresse, {**champs, "csrfmiddlewaretoken": jeton}, **options)

    def entrer(self, courriel: str, mot_de_passe: str = MOT_DE_PASSE):
        return self.poster("/connexion/", {"login": courriel, "password": mot_de_passe})

    def est_entre(self) -> bool:
        return self.get("/compte/").status_code == 200


def creer_un_agent(installation, courriel: str = "agent@exemple.fr") -> str:
    """Make an account that may do everything, and needs no second factor; return its address."""
    installation.env["SECOND_FACTEUR_DES_AGENTS"] = "non"
    installation.calculer(CREER.format(courriel))
    return courriel


def ecrire(serveur, ip: str, combien: int) -> list[int]:
    """Send `combien` messages from `ip`; return what was answered to each."""
    message = {"sujet": "question", "texte": "Une question.", "courriel": "a@exemple.fr"}
    with Visiteur(serveur, ip) as auteur:
        return [auteur.poster("/contact/", message).status_code for _ in range(combien)]
