"""Read the reference files and refuse them whole when one entry is wrong.

Nothing here touches the database: what is wrong inside the files is told from the files alone.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Anomalie:
    """Something wrong in a file: where, and why, in words for the person who wrote it."""

    fichier: str
    entree: str
    raison: str

    def __str__(self) -> str:
        return f"{self.fichier}, {self.entree} : {self.raison}"


class ReferentielInvalide(Exception):
    """The reference files hold anomalies; nothing was loaded."""

    def __init__(self, anomalies: list[Anomalie]):
        self.anomalies = anomalies
        super().__init__("\n".join(map(str, anomalies)))


@dataclass(frozen=True)
class Schema:
    """Keys of an entry with their type; a nested Schema means a list of such entries."""

    cle: str
    champs: dict[str, "type | Schema"]
    obligatoires: frozenset[str]
    unicite: tuple[str, ...]


def _schema(cle: str, obligatoires: dict, facultatifs=None, unicite=None) -> Schema:
    champs = {**obligatoires, **(facultatifs or {})}
    return Schema(cle, champs, frozenset(obligatoires), tuple(unicite or [cle]))


VOLET = _schema("axe", {"axe": int}, {"titre": str, "objectifs": list})
LIBELLE = _schema(
    "texte",
    {"source": str, "texte": str},
    {"officiel": bool, "partenaires_cites": list},
    unicite=["source", "texte"],
)
SCHEMAS = {
    "pacte.yaml": _schema(
        "nom",
        {
            "nom": str,
            "territoire": str,
            "dans_le_territoire": str,
            "du_territoire": str,
            "annee_debut": int,
            "annee_fin": int,
        },
        {
            "en_bref": str,
            "contractualisation": str,
            "presentation": str,
            "declinaison": str,
            "source": str,
            "liste_complete": bool,
        },
    ),
    "axes.yaml": _schema(
        "numero",
        {
            "numero": int,
            "titre": str,
            "libelle_officiel": str,
            "libelle_court": str,
            "etiquette": str,
        },
        {"presentation": str},
    ),
    "partenaires.yaml": _schema(
        "slug",
        {"slug": str, "nom": str, "nature": str},
        {
            "sigle": str,
            "article": str,
            "autres_noms": str,
            "partie": str,
            "siret": str,
            "rna": str,
            "site": str,
            "presentation": str,
            "mention": str,
        },
    ),
    "contrats.yaml": _schema(
        "slug",
        {"slug": str, "sigle": str, "nom": str, "volets": VOLET},
        {
            "autres_noms": str,
            "perimetre": str,
            "annuel": bool,
            "annee_debut": int,
            "annee_fin": int,
            "presentation": str,
            "ordre": int,
        },
    ),
    "sources.yaml": _schema("code", {"code": str, "titre": str}, {"ordre": int}),
    "publics.yaml": _schema("code", {"code": str, "nom": str}, {"ordre": int}),
    "territoires.yaml": _schema("code", {"code": str, "nom": str, "nature": str}, {"ordre": int}),
    "synonymes.yaml": _schema("terme", {"terme": str, "equivalent": str}),
    "actions.yaml": _schema(
        "code",
        {"code": str, "slug": str, "volet": str, "libelles": LIBELLE},
        {
            "titre": str,
            "objectif": int,
            "axe_a_confirmer": bool,
            "fusion_a_confirmer": bool,
            "partenaires_a_confirmer": bool,
            "publics": list,
            "territoires": list,
            "note_interne": str,
        },
    ),
}


def lire_referentiel(dossier: Path) -> dict[str, list[dict]]:
    """Return the entries of each file of `dossier`, by file name.

    Raises ReferentielInvalide with every anomaly found: file missing or unreadable, unknown or
    missing key, wrong type, duplicate, reference to something that no file declares.
    """
    anomalies: list[Anomalie] = []
    if not dossier.is_dir():
        raise ReferentielInvalide([Anomalie(str(dossier), "dossier", "il n’existe pas")])
    donnees = {nom: _lire_fichier(dossier / nom, anomalies) for nom in SCHEMAS}
    for nom, schema in SCHEMAS.items():
        _verifier_liste(nom, schema, donnees[nom], "", anomalies)
    if not anomalies:
        anomalies = list(_verifier_renvois(donnees))
    if anomalies:
        raise ReferentielInvalide(anomalies)
    return donnees


def _lire_fichier(chemin: Path, anomalies: list[Anomalie]) -> list[dict]:
    try:
        contenu = yaml.safe_load(chemin.read_text(encoding="utf-8"))
    except FileNotFoundError:
        anomalies.append(Anomalie(chemin.name, "fichier", "il manque dans le dossier"))
    except (yaml.YAMLError, UnicodeDecodeError) as erreur:
        anomalies.append(Anomalie(chemin.name, "fichier", f"illisible ({erreur})"))
    else:
        if isinstance(contenu, list):
            return contenu
        anomalies.append(Anomalie(chemin.name, "fichier", "une liste d’entrées est attendue"))
    return []


def _verifier_liste(fichier, schema, entrees, parent, anomalies) -> None:
    vues = set()
    for rang, entree in enumerate(entrees, start=1):
        if not isinstance(entree, dict):
            nom = f"{parent}entrée n° {rang}"
            anomalies.append(Anomalie(fichier, nom, "des clés et des valeurs sont attendues"))
            continue
        cle = entree.get(schema.cle)
        nom = parent + (f"« {cle} »" if cle not in (None, "") else f"entrée n° {rang}")
        unique = tuple(str(entree.get(c)) for c in schema.unicite)
        if cle is not None and unique in vues:
            en_double = " + ".join(schema.unicite)
            anomalies.append(Anomalie(fichier, nom, f"« {en_double} » en double"))
        vues.add(unique)
        _verifier_entree(fichier, schema, entree, nom, anomalies)


def _verifier_entree(fichier, schema, entree, nom, anomalies) -> None:
    def signaler(raison):
        anomalies.append(Anomalie(fichier, nom, raison))

    for cle in entree.keys() - schema.champs.keys():
        signaler(f"clé inconnue « {cle} » (connues : {', '.join(schema.champs)})")
    for cle in sorted(schema.obligatoires):
        if entree.get(cle) in (None, "", []):
            signaler(f"« {cle} » manque")
    for cle, valeur in entree.items():
        attendu = schema.champs.get(cle)
        if attendu is None or (valeur is None and cle in schema.obligatoires):
            continue
        type_attendu = list if isinstance(attendu, Schema) else attendu
        if type(valeur) is not type_attendu:
            signaler(f"« {cle} » vaut {valeur!r} : {NOMS_DE_TYPES[type_attendu]} est attendu")
        elif attendu is list and not all(isinstance(element, str) for element in valeur):
            signaler(f"« {cle} » vaut {valeur!r} : une liste de textes est attendue")
        elif isinstance(attendu, Schema):
            _verifier_liste(fichier, attendu, valeur, f"{nom}, {cle} ", anomalies)


NOMS_DE_TYPES = {str: "un texte", int: "un nombre entier", bool: "true ou false", list: "une liste"}


def _verifier_renvois(donnees):
    """Yield what refers to nothing; the files have the right shape by now."""
    connus = {nom: {e[SCHEMAS[nom].cle] for e in entrees} for nom, entrees in donnees.items()}
    volets = {}
    for contrat in donnees["contrats.yaml"]:
        for volet in contrat["volets"]:
            volets[f"{contrat['slug']}/{volet['axe']}"] = len(volet.get("objectifs") or [])
            if volet["axe"] not in connus["axes.yaml"]:
                yield Anomalie(
                    "contrats.yaml", f"« {contrat['slug']} »", f"l’axe {volet['axe']} n’existe pas"
                )
    textes = {}
    for action in donnees["actions.yaml"]:
        yield from _verifier_action(action, volets, connus)
        for libelle in action["libelles"]:
            cle = (libelle["source"], libelle["texte"])
            if textes.setdefault(cle, action["code"]) != action["code"]:
                raison = f"le libellé « {libelle['texte']} » est déjà celui de {textes[cle]}"
                yield Anomalie("actions.yaml", f"« {action['code']} »", raison)
    if len(donnees["pacte.yaml"]) != 1:
        yield Anomalie("pacte.yaml", "fichier", "un pacte, et un seul, est attendu")


def _verifier_action(action, volets, connus):
    def anomalie(raison):
        return Anomalie("actions.yaml", f"« {action['code']} »", raison)

    volet = action["volet"]
    if volet not in volets:
        contrat, _, axe = volet.partition("/")
        raison = (
            f"le contrat « {contrat} » n’a pas de volet sur l’axe {axe}"
            if contrat in connus["contrats.yaml"]
            else f"le volet « {volet} » ne s’écrit pas contrat/axe, ou son contrat n’existe pas"
        )
        yield anomalie(raison)
    elif not 0 < action.get("objectif", 1) <= max(volets[volet], 0 if "objectif" in action else 1):
        yield anomalie(f"le volet {volet} n’a pas d’objectif {action['objectif']}")
    if sum(bool(libelle.get("officiel")) for libelle in action["libelles"]) != 1:
        yield anomalie("un libellé officiel, et un seul, est attendu")
    renvois = [
        ("publics.yaml", action.get("publics") or []),
        ("territoires.yaml", action.get("territoires") or []),
        ("sources.yaml", [libelle["source"] for libelle in action["libelles"]]),
        (
            "partenaires.yaml",
            [p for libelle in action["libelles"] for p in libelle.get("partenaires_cites") or []],
        ),
    ]
    for fichier, codes in renvois:
        for code in codes:
            if code not in connus[fichier]:
                yield anomalie(f"« {code} » n’est pas déclaré dans {fichier}")
