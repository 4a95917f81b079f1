import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contrats", "0005_exemples_neutres"),
    ]

    operations = [
        migrations.AddField(
            model_name="adhesion",
            name="apres",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suivantes",
                to="contrats.adhesion",
                verbose_name="après la demande",
            ),
        ),
        migrations.AddField(
            model_name="historicaladhesion",
            name="apres",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="contrats.adhesion",
                verbose_name="après la demande",
            ),
        ),
        migrations.RemoveConstraint(model_name="adhesion", name="adhesion_une_ouverte_par_contrat"),
        migrations.AddConstraint(
            model_name="adhesion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("apres__isnull", True), ("statut", "demandee")),
                fields=("partenaire", "contrat"),
                name="adhesion_une_ouverte_par_contrat",
                violation_error_message="Une demande est déjà en cours pour cette organisation et "
                "ce contrat.",
            ),
        ),
    ]
