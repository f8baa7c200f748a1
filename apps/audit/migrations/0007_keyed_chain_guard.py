from django.db import migrations, models

from apps.audit import triggers


def install(apps, schema_editor):
    triggers.remove(schema_editor.connection)
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_keyed_chain")]

    operations = [
        migrations.AlterField(
            "auditentry",
            "nonce",
            models.CharField(max_length=32, unique=True, editable=False, help_text="makes each entry one of its own"),
        ),
        migrations.AlterField("auditcheckpoint", "until", models.DateTimeField(help_text="when the last of them was sealed")),
        migrations.RunPython(install, remove),
    ]
