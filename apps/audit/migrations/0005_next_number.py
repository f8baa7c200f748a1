from django.db import migrations

from apps.audit import triggers


def install_anew(apps, schema_editor):
    """Where sealing could give an entry any number; what stands is not replaced by installing alone."""
    triggers.remove(schema_editor.connection)
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_no_replacing")]

    operations = [migrations.RunPython(install_anew, migrations.RunPython.noop)]
