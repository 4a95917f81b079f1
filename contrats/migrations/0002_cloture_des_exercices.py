import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pacte.socle.documents
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from contrats.migrations._declencheurs import GARDER_LES_EXERCICES_CLOS


class Migration(migrations.Migration):

    dependencies = [
        ('contrats', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalReouverture',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('statut', models.CharField(choices=[('demandee', 'en attente'), ('accordee', 'accordée'), ('refusee', 'refusée'), ('retiree', 'retirée')], default='demandee', editable=False, max_length=8)),
                ('deposee_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='déposée le')),
                ('accord_etat_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='accord de l’État le')),
                ('accord_etat_piece', models.TextField(blank=True, default='', max_length=100, validators=[django.core.validators.FileExtensionValidator(['pdf']), pacte.socle.documents.DocumentPdf()], verbose_name='accord écrit de l’État')),
                ('accord_departement_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='accord du Département le')),
                ('accord_departement_piece', models.TextField(blank=True, default='', max_length=100, validators=[django.core.validators.FileExtensionValidator(['pdf']), pacte.socle.documents.DocumentPdf()], verbose_name='accord écrit du Département')),
                ('refus_partie', models.CharField(blank=True, choices=[('etat', 'État'), ('departement', 'Département')], default='', editable=False, max_length=12, verbose_name='refusée par')),
                ('refus_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='refusée le')),
                ('motif_refus', models.TextField(blank=True, default='', editable=False, verbose_name='motif du refus')),
                ('raison', models.TextField(help_text='Ce que les deux parties lisent avant de décider, et que le journal garde.', max_length=1000, verbose_name='pourquoi le rouvrir')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical demande de réouverture',
                'verbose_name_plural': 'historical demandes de réouverture',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Reouverture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('statut', models.CharField(choices=[('demandee', 'en attente'), ('accordee', 'accordée'), ('refusee', 'refusée'), ('retiree', 'retirée')], default='demandee', editable=False, max_length=8)),
                ('deposee_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='déposée le')),
                ('accord_etat_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='accord de l’État le')),
                ('accord_etat_piece', models.FileField(blank=True, default='', upload_to='accords/', validators=[django.core.validators.FileExtensionValidator(['pdf']), pacte.socle.documents.DocumentPdf()], verbose_name='accord écrit de l’État')),
                ('accord_departement_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='accord du Département le')),
                ('accord_departement_piece', models.FileField(blank=True, default='', upload_to='accords/', validators=[django.core.validators.FileExtensionValidator(['pdf']), pacte.socle.documents.DocumentPdf()], verbose_name='accord écrit du Département')),
                ('refus_partie', models.CharField(blank=True, choices=[('etat', 'État'), ('departement', 'Département')], default='', editable=False, max_length=12, verbose_name='refusée par')),
                ('refus_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='refusée le')),
                ('motif_refus', models.TextField(blank=True, default='', editable=False, verbose_name='motif du refus')),
                ('raison', models.TextField(help_text='Ce que les deux parties lisent avant de décider, et que le journal garde.', max_length=1000, verbose_name='pourquoi le rouvrir')),
            ],
            options={
                'verbose_name': 'demande de réouverture',
                'verbose_name_plural': 'demandes de réouverture',
                'ordering': ['-deposee_le'],
                'abstract': False,
            },
        ),
        migrations.AlterModelOptions(
            name='exercice',
            options={'ordering': ['contrat__ordre', 'annee'], 'permissions': [('clore_exercice', 'Peut clore un exercice et demander sa réouverture')], 'verbose_name': 'exercice', 'verbose_name_plural': 'exercices'},
        ),
        migrations.AddField(
            model_name='exercice',
            name='clos_le',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='clos le'),
        ),
        migrations.AddField(
            model_name='exercice',
            name='rapport_remis_le',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='rapport remis le'),
        ),
        migrations.AddField(
            model_name='historicalexercice',
            name='clos_le',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='clos le'),
        ),
        migrations.AddField(
            model_name='historicalexercice',
            name='rapport_remis_le',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='rapport remis le'),
        ),
        migrations.AddConstraint(
            model_name='exercice',
            constraint=models.CheckConstraint(condition=models.Q(('clos_le__isnull', True), ('rapport_remis_le__isnull', False), _connector='OR'), name='exercice_clos_apres_rapport', violation_error_message='Un exercice se clôt une fois son rapport remis.'),
        ),
        migrations.AddField(
            model_name='historicalreouverture',
            name='accord_departement_par',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accord du Département par'),
        ),
        migrations.AddField(
            model_name='historicalreouverture',
            name='accord_etat_par',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accord de l’État par'),
        ),
        migrations.AddField(
            model_name='historicalreouverture',
            name='exercice',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contrats.exercice'),
        ),
        migrations.AddField(
            model_name='historicalreouverture',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalreouverture',
            name='refus_par',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='refus par'),
        ),
        migrations.AddField(
            model_name='reouverture',
            name='accord_departement_par',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accord du Département par'),
        ),
        migrations.AddField(
            model_name='reouverture',
            name='accord_etat_par',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accord de l’État par'),
        ),
        migrations.AddField(
            model_name='reouverture',
            name='exercice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reouvertures', to='contrats.exercice'),
        ),
        migrations.AddField(
            model_name='reouverture',
            name='refus_par',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='refus par'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accord_etat_le__isnull', True), ('accord_etat_par__isnull', True), ('accord_etat_piece', '')), models.Q(('accord_etat_le__isnull', False), ('accord_etat_par__isnull', False)), _connector='OR'), name='reouverture_accord_etat_entier', violation_error_message='Un accord a une date et un auteur.'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accord_departement_le__isnull', True), ('accord_departement_par__isnull', True), ('accord_departement_piece', '')), models.Q(('accord_departement_le__isnull', False), ('accord_departement_par__isnull', False)), _connector='OR'), name='reouverture_accord_departement_entier', violation_error_message='Un accord a une date et un auteur.'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('statut', 'accordee'), _negated=True), models.Q(('accord_departement_le__isnull', False), ('accord_etat_le__isnull', False)), _connector='OR'), name='reouverture_accordee_par_les_deux', violation_error_message='Il faut l’accord de l’État et celui du Département.'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(('accord_etat_par__isnull', True), ('accord_departement_par__isnull', True), models.Q(('accord_etat_par', models.F('accord_departement_par')), _negated=True), _connector='OR'), name='reouverture_deux_personnes', violation_error_message='Une même personne ne décide pas pour les deux parties.'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('motif_refus', ''), _negated=True), ('refus_le__isnull', False), ('refus_par__isnull', False), ('refus_partie__in', ['etat', 'departement']), ('statut', 'refusee')), models.Q(models.Q(('statut', 'refusee'), _negated=True), ('motif_refus', ''), ('refus_le__isnull', True), ('refus_par__isnull', True), ('refus_partie', '')), _connector='OR'), name='reouverture_refus_motive', violation_error_message='Un refus a un motif, une partie, une date et un auteur.'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.UniqueConstraint(condition=models.Q(('statut', 'demandee')), fields=('exercice',), name='reouverture_une_ouverte_par_exercice', violation_error_message='Une demande est déjà en cours pour cet exercice.'),
        ),
        # Last: what makes a table anew on SQLite would lose it.
        GARDER_LES_EXERCICES_CLOS,
    ]
