"""What a frozen report tells is written once, of one exercise; a released one is never deleted."""

from pacte.socle.declencheurs import Regle, declencher

COLONNES = "contenu empreinte exercice_id edition est_un_retrait motif deposee_le".split()
CHANGE = " OR ".join(
    [
        *(f"OLD.{colonne} <> NEW.{colonne}" for colonne in COLONNES),
        # Neither knows how to compare what is unknown.
        "COALESCE(OLD.remplace_id, 0) <> COALESCE(NEW.remplace_id, 0)",
    ]
)

POSER = declencher(
    [
        Regle("rapport_fige", "pacte_rapportannuel", ["UPDATE"], CHANGE),
        Regle(
            "exercice_rapporte_reste",
            "contrats_exercice",
            ["UPDATE"],
            "(OLD.contrat_id <> NEW.contrat_id OR OLD.annee_id <> NEW.annee_id) AND EXISTS "
            "(SELECT 1 FROM pacte_rapportannuel r WHERE r.exercice_id = OLD.id)",
        ),
        Regle("rapport_paru_reste", "pacte_rapportannuel", ["DELETE"], "OLD.statut = 'accordee'"),
    ]
)
