"""A volet whose actions a closed exercise reported keeps its contract, as they do."""

from django.db import migrations

from pacte.socle.declencheurs import Regle, declencher

AUTRE_CONTRAT = """
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


class Migration(migrations.Migration):

    dependencies = [
        ("actions", "0008_constats_cherches"),
        ("contrats", "0002_cloture_des_exercices"),
    ]

    operations = [
        declencher(
            [Regle("volet_garde_son_contrat", "contrats_volet", ["UPDATE"], AUTRE_CONTRAT)]
        )
    ]
