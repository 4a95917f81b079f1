"""Findings are searched: each stores the stems of its words, those already there included."""

from typing import Any

from django.db import migrations

import pacte.socle.texte


def indexer(apps: Any, schema_editor: Any) -> None:
    for constat in apps.get_model("actions", "Constat").objects.all():
        constat.save(update_fields=["cle_texte"])


class Migration(migrations.Migration):
    dependencies = [("actions", "0007_besoins")]

    operations = [
        migrations.AddField(
            model_name="constat",
            name="cle_texte",
            field=pacte.socle.texte.CleDeRechercheField(sources=("enonce", "source")),
        ),
        migrations.RunPython(indexer, migrations.RunPython.noop),
    ]
