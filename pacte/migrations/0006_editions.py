"""Whatever readers may see has an edition, which changes with it."""

from django.db import migrations

from pacte.migrations._editions import CREER_LA_TABLE, suivre

TABLES = [
    "socle_entreejournal",
    "socle_synonyme",
    "axes_axe",
    "partenaires_partenaire",
    "contrats_contrat",
    "contrats_volet",
    "contrats_objectif",
    "contrats_acte",
    "contrats_signature",
    "contrats_adhesion",
    "contrats_pacte",
    "contrats_annee",
    "contrats_exercice",
    "actions_besoin",
    "actions_public",
    "actions_territoire",
    "actions_contribution",
    "actions_financement",
    "actions_indicateur",
    "actions_releve",
    "actions_jalon",
    "actions_pointetape",
    "actions_source",
    "actions_libelle_partenaires_cites",
    "actions_libelle",
    "actions_action_besoins",
    "actions_action_publics",
    "actions_action_territoires",
    "actions_action",
    "actions_constat_territoires",
    "actions_constat_publics",
    "actions_constat_actions",
    "actions_constat",
    "actions_inscription",
    "actions_subvention",
    "pacte_comite",
    "pacte_decision_actions",
    "pacte_decision",
    "pacte_rapportannuel",
    "pacte_motdepartie",
]


class Migration(migrations.Migration):
    dependencies = [
        ("socle", "0003_courrier"),
        ("axes", "0001_initial"),
        ("partenaires", "0002_modifications_preparees"),
        ("contrats", "0002_cloture_des_exercices"),
        ("actions", "0010_index_des_listes"),
        ("pacte", "0005_message_une_fois"),
    ]

    operations = [CREER_LA_TABLE, suivre(TABLES)]
