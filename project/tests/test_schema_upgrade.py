"""A database of before the application: it is upgraded with all that is in it, which is shown all the same."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.migrations.models import PlannedAsset, PlanRecord
from apps.migrations.tests.factories import BIRTHS
from apps.tasks.models import TaskLine
from apps.users.models import User
from conftest import api_of

BEFORE = [
    ("migrations", "0002_dismissal"),
    ("catalogue", "0001_initial"),
    ("tasks", "0002_dismissal"),
    ("users", "0001_initial"),
]
API = "/api/v1"

pytestmark = pytest.mark.usefixtures("transactional_db")


def migrate(targets=None):
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())


@pytest.fixture
def upgraded(world):
    """With a plan that was applied, a later one that is damaged, and one of a format that nobody reads."""
    applied = world.migration
    world.stage.apply(applied)
    plans = []
    for title in ("Damaged", "Of another format"):
        world.stage.rename_in_dev(title)
        plans.append(world.stage.plan().plans.get())
    TaskLine.objects.create(task=world.task, seq=1000, text="an old line", level="error")
    task = world.planning
    try:
        migrate(BEFORE)
        with connection.cursor() as cursor:
            for plan, text in zip(plans, ("{", json.dumps({"format": 0})), strict=True):
                cursor.execute("UPDATE migrations_planrecord SET document = %s WHERE id = %s", [text, plan.pk])
    finally:
        migrate()
    return world, applied, plans, task


def test_plans_tasks_and_catalogues_of_before_are_shown(upgraded):
    world, applied, plans, task = upgraded
    api = api_of(User.objects.get(pk=world.author.pk))
    kept = PlanRecord.objects.get(pk=applied.plans.get().pk)
    assert (kept.summary["dashboards"], kept.annex, kept.before) == (1, "", None)
    assert PlannedAsset.objects.filter(plan=kept, uuid=BIRTHS.uuid, action="create").exists()
    assert [PlanRecord.objects.get(pk=plan.pk).summary for plan in plans] == [None, None]

    for path in (
        *("session", "activity", "environments", "tasks", "migrations", "search?q=births", "mappings", "pairings"),
        *(f"migrations/{applied.pk}{rest}" for rest in ("", "/overview", "/overview?include=unchanged", "/changes")),
        *(f"migrations/{applied.pk}{rest}" for rest in ("/plan.md", "/rollback/preview")),
        f"migrations/{applied.pk}/changes/{BIRTHS.uuid}/raw",
        *(f"tasks/{task.pk}{rest}" for rest in ("", "/plan", "/changes", "/plan.md", "/lines")),
        *(f"tasks/{world.task.pk}{rest}" for rest in ("", "/lines")),
        *(f"environments/dev/matrix?kind={kind}" for kind in ("dashboard", "chart", "dataset")),
        "environments/dev/assets",
        "environments/dev/assets/chart/00000000-0000-0000-0000-000000000003",
    ):
        answer = api.get(f"{API}/{path}", headers={"accept-language": "ru"})
        assert answer.status_code == 200, (path, answer.content)
    (chart,) = api.get(f"{API}/environments/dev/matrix?kind=chart").json()["rows"]
    assert chart["elsewhere"]["prod"]["state"] == "unknown"
    (row,) = api.get(f"{API}/migrations", {"asset": BIRTHS.uuid}).json()["results"]
    assert (row["id"], row["counts"]["create"]) == (applied.pk, kept.summary["counts"]["create"])


def test_plans_that_cannot_be_read_are_listed_and_said_to_be_damaged(upgraded):
    world, _applied, plans, _task = upgraded
    api = api_of(User.objects.get(pk=world.author.pk))
    rows = {row["id"]: row for row in api.get(f"{API}/migrations").json()["results"]}
    for plan in plans:
        assert rows[plan.migration_id]["counts"] is None
        for rest in ("overview", "changes", "plan.md"):
            answer = api.get(f"{API}/migrations/{plan.migration_id}/{rest}")
            assert (answer.status_code, answer.json()["code"]) == (500, "damaged"), rest
