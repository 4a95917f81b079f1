"""One spelling of an address, so that whoever types it otherwise is found."""

from django.db import migrations
from django.db.models.functions import Lower


def mettre_en_minuscules(apps, schema_editor):
    apps.get_model("socle", "Utilisateur").objects.update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [("socle", "0003_decisions_et_rappels")]

    operations = [migrations.RunPython(mettre_en_minuscules, migrations.RunPython.noop)]
