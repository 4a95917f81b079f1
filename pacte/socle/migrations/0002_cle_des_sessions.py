import pacte.socle.models
from django.db import migrations, models


def donner_les_cles(apps, schema_editor):
    """Each account its own key, and none to those that are closed."""
    comptes = apps.get_model("socle", "Utilisateur").objects
    comptes.filter(is_active=False).update(cle_des_sessions="")
    for compte in comptes.filter(is_active=True):
        compte.cle_des_sessions = pacte.socle.models.nouvelle_cle()
        compte.save(update_fields=["cle_des_sessions"])


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('socle', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='utilisateur',
            name='cle_des_sessions',
            field=models.CharField(blank=True, default=pacte.socle.models.nouvelle_cle, editable=False, max_length=22),
        ),
        migrations.RunPython(donner_les_cles, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='utilisateur',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cle_des_sessions__gt', ''), ('is_active', True)), models.Q(('cle_des_sessions', ''), ('is_active', False)), _connector='OR'), name='utilisateur_ferme_sans_cle', violation_error_message='Un compte fermé n’a plus de session, même rouvert.'),
        ),
    ]
