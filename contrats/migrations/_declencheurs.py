"""What a constraint of one row cannot say: who may sign is told by another table.

An organisation that asked to take part signs after both parties agreed, by no other door. Whoever
signed the same contract already keeps doing so, and the two parties always do: a request, which
anybody may write in their name, takes nothing from them. Two triggers say it, a third keeps a signed
deed in its contract, a fourth a closed exercise in the base.
"""

from pacte.socle.declencheurs import Regle, declencher

PAS_D_ACCORD = """
    EXISTS (SELECT 1 FROM partenaires_partenaire p
             WHERE p.id = NEW.partenaire_id AND p.est_candidat)
    OR (EXISTS (SELECT 1 FROM contrats_adhesion d, partenaires_partenaire p
                 WHERE d.partenaire_id = NEW.partenaire_id AND d.statut <> 'retiree'
                   AND p.id = NEW.partenaire_id AND p.partie = '')
        AND NOT EXISTS (
            SELECT 1 FROM contrats_adhesion d, contrats_acte a
             WHERE d.partenaire_id = NEW.partenaire_id AND d.statut = 'accordee'
               AND a.id = NEW.acte_id AND (a.contrat_id IS NULL OR a.contrat_id = d.contrat_id))
        AND NOT EXISTS (
            SELECT 1 FROM contrats_signature s, contrats_acte b, contrats_acte a
             WHERE s.partenaire_id = NEW.partenaire_id AND b.id = s.acte_id
               AND a.id = NEW.acte_id AND (a.contrat_id IS NULL OR a.contrat_id = b.contrat_id)))
"""
PAS_ADMIS = """
    OLD.est_candidat AND NOT NEW.est_candidat
    AND NOT EXISTS (SELECT 1 FROM contrats_adhesion d
                     WHERE d.partenaire_id = NEW.id AND d.statut = 'accordee')
"""
DEJA_SIGNE = """
    COALESCE(OLD.contrat_id, 0) <> COALESCE(NEW.contrat_id, 0)
    AND EXISTS (SELECT 1 FROM contrats_signature s WHERE s.acte_id = NEW.id)
"""
POSER = declencher(
    [
        Regle(
            "signature_apres_accord",
            "contrats_signature",
            ["INSERT", "UPDATE OF acte_id, partenaire_id"],
            PAS_D_ACCORD,
        ),
        Regle("partenaire_admis_par_les_deux", "partenaires_partenaire", ["UPDATE"], PAS_ADMIS),
        Regle("acte_signe_garde_son_contrat", "contrats_acte", ["UPDATE"], DEJA_SIGNE),
        # An exercise that was closed keeps its lines shut: it is reopened, not deleted.
        Regle("exercice_clos_reste", "contrats_exercice", ["DELETE"], "OLD.clos_le IS NOT NULL"),
    ]
)
