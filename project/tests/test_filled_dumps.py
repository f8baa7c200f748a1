"""Databases of released versions, kept as archives with rows in every table: this version restores them, migrates them
forward, and shows what is in them. `rig/filled_dump.py` writes one with each release."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from apps.core.files import StoredFile
from apps.environments.models import Environment
from apps.instance.archive import Archive
from apps.instance.schema import TRANSIENT
from apps.instance.services.restore import restore
from apps.migrations.models import Migration, PlanRecord
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from conftest import api_of

DUMPS = sorted((Path(__file__).parent / "dumps").glob("*.tar"))
LARGEST = 200_000
API = "/api/v1"


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def archive(request):
    with Archive(request.param) as found:
        yield found


def test_there_is_a_dump_of_a_released_version():
    assert DUMPS


def test_each_dump_is_small_and_has_rows_in_every_table(archive):
    assert archive.size < LARGEST
    rows = archive.manifest.tables
    assert [table for table in rows if not rows[table] and table not in TRANSIENT] == []


@pytest.mark.usefixtures("transactional_db", "alone")
def test_a_database_of_then_is_migrated_and_shown(archive):
    done = restore(archive)

    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert done.audit.faults == []
    assert ["closed entries" in doubt for doubt in done.audit.doubts] == [True]  # their file is not in an archive
    assert (done.settled.lost, done.settled.cancelled) == (1, 1)
    for table, rows in archive.manifest.tables.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            assert cursor.fetchone()[0] >= rows, table
    for plan in PlanRecord.objects.all():
        assert StoredFile(plan.bundle_path, plan.bundle_sha256).read()
    assert Environment.objects.get(slug="prod").secret.reveal()
    _is_shown(Migration.objects.earliest("pk"), Task.objects.filter(state=TaskState.SUCCEEDED).earliest("pk"))


def _is_shown(migration: Migration, task: Task) -> None:
    api = api_of(User.objects.get(username="author"))
    for path in (
        *("session", "activity", "environments", "tasks", "migrations", "mappings", "pairings", "schedules", "audit"),
        *(f"migrations/{migration.pk}{rest}" for rest in ("", "/overview", "/changes", "/plan.md")),
        f"migrations/{migration.pk}/rollback/preview",
        *(f"tasks/{task.pk}{rest}" for rest in ("", "/lines")),
        "environments/dev/matrix?kind=chart",
    ):
        answer = api.get(f"{API}/{path}")
        assert answer.status_code == 200, (path, answer.content)
    assert api.get(f"{API}/tasks/{task.pk}/lines").json()["lines"]


# --- Schema migrations that cannot be taken back ----------------------------------------------------------------------


def irreversible(migration) -> bool:
    return not all(operation.reversible for operation in migration.operations)


def test_a_schema_migration_that_cannot_be_taken_back_says_so():
    """In its docstring, with the word: who goes back then needs the backup."""
    ours = {
        key: migration
        for key, migration in MigrationLoader(None).disk_migrations.items()
        if type(migration).__module__.startswith("apps.")
    }
    assert len(ours) > 15
    cannot = [each for each in ours.values() if irreversible(each)]
    assert [str(each) for each in cannot if "irreversible" not in (type(each).__doc__ or "")] == []
    # A restore makes the tables in one transaction
    assert [key for key, each in ours.items() if not each.atomic] == []


def test_what_cannot_be_taken_back_is_noticed():
    class Careless(migrations.Migration):
        operations: ClassVar = [migrations.RunPython(lambda *_: None)]

    assert irreversible(Careless("0001_careless", "audit"))
