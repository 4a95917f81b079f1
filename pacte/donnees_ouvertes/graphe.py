"""A graph of linked data as nested dictionaries, written as JSON-LD and as Turtle.

Keys and types are short names (« dcat:Dataset »), addresses are whole: the same tree is JSON-LD as
it stands, and Turtle once its nodes are laid out.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Noeud = dict[str, Any]


def texte(valeur: str) -> Noeud:
    """Return a text in French."""
    return {"@value": valeur, "@language": "fr"}


def valeur(contenu: str, genre: str) -> Noeud:
    """Return a value of a type, « xsd:date »."""
    return {"@value": contenu, "@type": genre}


def noeud(genre: str, adresse: str = "", **proprietes: Any) -> Noeud:
    """Return a node; `dct__title` is « dct:title », and what is unknown (None, []) is left out."""
    dit = {cle.replace("__", ":"): v for cle, v in proprietes.items() if v not in (None, [], "")}
    return {**({"@id": adresse} if adresse else {}), "@type": genre, **dit}


def en_jsonld(racine: Noeud) -> str:
    """Return the tree as JSON-LD, which carries its own prefixes."""
    return json.dumps({"@context": PREFIXES, **racine}, ensure_ascii=False, indent=1) + "\n"


def en_turtle(racine: Noeud) -> str:
    """Return the tree as Turtle: one paragraph a node that has an address."""
    prefixes = [f"@prefix {nom}: <{adresse}> ." for nom, adresse in PREFIXES.items()]
    # A node met twice is written once.
    paragraphes = dict.fromkeys(
        f"{_adresse(n['@id'])} {_proprietes(n)} ." for n in _nommes(racine) if len(n) > 1
    )
    return "\n".join(prefixes) + "\n\n" + "\n\n".join(paragraphes) + "\n"


def _nommes(objet: Any) -> Iterator[Noeud]:
    """Yield the nodes that have an address, the outer ones first."""
    if isinstance(objet, list):
        for element in objet:
            yield from _nommes(element)
    elif isinstance(objet, dict):
        if "@id" in objet:
            yield objet
        for dedans in objet.values():
            yield from _nommes(dedans)


def _proprietes(objet: Noeud) -> str:
    dites = [f"a {objet['@type']}"] if "@type" in objet else []
    for cle, dedans in objet.items():
        if not cle.startswith("@"):
            liste = dedans if isinstance(dedans, list) else [dedans]
            dites.append(f"{cle} {', '.join(map(_terme, liste))}")
    return " ;\n  ".join(dites)


def _terme(objet: Any) -> str:
    if isinstance(objet, str):
        return _chaine(objet)
    if "@value" in objet:
        langue, genre = objet.get("@language"), objet.get("@type")
        fin = f"@{langue}" if langue else f"^^{genre}" if genre else ""
        return f"{_chaine(objet['@value'])}{fin}"
    return _adresse(objet["@id"]) if "@id" in objet else f"[ {_proprietes(objet)} ]"


def _chaine(contenu: str) -> str:
    # The escapes of JSON are among those of Turtle.
    return json.dumps(contenu, ensure_ascii=False)


def _adresse(contenu: str) -> str:
    return f"<{quote(contenu, safe=':/?#@!$&()*+,;=~%')}>"
