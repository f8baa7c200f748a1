from django.db import migrations

from apps.core.fields import bind_stored


def bind(apps, schema_editor):
    bind_stored(apps.get_model("plugins", "PluginRecord"), "secrets", ("slug", "settings"))


class Migration(migrations.Migration):
    """What was stored before secrets were bound to their rows."""

    dependencies = [("plugins", "0002_settings")]

    operations = [migrations.RunPython(bind, migrations.RunPython.noop)]
