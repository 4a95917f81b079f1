"""The lines of a closed exercise are read, and no longer written by any door.

Money and values of a year that was reported: not one more, not one less, not one changed; and
their action stays in the contract that reported them, as does the volet of that action.
"""

from pacte.socle.declencheurs import Regle, declencher

# Table of the lines → how a line (NEW or OLD) finds its action.
LIGNES = {
    "actions_financement": "a.id = {ligne}.action_id",
    "actions_releve": (
        "a.id = (SELECT i.action_id FROM actions_indicateur i WHERE i.id = {ligne}.indicateur_id)"
    ),
}
EXERCICE = (
    "contrats_exercice e, contrats_volet v, actions_action a WHERE {action} "
    "AND v.id = a.volet_id AND e.contrat_id = v.contrat_id AND e.annee_id = {ligne}.annee_id"
)
ACTION_D_UN_AUTRE_CONTRAT = """
    OLD.volet_id <> NEW.volet_id
    AND (SELECT v.contrat_id FROM contrats_volet v WHERE v.id = OLD.volet_id)
     <> (SELECT v.contrat_id FROM contrats_volet v WHERE v.id = NEW.volet_id)
    AND EXISTS (
        SELECT 1 FROM contrats_exercice e, contrats_volet v
         WHERE v.id IN (OLD.volet_id, NEW.volet_id) AND e.contrat_id = v.contrat_id
           AND e.clos_le IS NOT NULL
           AND (EXISTS (SELECT 1 FROM actions_financement f
                         WHERE f.action_id = NEW.id AND f.annee_id = e.annee_id)
             OR EXISTS (SELECT 1 FROM actions_releve r, actions_indicateur i
                         WHERE i.action_id = NEW.id AND r.indicateur_id = i.id
                           AND r.annee_id = e.annee_id)))
"""
VOLET_D_UN_AUTRE_CONTRAT = """
    OLD.contrat_id <> NEW.contrat_id
    AND EXISTS (
        SELECT 1 FROM contrats_exercice e, actions_action a
         WHERE e.contrat_id IN (OLD.contrat_id, NEW.contrat_id) AND e.clos_le IS NOT NULL
           AND a.volet_id = NEW.id
           AND (EXISTS (SELECT 1 FROM actions_financement f
                         WHERE f.action_id = a.id AND f.annee_id = e.annee_id)
             OR EXISTS (SELECT 1 FROM actions_releve r, actions_indicateur i
                         WHERE i.action_id = a.id AND r.indicateur_id = i.id
                           AND r.annee_id = e.annee_id)))
"""


def _exercice(action: str, ligne: str) -> str:
    return EXERCICE.format(action=action.format(ligne=ligne), ligne=ligne)


def _est_clos(action: str, ligne: str) -> str:
    return f"EXISTS (SELECT 1 FROM {_exercice(action, ligne)} AND e.clos_le IS NOT NULL)"


def _regles():
    for table, action in LIGNES.items():
        nouvelle, ancienne = _est_clos(action, "NEW"), _est_clos(action, "OLD")
        attendre = {l: f"{_exercice(action, l)} FOR SHARE OF e" for l in ("NEW", "OLD")}
        yield Regle(f"{table}_clos_ajout", table, ["INSERT"], nouvelle, attendre["NEW"])
        yield Regle(
            f"{table}_clos_change", table, ["UPDATE"], f"{nouvelle} OR {ancienne}", attendre["NEW"]
        )
        yield Regle(f"{table}_clos_retrait", table, ["DELETE"], ancienne, attendre["OLD"])
    yield Regle("action_garde_son_contrat", "actions_action", ["UPDATE"], ACTION_D_UN_AUTRE_CONTRAT)
    yield Regle("volet_garde_son_contrat", "contrats_volet", ["UPDATE"], VOLET_D_UN_AUTRE_CONTRAT)


POSER = declencher(list(_regles()))
