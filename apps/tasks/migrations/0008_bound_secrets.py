from django.db import migrations

from apps.core.fields import bind_stored


def bind(apps, schema_editor):
    bind_stored(apps.get_model("tasks", "Pause"), "secrets", ("task_id",))


class Migration(migrations.Migration):
    """What was stored before secrets were bound to their rows."""

    dependencies = [("tasks", "0007_births")]

    operations = [migrations.RunPython(bind, migrations.RunPython.noop)]
