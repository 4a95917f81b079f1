"""The way of a browser between the portal and the provider, one step a function."""

from urllib.parse import urlsplit

import requests

from pacte.comptes.sessions import FACTEUR_DU_FOURNISSEUR

MOT_DE_PASSE = "un mot de passe assez long"
DEPART, RETOUR = "/connexion/proconnect/", "/connexion/proconnect/retour/"
NON_VERIFIEE = "n’a pas pu être vérifiée"


def partir(client, **champs) -> str:
    """Return the address of the provider that the button leads to."""
    depart = client.post(DEPART, champs)
    assert depart.status_code == 302, depart.content.decode()
    return depart.url


def passer(adresse: str) -> str:
    """Go through the provider; return the path of the portal that it sends the browser to."""
    reponse = requests.get(adresse, allow_redirects=False, timeout=5)
    assert reponse.status_code in (302, 303), reponse.text
    retour = urlsplit(reponse.headers["Location"])
    assert (retour.scheme, retour.netloc) == ("http", "testserver")
    return f"{retour.path}?{retour.query}"


def entrer(client, **champs):
    return client.get(passer(partir(client, **champs)))


def connecter_par_mot_de_passe(client, utilisateur, mot_de_passe=MOT_DE_PASSE):
    """Sign in and prove it again, as linking asks."""
    client.force_login(utilisateur)
    reponse = client.post("/compte/confirmer/", {"password": mot_de_passe})
    assert reponse.status_code == 302


def est_entre(client) -> bool:
    return "_auth_user_id" in client.session


def verifier_le_refus(client, reponse, texte: str, statut: int = 403):
    assert reponse.status_code == statut
    assert texte in reponse.content.decode()
    assert not est_entre(client)
    assert FACTEUR_DU_FOURNISSEUR not in client.session
