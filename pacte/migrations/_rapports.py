"""What a frozen report tells is written once; a released one is never deleted."""

from pacte.socle.declencheurs import Regle, declencher

CHANGE = " OR ".join(
    f"OLD.{colonne} <> NEW.{colonne}"
    for colonne in ("contenu", "empreinte", "exercice_id", "edition", "est_un_retrait", "motif")
)

POSER = declencher(
    [
        Regle("rapport_fige", "pacte_rapportannuel", ["UPDATE"], CHANGE),
        Regle("rapport_paru_reste", "pacte_rapportannuel", ["DELETE"], "OLD.statut = 'accordee'"),
    ]
)
