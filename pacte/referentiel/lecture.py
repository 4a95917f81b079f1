"""Read the reference files and refuse them whole when one entry is wrong.

Nothing here touches the database: what is wrong inside the files is told from the files alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from django.db import models

from actions.champs import ACTION
from actions.models import Besoin, Public, Source, Territoire
from axes.models import Axe
from contrats.models import Contrat, Pacte
from pacte.socle.champs import Champ, Declaration
from pacte.socle.models import Synonyme
from partenaires.champs import PARTENAIRE

# An entry of a file: key → value, both as YAML reads them.
Entree = dict[str, Any]


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

    def __init__(self, anomalies: list[Anomalie]) -> None:
        self.anomalies = anomalies
        super().__init__("\n".join(map(str, anomalies)))


@dataclass(frozen=True)
class Schema:
    """Keys of an entry with their type; a nested Schema means a list of such entries."""

    cle: str
    champs: dict[str, "type | Schema"]
    obligatoires: frozenset[str]
    unicite: tuple[str, ...]


def _du_modele(
    modele: type[models.Model],
    cle: str,
    noms: str,
    en_plus: dict[str, "type | Schema"] | None = None,
) -> Schema:
    """Return the schema of a table: its fields `noms`, typed and required as in the model.

    `en_plus` has what no field holds, and is required.
    """
    declaration = Declaration(modele, [Champ(nom, ecrit=True) for nom in noms.split()])
    schema, autres = _de_la_declaration(declaration, cle), en_plus or {}
    return replace(
        schema, champs=schema.champs | autres, obligatoires=schema.obligatoires | autres.keys()
    )


def _de_la_declaration(
    declaration: Declaration, cle: str, *, unicite: str = "", sauf: str = ""
) -> Schema:
    """Return the schema of a noun whose fields are declared; `sauf` may be left out."""
    champs = {
        nom: _de_la_declaration(ecrit, "texte", unicite="source texte")
        if isinstance(ecrit, Declaration)
        else ecrit
        for nom, ecrit in declaration.ecritures().items()
    }
    obligatoires = frozenset(declaration.obligatoires() - {sauf})
    return Schema(cle, champs, obligatoires, tuple(unicite.split() or [cle]))


def _des_actions() -> Schema:
    """Return the schema of actions: what is public of them, and the note that is not.

    The official wording is the title, unless the file gives a shorter one.
    """
    schema = _de_la_declaration(ACTION, "code", sauf="titre")
    return replace(schema, champs={**schema.champs, "note_interne": str})


def schemas() -> dict[str, Schema]:
    """Return the schema of each file, from the models and from what the nouns declare."""
    volet: dict[str, type | Schema] = {"axe": int, "titre": str, "objectifs": list}
    volets = Schema("axe", volet, frozenset({"axe"}), ("axe",))
    return {
        "pacte.yaml": _du_modele(
            Pacte,
            "nom",
            "nom territoire dans_le_territoire du_territoire annee_debut annee_fin en_bref "
            "contractualisation presentation declinaison source liste_complete",
        ),
        "axes.yaml": _du_modele(
            Axe, "numero", "numero titre libelle_officiel libelle_court etiquette presentation"
        ),
        "partenaires.yaml": _de_la_declaration(PARTENAIRE, "slug"),
        "contrats.yaml": _du_modele(
            Contrat,
            "slug",
            "slug sigle nom autres_noms perimetre annuel annee_debut annee_fin presentation ordre",
            {"volets": volets},
        ),
        "sources.yaml": _du_modele(Source, "code", "code titre ordre"),
        "besoins.yaml": _du_modele(Besoin, "code", "code nom ordre a_confirmer"),
        "publics.yaml": _du_modele(Public, "code", "code nom ordre"),
        "territoires.yaml": _du_modele(Territoire, "code", "code nom nature ordre"),
        "synonymes.yaml": _du_modele(Synonyme, "terme", "terme equivalent"),
        "actions.yaml": _des_actions(),
    }


def lire_referentiel(dossier: Path) -> dict[str, list[Entree]]:
    """Return the entries of each file of `dossier`, by file name.

    Raises ReferentielInvalide with every anomaly found: file missing or unreadable, unknown or
    missing key, wrong type, duplicate, reference to something that no file declares.
    """
    anomalies: list[Anomalie] = []
    if not dossier.is_dir():
        raise ReferentielInvalide([Anomalie(str(dossier), "dossier", "il n’existe pas")])
    attendus = schemas()
    donnees = {nom: _lire_fichier(dossier / nom, anomalies) for nom in attendus}
    for nom, schema in attendus.items():
        _verifier_liste(nom, schema, donnees[nom], "", anomalies)
    if not anomalies:
        anomalies = list(_verifier_renvois(donnees, attendus))
    if anomalies:
        raise ReferentielInvalide(anomalies)
    return donnees


def _lire_fichier(chemin: Path, anomalies: list[Anomalie]) -> list[Entree]:
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


def _verifier_liste(
    fichier: str, schema: Schema, entrees: list[Any], parent: str, anomalies: list[Anomalie]
) -> None:
    vues: set[tuple[str, ...]] = set()
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


def _verifier_entree(
    fichier: str, schema: Schema, entree: Entree, nom: str, anomalies: list[Anomalie]
) -> None:
    def signaler(raison: str) -> None:
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
        est_du_type = type(valeur) is type_attendu
        if not est_du_type:
            signaler(f"« {cle} » vaut {valeur!r} : {NOMS_DE_TYPES[type_attendu]} est attendu")
        elif attendu is list and not all(isinstance(element, str) for element in valeur):
            signaler(f"« {cle} » vaut {valeur!r} : une liste de textes est attendue")
        elif isinstance(attendu, Schema):
            _verifier_liste(fichier, attendu, valeur, f"{nom}, {cle} ", anomalies)


NOMS_DE_TYPES = {str: "un texte", int: "un nombre entier", bool: "true ou false", list: "une liste"}


def _verifier_renvois(
    donnees: dict[str, list[Entree]], attendus: dict[str, Schema]
) -> Iterator[Anomalie]:
    """Yield what refers to nothing; the files have the right shape by now."""
    connus = {nom: {e[attendus[nom].cle] for e in entrees} for nom, entrees in donnees.items()}
    volets: dict[str, int] = {}
    for contrat in donnees["contrats.yaml"]:
        for volet in contrat["volets"]:
            volets[f"{contrat['slug']}/{volet['axe']}"] = len(volet.get("objectifs") or [])
            if volet["axe"] not in connus["axes.yaml"]:
                yield Anomalie(
                    "contrats.yaml", f"« {contrat['slug']} »", f"l’axe {volet['axe']} n’existe pas"
                )
    textes: dict[tuple[str, str], str] = {}
    for action in donnees["actions.yaml"]:
        yield from _verifier_action(action, volets, connus)
        for libelle in action["libelles"]:
            cle = (libelle["source"], libelle["texte"])
            if textes.setdefault(cle, action["code"]) != action["code"]:
                raison = f"le libellé « {libelle['texte']} » est déjà celui de {textes[cle]}"
                yield Anomalie("actions.yaml", f"« {action['code']} »", raison)
    if len(donnees["pacte.yaml"]) != 1:
        yield Anomalie("pacte.yaml", "fichier", "un pacte, et un seul, est attendu")


def _verifier_action(
    action: Entree, volets: dict[str, int], connus: dict[str, set[Any]]
) -> Iterator[Anomalie]:
    def anomalie(raison: str) -> Anomalie:
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
        ("besoins.yaml", action.get("besoins") or []),
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
