from django.db import migrations, models

from apps.audit import triggers
from apps.audit.upgrade import seal_anew


MARK = "that Lockstep wrote it: see `seals.py`"
PREVIOUS = "the hash of the one before"
SEALED = "when it got its place; never goes back"
GOES_ON = "of the entry with this number: where the chain goes on"


def unguard(apps, schema_editor):
    """SQLite loses the triggers with the tables that it rebuilds; PostgreSQL refuses to fill the new columns."""
    triggers.remove(schema_editor.connection)


def fill(apps, schema_editor):
    seal_anew(apps.get_model("audit", "AuditEntry"), apps.get_model("audit", "AuditCheckpoint"))


def text(length, **options):
    return models.CharField(max_length=length, editable=False, **options)


class Migration(migrations.Migration):
    """What was sealed without a key is sealed with it, once; the entry `audit.upgrade` tells what that was.

    The guard is off until the next one, which PostgreSQL wants in a transaction of its own.
    """

    dependencies = [("audit", "0005_next_number")]

    operations = [
        migrations.RunPython(unguard, migrations.RunPython.noop),
        migrations.AlterField("auditentry", "at", models.DateTimeField(db_index=True, editable=False)),
        migrations.AddField("auditentry", "nonce", text(32, null=True)),
        migrations.AddField("auditentry", "mark", text(80, default="", help_text=MARK), preserve_default=False),
        migrations.AddField("auditentry", "sealed_at", models.DateTimeField(null=True, editable=False, help_text=SEALED)),
        migrations.AlterField("auditentry", "previous", text(80, blank=True, help_text=PREVIOUS)),
        migrations.AlterField("auditentry", "hash", text(80, blank=True)),
        migrations.AlterField("auditcheckpoint", "hash", models.CharField(max_length=80, help_text=GOES_ON)),
        migrations.AddField("auditcheckpoint", "until", models.DateTimeField(null=True)),
        migrations.AddField("auditcheckpoint", "mark", text(80, default="", help_text=MARK), preserve_default=False),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
