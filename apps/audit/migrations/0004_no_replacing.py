from django.db import migrations

from apps.audit import triggers


def install(apps, schema_editor):
    """Where the tables were guarded before SQLite was kept from replacing a row."""
    if schema_editor.connection.vendor == "sqlite":
        triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_guard")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
