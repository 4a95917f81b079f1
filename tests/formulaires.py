"""Forms as a browser sends them: no disabled input, line breaks in CRLF, one button."""

import re

import html5lib
from django.test import Client

SAISIES = ("input", "select", "textarea")
IGNORES = ("submit", "button", "image", "reset", "file")


def champs_du_formulaire(reponse, bouton: str = "_save") -> dict[str, list[str]]:
    """Return what a browser would send of the form that holds `bouton`, left as it is.

    The button itself is left out. Raises AssertionError when no form of the page has it.
    """
    arbre = html5lib.parse(reponse.content.decode(), namespaceHTMLElements=False)
    for formulaire in arbre.iter("form"):
        if any(e.get("name") == bouton for e in formulaire.iter()):
            return _lire(formulaire)
    raise AssertionError(f"aucun formulaire n’a de bouton « {bouton} »")


def _lire(formulaire) -> dict[str, list[str]]:
    champs: dict[str, list[str]] = {}
    for element in formulaire.iter():
        nom = element.get("name") if element.tag in SAISIES else None
        if nom and "disabled" not in element.attrib:
            for valeur in _valeurs(element):
                champs.setdefault(nom, []).append(re.sub(r"\r?\n", "\r\n", valeur))
    return champs


def _valeurs(element) -> list[str]:
    if element.tag == "textarea":
        # The parser of HTML drops the first line break, as browsers do.
        return ["".join(element.itertext())]
    if element.tag == "select":
        return _choisies(element)
    genre = element.get("type", "text")
    if genre in IGNORES or (genre in ("checkbox", "radio") and "checked" not in element.attrib):
        return []
    return [element.get("value", "on" if genre == "checkbox" else "")]


def _choisies(liste) -> list[str]:
    options = list(liste.iter("option"))
    choisies = [o for o in options if "selected" in o.attrib]
    if not choisies and "multiple" not in liste.attrib:
        choisies = options[:1]
    return [o.get("value", "".join(o.itertext())) for o in choisies]


def envoyer(client: Client, adresse: str, bouton: str = "_save", **changements):
    """Open `adresse`, type `changements` (name → value, None: emptied), press `bouton`."""
    page = client.get(adresse)
    assert page.status_code == 200, page.status_code
    champs = champs_du_formulaire(page, bouton)
    for nom, valeur in changements.items():
        champs.pop(nom, None)
        if valeur is not None:
            champs[nom] = valeur
    return client.post(adresse, {**champs, bouton: "1"})


def enregistrer(client: Client, adresse: str, bouton: str = "_save", **changements):
    """As `envoyer`, and fail with what the page says unless it was saved."""
    reponse = envoyer(client, adresse, bouton, **changements)
    assert reponse.status_code == 302, erreurs(reponse)
    return reponse


def erreurs(reponse) -> list[str]:
    """Return the sentences that the page shows as errors."""
    arbre = html5lib.parse(reponse.content.decode(), namespaceHTMLElements=False)
    classes = ("errorlist", "errornote", "invalid-feedback", "alert-danger")
    return [
        " ".join("".join(element.itertext()).split())
        for element in arbre.iter()
        if any(classe in element.get("class", "").split() for classe in classes)
    ]
