"""A frozen report as a text to read: the same blocks on the page, in the PDF and in the ODT.

What it tells comes from what was frozen; headings, order and the name of the publisher are today's.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.text import capfirst
from django.utils.timezone import localtime

from actions.models.argent import GROUPES, NOMS_DES_MESURES
from pacte.rapports.faits import TOUS, Faits
from pacte.rapports.models import RapportAnnuel
from pacte.socle.courriels import adresse_complete
from pacte.socle.double_accord import DE_LA_PARTIE, Partie
from pacte.socle.editeur import editeur
from pacte.socle.montants import euros
from pacte.socle.papier.blocs import (
    Bloc,
    Ecrit,
    Encadre,
    Entete,
    Grille,
    Lien,
    Liste,
    Paragraphe,
    Reperes,
    Titre,
)
from pacte.socle.typographie import INCONNU, date_fr, pluriel

# Changes that a text tells; the annexes tell all.
AU_PLUS = 100
Lignes = Iterable[tuple[str, str | None]]


def raconter(rapport: RapportAnnuel, *, detail: bool = True) -> Ecrit:
    """Return `rapport` as a text, dated of the day when it was frozen.

    Without `detail`, what is told of each action is left to `detailler`: a page is not a book.
    """
    fige_le = localtime(rapport.fige_le)
    adresse = adresse_complete(rapport.get_absolute_url())
    return Ecrit(
        titre=nommer(rapport.faits),
        sous_titre=_sous_titre(rapport),
        auteur=editeur().organisme,
        le=rapport.fige_le,
        pied=f"{adresse} – chiffres du {date_fr(fige_le)} – empreinte {rapport.empreinte[:12]}…",
        blocs=tuple(_blocs(rapport, detail)),
    )


def detailler(rapport: RapportAnnuel, action: Faits) -> list[Bloc]:
    """Return what `rapport` tells of one of its actions."""
    dits = rapport.faits
    return [*_avertir(rapport, dits), *_dire_l_action(action, _par_cle(dits))]


def nommer(dits: Faits) -> str:
    """Return the title of a report, in the names of the day when it was frozen."""
    return f"Rapport d’exécution {dits['exercice']['annee']} – {dits['contrat']['nom']}"


def _sous_titre(rapport: RapportAnnuel) -> str:
    edition = f"édition {rapport.edition}, " if rapport.edition > 1 else ""
    return capfirst(f"{edition}ce que l’on savait le {date_fr(localtime(rapport.fige_le))}")


def _blocs(rapport: RapportAnnuel, detail: bool) -> Iterator[Bloc]:
    dits = rapport.faits
    yield from _avertir(rapport, dits)
    if not rapport.est_un_retrait:
        yield from _reperes(dits)
        for mot in dits["mots"]:
            yield Titre(f"Le mot {DE_LA_PARTIE[Partie(mot['partie'])]}")
            yield from (Paragraphe(texte) for texte in _paragraphes(mot["texte"]))
        yield from _avancement(dits)
        yield from _argent(dits)
        yield from _changements(dits)
        yield from _actions(dits) if detail else ()
        yield from _signatures(dits)
        yield from _manques(dits)
    yield from _verifier(rapport)


def _avertir(rapport: RapportAnnuel, dits: Faits) -> Iterator[Bloc]:
    if dits["avertissement"]:
        yield Encadre(f"{dits['avertissement']}.")
    if rapport.est_en_attente:
        yield Encadre(
            "Projet de rapport : il ne paraît qu’avec l’accord de l’État et celui du Département."
        )
    elif not rapport.est_accordee:
        yield Encadre(f"Ce rapport n’a pas paru : sa parution est {rapport.get_statut_display()}.")
    if dits["remplace"]:
        verbe = "Retire" if rapport.est_un_retrait else "Remplace"
        yield Encadre(f"{verbe} l’édition {dits['remplace']['edition']} : {dits['motif']}")


def _reperes(dits: Faits) -> Iterator[Bloc]:
    exercice = dits["exercice"]
    yield Reperes(
        tuple(
            _connus(
                [
                    ("Contrat", f"{dits['contrat']['nom']} ({dits['contrat']['sigle']})"),
                    ("Exercice", str(exercice["annee"])),
                    ("Plafond de l’État", _euros(exercice["plafond_etat"])),
                    ("Rapport attendu avant le", _jour(exercice["rapport_avant_le"])),
                ]
            )
        )
    )


def _avancement(dits: Faits) -> Iterator[Bloc]:
    comptes = [c for c in dits["chiffres"] if c["cle"].startswith("statut/") and c["valeur"]]
    yield Titre("Où en sont les actions")
    if not dits["actions"]:
        yield Paragraphe("Aucune action de ce contrat n’est publiée.")
        return
    yield Paragraphe(f"Le contrat compte {pluriel(len(dits['actions']), 'action')}.")
    yield Liste(tuple(f"{c['texte']} : {c['nom']}" for c in comptes))


def _argent(dits: Faits) -> Iterator[Bloc]:
    """The totals of each party; a cell says « au moins » when an amount is missing."""
    chiffres = _par_cle(dits)
    groupes = [(partie or "autres", nom) for partie, nom in GROUPES.items()]
    yield Titre("L’argent de l’année")
    yield Grille(
        f"Montants {dits['exercice']['annee']} par financeur, en euros",
        (Entete("Financeur", 2), *(Entete(nom, 2, True) for nom in NOMS_DES_MESURES.values())),
        tuple(
            (nom, *(chiffres[f"argent/{cle}/{mesure}"]["texte"] for mesure in NOMS_DES_MESURES))
            for cle, nom in [*groupes, ("tous", TOUS)]
        ),
    )
    parites = [c for c in dits["chiffres"] if c["cle"].startswith("parite/")]
    if parites:
        yield Titre("Parité entre l’État et le Département", 3)
        yield Liste(tuple(f"{c['nom']} : {c['texte']}" for c in parites))


def _changements(dits: Faits) -> Iterator[Bloc]:
    precedent = dits["precedent"]
    if not precedent:
        return
    yield Titre(f"Ce qui a changé depuis {_nommer_le_precedent(dits)}")
    if not dits["changements"]:
        yield Paragraphe("Aucun chiffre n’a changé.")
        return
    yield Grille(
        "Chiffre par chiffre",
        (Entete("Chiffre", 3), Entete("Avant", 2), Entete("Dans ce rapport", 2)),
        tuple((c["libelle"], c["avant"], c["apres"]) for c in dits["changements"][:AU_PLUS]),
    )
    autres = len(dits["changements"]) - AU_PLUS
    if autres > 0:
        yield Paragraphe(f"Et {pluriel(autres, 'autre')}, dans les annexes.")


def _nommer_le_precedent(dits: Faits) -> str:
    precedent = dits["precedent"]
    if precedent["annee"] == dits["exercice"]["annee"]:
        return f"l’édition {precedent['edition']}"
    return f"le rapport {precedent['annee']}"


def _actions(dits: Faits) -> Iterator[Bloc]:
    if dits["actions"]:
        yield Titre("Les actions, une par une")
    par_axe = groupby(dits["actions"], key=lambda action: action["axe"]["numero"])
    chiffres = _par_cle(dits)
    for numero, groupe in par_axe:
        actions = list(groupe)
        yield Titre(f"Axe {numero} – {actions[0]['axe']['titre']}", 3)
        for action in actions:
            yield Titre(f"{action['code']} – {action['titre']}", 4)
            yield from _dire_l_action(action, chiffres)


def _par_cle(dits: Faits) -> dict[str, Any]:
    return {chiffre["cle"]: chiffre for chiffre in dits["chiffres"]}


def _dire_l_action(action: Faits, chiffres: dict[str, Any]) -> Iterator[Bloc]:
    yield Reperes(tuple(_connus(_dits_de(action, chiffres))))
    yield from _point(action["point"])
    if action["jalons"]:
        yield Liste(tuple(map(_jalon, action["jalons"])))
    if action["indicateurs"]:
        yield _indicateurs(action)
    yield Lien("La fiche de l’action, à jour", action["adresse"])


def _dits_de(action: Faits, chiffres: dict[str, Any]) -> Lignes:
    avancement = " : ".join(filter(None, [action["statut"], action["motif"]]))
    yield "Avancement", avancement
    yield "Objectif", action["objectif"]
    for contribution in action["contributions"]:
        yield f"{contribution['qui']} ({contribution['role']})", contribution["texte"]
    yield "Pour qui", ", ".join(action["publics"])
    yield "Où", ", ".join(action["territoires"])
    yield "Début prévu", _jour(action["debut_prevu"])
    yield "Fin prévue", _jour(action["fin_prevue"])
    textes = {
        nom.lower(): chiffres[f"action/{action['code']}/{mesure}"]["texte"]
        for mesure, nom in NOMS_DES_MESURES.items()
    }
    if set(textes.values()) == {INCONNU}:
        yield "Argent de l’année", INCONNU
    else:
        yield "Argent de l’année", " ; ".join(f"{nom} {texte}" for nom, texte in textes.items())


def _point(point: Faits | None) -> Iterator[Bloc]:
    if not point:
        yield Paragraphe("Aucun point d’étape n’est publié.")
        return
    yield Paragraphe(f"Dernier point d’étape, le {_jour(point['le'])}.")
    for nom, cle in (("Fait", "fait"), ("À venir", "a_venir"), ("Difficultés", "difficultes")):
        if point[cle]:
            yield Paragraphe(f"{nom} : {point[cle]}")


def _jalon(jalon: Faits) -> str:
    atteint = f"atteint le {_jour(jalon['atteint_le'])}" if jalon["atteint_le"] else "à atteindre"
    return f"{jalon['libelle']} : prévu le {_jour(jalon['prevu_le'])}, {atteint}"


def _indicateurs(action: Faits) -> Grille:
    return Grille(
        f"Indicateurs de {action['code']}",
        (Entete("Indicateur", 3), *(Entete(n, 1, True) for n in ("Départ", "Cible", "Mesuré"))),
        tuple(
            (
                f"{i['libelle']} ({i['unite']})",
                i["depart"] or INCONNU,
                i["cible"] or INCONNU,
                f"{i['mesure'] or INCONNU}{' (provisoire)' if i['est_provisoire'] else ''}",
            )
            for i in action["indicateurs"]
        ),
    )


def _signatures(dits: Faits) -> Iterator[Bloc]:
    yield Titre("Qui a signé le contrat")
    if not dits["signatures"]:
        yield Paragraphe("Aucune signature n’est enregistrée.")
        return
    yield Grille(
        "Signatures",
        (Entete("Signataire", 2), Entete("Acte", 2), Entete("Signé le")),
        tuple((s["qui"], s["acte"], _jour(s["le"]) or INCONNU) for s in dits["signatures"]),
    )


def _manques(dits: Faits) -> Iterator[Bloc]:
    yield Titre("Ce qui manque à ce rapport")
    if not dits["manques"]:
        yield Paragraphe("Rien de ce qui est attendu ne manque.")
        return
    yield Grille(
        "Ce que personne n’avait saisi ce jour-là",
        (Entete("Ce qui manque", 3), Entete("À saisir par", 2), Entete("Actions", 1, True)),
        tuple((m["quoi"], m["qui"], str(m["actions"])) for m in dits["manques"]),
    )


def _verifier(rapport: RapportAnnuel) -> Iterator[Bloc]:
    if rapport.pk is None:
        return
    yield Titre("Vérifier ce rapport")
    yield Paragraphe(
        "Ce rapport ne change plus. Son fichier de données a pour empreinte SHA-256 :\n"
        f"{rapport.empreinte}"
    )
    if rapport.est_accordee:
        yield Lien("Le fichier de données (JSON)", adresse_complete(rapport.adresse_de("json")))


def _connus(lignes: Lignes) -> Iterator[tuple[str, str]]:
    return ((nom, valeur) for nom, valeur in lignes if valeur)


def _paragraphes(texte: str) -> list[str]:
    return [p.strip() for p in texte.replace("\r\n", "\n").split("\n\n") if p.strip()]


def _jour(iso: str | None) -> str:
    """Return a frozen day as it is read, "" when unknown."""
    return date_fr(date.fromisoformat(iso)) if iso else ""


def _euros(montant: float | None) -> str:
    return INCONNU if montant is None else euros(Decimal(str(montant)))
