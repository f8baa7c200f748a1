import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('environments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CatalogueSync',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started', models.DateTimeField()),
                ('finished', models.DateTimeField(null=True)),
                ('listed_whole', models.DateTimeField(help_text='when every list was last read to its end', null=True)),
                ('error', models.JSONField(help_text='{kind, sentence, at …} of the last one, if it failed', null=True)),
                ('counts', models.JSONField(default=dict, help_text='{kind: number}')),
                ('environment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='catalogue_sync', to='environments.environment')),
            ],
        ),
        migrations.CreateModel(
            name='AssetPairing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('dataset', 'Dataset'), ('chart', 'Chart'), ('dashboard', 'Dashboard')], max_length=20)),
                ('source_uuid', models.UUIDField()),
                ('source_name', models.CharField(max_length=500)),
                ('target_uuid', models.UUIDField()),
                ('target_name', models.CharField(max_length=500)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('confirmed_at', models.DateTimeField(auto_now=True)),
                ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='environments.environment')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='environments.environment')),
            ],
            options={
                'verbose_name': 'pairing',
                'ordering': ['kind', 'source_name'],
                'constraints': [models.UniqueConstraint(fields=('source', 'target', 'kind', 'source_uuid'), name='one_pairing_per_source'), models.UniqueConstraint(fields=('source', 'target', 'kind', 'target_uuid'), name='one_pairing_per_target')],
            },
        ),
        migrations.CreateModel(
            name='CatalogueAsset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('database', 'Database'), ('dataset', 'Dataset'), ('chart', 'Chart'), ('dashboard', 'Dashboard')], max_length=20)),
                ('uuid', models.UUIDField()),
                ('asset_id', models.PositiveIntegerField(help_text='the number it has in its Superset')),
                ('name', models.CharField(max_length=500)),
                ('slug', models.CharField(blank=True, max_length=255)),
                ('status', models.CharField(blank=True, choices=[('published', 'Published'), ('draft', 'Draft')], help_text='of a dashboard', max_length=20)),
                ('owners', models.JSONField(default=list, help_text='[full name …]')),
                ('tags', models.JSONField(default=list, help_text='[name …], those that people gave')),
                ('database_uuid', models.UUIDField(help_text='of a dataset: its connection', null=True)),
                ('backend', models.CharField(blank=True, help_text='of a connection: its engine', max_length=100)),
                ('changed_on', models.DateTimeField(help_text='null for connections: their lists have no time zone', null=True)),
                ('version', models.CharField(blank=True, help_text="the server's own word for when it changed", max_length=40)),
                ('content_hash', models.CharField(blank=True, max_length=64)),
                ('hashed_version', models.CharField(max_length=40, null=True)),
                ('hashed_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(help_text='when a list last brought something new of it')),
                ('environment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assets', to='environments.environment')),
            ],
            options={
                'verbose_name': 'asset',
                'ordering': ['kind', 'name'],
                'indexes': [models.Index(fields=['environment', 'kind', 'name'], name='asset_by_name'), models.Index(fields=['environment', 'kind', 'asset_id'], name='asset_by_number'), models.Index(fields=['environment', 'kind', '-changed_on'], name='asset_by_change')],
                'constraints': [models.UniqueConstraint(fields=('environment', 'kind', 'uuid'), name='one_row_per_asset')],
            },
        ),
        migrations.CreateModel(
            name='DatabaseMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_uuid', models.UUIDField()),
                ('source_name', models.CharField(max_length=250)),
                ('target_uuid', models.UUIDField()),
                ('target_name', models.CharField(max_length=250)),
                ('confirmed_at', models.DateTimeField(auto_now=True)),
                ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='environments.environment')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='environments.environment')),
            ],
            options={
                'ordering': ['source_name'],
                'constraints': [models.UniqueConstraint(fields=('source', 'target', 'source_uuid'), name='one_mapping_per_database')],
            },
        ),
    ]
