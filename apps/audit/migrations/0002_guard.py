from django.db import migrations

from apps.audit import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    """The database refuses changes of the audit: see `triggers.py`."""

    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
