import apps.core.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Environment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(error_messages={'unique': 'Another environment has this name.'}, max_length=100, unique=True)),
                ('slug', models.SlugField(allow_unicode=True, error_messages={'unique': 'Another environment has this short name.'}, max_length=100, unique=True, verbose_name='short name')),
                ('url', models.CharField(error_messages={'unique': 'Another environment has this address.'}, max_length=500, unique=True, verbose_name='address')),
                ('tier', models.CharField(choices=[('dev', 'Dev'), ('test', 'Test'), ('stage', 'Stage'), ('prod', 'Prod'), ('other', 'Other')], default='other', max_length=10)),
                ('protected', models.BooleanField(default=False, help_text='changes need approval')),
                ('approvals_needed', models.PositiveSmallIntegerField(default=1, help_text='approvals needed for a change if the environment is protected', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)])),
                ('check_queries', models.BooleanField(default=False, help_text='after an apply, run each written chart\'s query for one row')),
                ('enabled', models.BooleanField(default=True)),
                ('username', models.CharField(blank=True, max_length=200)),
                ('provider', models.CharField(choices=[('db', 'Db'), ('ldap', 'Ldap'), ('token', 'Token')], default='db', max_length=10)),
                ('secret', apps.core.fields.EncryptedTextField()),
                ('ca_bundle', models.CharField(blank=True, help_text='PEM file with the certificates to trust', max_length=500)),
                ('release', models.CharField(blank=True, max_length=50)),
                ('last_contact', models.DateTimeField(null=True)),
                ('last_error', models.JSONField(null=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ProtectionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('environment_name', models.CharField(help_text='it may be removed by now', max_length=100)),
                ('removes', models.BooleanField(default=False)),
                ('before', models.JSONField(default=dict, help_text='what is to be changed, as it was')),
                ('after', models.JSONField(default=dict)),
                ('sign_in', models.JSONField(help_text='{username, provider} of the new sign-in, if there is one', null=True)),
                ('secret', apps.core.fields.EncryptedTextField(help_text='of the new sign-in, until it is decided', null=True)),
                ('reason', models.CharField(blank=True, max_length=1000)),
                ('requested', models.DateTimeField(auto_now_add=True)),
                ('expires', models.DateTimeField()),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('confirmed', 'Confirmed'), ('declined', 'Declined'), ('expired', 'Expired'), ('alone', 'done alone')], default='pending', max_length=10)),
                ('decided', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('environment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='protection_requests', to='environments.environment')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('environment',), name='one_pending_request_per_environment')],
            },
        ),
    ]
