"""The words of actions and of their wordings, indexed where the database can."""

from django.db import migrations

from pacte.socle.mots import indexer_les_mots, savoir_decouper


class Migration(migrations.Migration):
    dependencies = [("actions", "0010_index_des_listes")]

    operations = [
        savoir_decouper(),
        indexer_les_mots("action_mots", "actions_action", "cle_titre", "cle_texte"),
        indexer_les_mots("libelle_mots", "actions_libelle", "cle_texte"),
    ]
