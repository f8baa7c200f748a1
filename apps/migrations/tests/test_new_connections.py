"""Creating a connection of the target: chosen for a plan, with its password asked for in the paused task."""

from __future__ import annotations

import pytest
from django.apps import apps

from apps.migrations.models import Migration
from apps.migrations.services.planning import stored_plan
from apps.superset.assets import Kind
from apps.superset.tests.world import database_of
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended, run_all

pytestmark = pytest.mark.usefixtures("transactional_db")

PASSWORD = "tr0ub4dor&3/x"
PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"]}


@pytest.fixture
def staged(stage):
    uri = "postgresql://ada:XXXXXXXXXX@db.example:5432/sales"
    (document,) = stage.dev.documents[Kind.DATABASE].values()
    document["sqlalchemy_uri"] = uri
    return stage


def started(stage, action, **params):
    task = start_task(actor=stage.author, plugin="migrations", action=action, params=params, environment=stage.target)
    run_all()
    task.refresh_from_db()
    return task


def planned(stage) -> Migration:
    task = started(stage, "plan", **PLAN, connections=["examples"])
    assert task.state == TaskState.SUCCEEDED, task.error
    return Migration.objects.get(pk=task.result["migration"])


def asked_for(stage, migration):
    return started(stage, "apply", migration=migration.pk, checksum=migration.plans.last().checksum)


def everything_stored() -> str:
    """Of every row of every table, as text."""
    return "\n".join(str(row) for model in apps.get_models() for row in model._default_manager.values_list())


def test_the_run_pauses_for_the_password_and_uses_it_once(staged):
    migration = planned(staged)
    assert [each.secrets for each in stored_plan(migration).connections] == [("password",)]
    task = asked_for(staged, migration)
    (asked,) = open_pause(task).fields
    assert asked.kind == "secret"
    assert asked.title == "Password of the connection “examples” for prod"
    assert staged.prod.writes == []
    answer(actor=staged.author, task=task, answers={asked.name: PASSWORD})
    assert PASSWORD not in everything_stored()
    assert ended(task).state == TaskState.SUCCEEDED, task.error
    assert staged.prod.passwords[database_of(staged.dev)] == PASSWORD
    assert not task.pauses.filter(secrets__isnull=False).exists()
    assert PASSWORD not in everything_stored()


def test_a_wrong_password_is_a_clear_error_without_it_and_is_asked_for_again(staged):
    staged.prod.accepts = PASSWORD
    migration = planned(staged)
    task = asked_for(staged, migration)
    (asked,) = open_pause(task).fields
    answer(actor=staged.author, task=task, answers={asked.name: "wr0ng-one-indeed"})
    failed = ended(task)
    assert failed.state == TaskState.FAILED
    assert "authentication failed" in failed.error["sentence"]
    assert "Nothing was written." in failed.error["sentence"]
    assert "wr0ng-one-indeed" not in everything_stored()
    assert not staged.prod.documents[Kind.DATASET]
    again = asked_for(staged, migration)
    answer(actor=staged.author, task=again, answers={asked.name: PASSWORD})
    assert ended(again).state == TaskState.SUCCEEDED, again.error


def test_a_plan_that_lacks_the_mapping_offers_to_create_the_connection(staged):
    task = started(staged, "plan", **PLAN)
    (asked,) = open_pause(task).fields
    assert asked.choices[-1].value == "+create"
    assert asked.choices[-1].label == "Create the connection “examples” on prod"
    answer(actor=staged.author, task=task, answers={asked.name: "+create"})
    migration = Migration.objects.get(pk=ended(task).result["migration"])
    assert [each.name for each in stored_plan(migration).connections] == ["examples"]


def test_planning_again_creates_the_same_connections(staged):
    migration = planned(staged)
    staged.rename_in_dev("Newborns")
    again = started(staged, "plan", source="dev", target="prod", migration=migration.pk)
    assert again.state == TaskState.SUCCEEDED, again.error
    assert [each.name for each in stored_plan(migration).connections] == ["examples"]
    assert migration.plans.count() == 2


def test_a_rollback_removes_the_connection(staged):
    migration = planned(staged)
    task = asked_for(staged, migration)
    answer(actor=staged.author, task=task, answers={open_pause(task).fields[0].name: PASSWORD})
    assert ended(task).state == TaskState.SUCCEEDED, task.error
    undone = started(staged, "rollback", migration=migration.pk)
    assert undone.state == TaskState.SUCCEEDED, undone.error
    assert len(staged.prod.documents[Kind.DATABASE]) == 1


def test_a_database_that_the_source_does_not_have_is_refused(staged):
    task = started(staged, "plan", **PLAN, connections=["exmaples"])
    assert task.state == TaskState.FAILED
    assert "dev has no database exmaples" in task.error["sentence"]


def test_the_api_takes_the_choices(api, staged):
    answered = api.post("/api/v1/migrations/plan", {**PLAN, "connections": ["examples"], "prune": True})
    assert answered.status_code == 202, answered.content
    params = Task.objects.get().params
    assert (params["connections"], params["prune"]) == (["examples"], True)
