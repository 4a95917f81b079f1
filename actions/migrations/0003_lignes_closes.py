from django.db import migrations

from actions.migrations._cloture import POSER


class Migration(migrations.Migration):

    dependencies = [
        ('actions', '0002_point_etape_corrige_ou_retire'),
        ('contrats', '0002_cloture_des_exercices'),
    ]

    operations = [POSER]
