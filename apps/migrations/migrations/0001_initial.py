import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('environments', '0001_initial'),
        ('tasks', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Migration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200)),
                ('selection', models.JSONField(help_text='{names: [id, UUID or slug …], everything: bool}')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('planned', 'Planned'), ('submitted', 'Submitted'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('withdrawn', 'Withdrawn')], default='draft', max_length=20)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='environments.environment')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='environments.environment')),
                ('task', models.OneToOneField(help_text='the one that planned it, if a worker did', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tasks.task')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='PlanRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('document', models.TextField()),
                ('checksum', models.CharField(max_length=64)),
                ('bundle_path', models.CharField(max_length=200)),
                ('bundle_sha256', models.CharField(max_length=64)),
                ('source_url', models.CharField(blank=True, help_text='address that was read; empty: not known', max_length=500)),
                ('target_url', models.CharField(blank=True, help_text='address that it was made for', max_length=500)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(help_text='who planned; null: the author', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('migration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='migrations.migration')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('submit', 'Submit'), ('approve', 'Approve'), ('reject', 'Reject'), ('withdraw', 'Withdraw'), ('comment', 'Comment'), ('return', 'Return'), ('release', 'Release')], max_length=20)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('note', models.TextField(blank=True)),
                ('checksum', models.CharField(max_length=64)),
                ('needed', models.PositiveSmallIntegerField(help_text='of a submission: how many approvals it took then; 0: the target was not protected', null=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('migration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='migrations.migration')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='migrations.planrecord')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('apply', 'Apply'), ('rollback', 'Rollback')], max_length=20)),
                ('state', models.CharField(choices=[('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('interrupted', 'Interrupted'), ('open', 'Open')], default='running', max_length=20)),
                ('started', models.DateTimeField(auto_now_add=True)),
                ('finished', models.DateTimeField(null=True)),
                ('host', models.CharField(max_length=255)),
                ('pid', models.PositiveIntegerField()),
                ('born', models.PositiveBigIntegerField(help_text='start of that process: numbers are given again', null=True)),
                ('heartbeat', models.DateTimeField()),
                ('snapshot_path', models.CharField(blank=True, max_length=200)),
                ('snapshot_sha256', models.CharField(blank=True, max_length=64)),
                ('result', models.JSONField(null=True)),
                ('error', models.JSONField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('migration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='migrations.migration')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='migrations.planrecord')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='environments.environment')),
                ('task', models.ForeignKey(help_text='the one that it is a part of, if a worker did it', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tasks.task')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Write',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(help_text='import, repair, update or delete', max_length=20)),
                ('keys', models.JSONField(help_text='of the assets that it is about')),
                ('state', models.CharField(choices=[('intended', 'Intended'), ('sent', 'Sent'), ('written', 'Written'), ('refused', 'Refused'), ('absent', 'Absent')], default='intended', max_length=20)),
                ('intended_at', models.DateTimeField(auto_now_add=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('looked_at', models.DateTimeField(help_text='when the clock last had it looked up', null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='writes', to='migrations.run')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='planrecord',
            constraint=models.UniqueConstraint(fields=('migration', 'number'), name='plan_number'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ('approve', 'reject'))), fields=('plan', 'actor'), name='one_judgement_of_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('target',), name='one_running_run_per_target'),
        ),
    ]
