from django.db import migrations, models


def keep_what_tasks_read(apps, schema_editor) -> None:
    """Tasks from before: which environment they read beside the one that they work on."""
    environment = apps.get_model("environments", "Environment")
    task = apps.get_model("tasks", "Task")
    named = {name.casefold(): each for each in environment.objects.all() for name in (each.slug, each.name)}
    sources = {each.pk: each.source for each in apps.get_model("migrations", "Migration").objects.select_related("source")}
    for each in task.objects.filter(plugin="migrations", reads=None, reads_name="").iterator():
        source = sources.get(each.params.get("migration")) or named.get(str(each.params.get("source", "")).casefold())
        if source is not None:
            each.reads, each.reads_name = source, source.name
            each.save(update_fields=["reads", "reads_name"])


class Migration(migrations.Migration):
    dependencies = [
        ("migrations", "0006_writes"),
        ("tasks", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="planrecord",
            name="source_url",
            field=models.CharField(blank=True, help_text="address that was read; empty: not known", max_length=500),
        ),
        migrations.AddField(
            model_name="planrecord",
            name="target_url",
            field=models.CharField(blank=True, help_text="address that it was made for", max_length=500),
        ),
        migrations.RunPython(keep_what_tasks_read, migrations.RunPython.noop, elidable=True),
    ]
