from django.db import migrations

from apps.core.fields import bind_stored


def bind(apps, schema_editor):
    bind_stored(apps.get_model("environments", "Environment"), "secret", ("slug", "url"))


class Migration(migrations.Migration):
    """What was stored before secrets were bound to their rows."""

    dependencies = [("environments", "0002_approvals_needed")]

    operations = [migrations.RunPython(bind, migrations.RunPython.noop)]
