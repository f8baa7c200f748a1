"""Migrations as tasks of a worker, and the commands that hand over to it."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from apps.migrations import plugin
from apps.migrations.models import Migration, Run
from apps.migrations.tests.factories import PAIR, Failing
from apps.superset.errors import ServerFault
from apps.tasks import services
from apps.tasks.models import Task, TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended, run_all

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
WORDS = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR, "--queue")


@pytest.fixture
def run(stage):
    def run(action, environment=stage.target, **params):
        return ended(
            start_task(actor=stage.author, plugin="migrations", action=action, params=params, environment=environment)
        )

    return run


@pytest.fixture
def worker(monkeypatch):
    """One that takes the task as soon as somebody waits for it."""
    monkeypatch.setattr(services.time, "sleep", lambda seconds: None)

    def work_first():
        run_all()
        return True

    monkeypatch.setattr("apps.tasks.commands.worker_is_alive", work_first)


def test_plan_apply_and_rollback_are_tasks(stage, run):
    before = stage.state_of_prod()
    task = run("plan", **PLAN)
    migration = Migration.objects.get()
    record = migration.plans.get()
    assert task.result == {"migration": migration.pk, "checksum": record.checksum, "pending": True}
    assert (migration.author, migration.task) == (stage.author, task)
    assert json.loads(task.artifacts.get(name="plan.json").file.read()) == json.loads(record.document)

    task = run("apply", migration=migration.pk, checksum=record.checksum)
    applied = Run.objects.get()
    assert (task.state, task.result) == (TaskState.SUCCEEDED, {"migration": migration.pk, "run": applied.pk})
    assert (applied.task, applied.actor, applied.state) == (task, stage.author, "succeeded")
    assert [stage["name"] for stage in task.stages][:2] == ["preflight", "snapshot"]
    assert stage.state_of_prod() != before

    task = run("rollback", migration=migration.pk)
    assert (Run.objects.last().task, Run.objects.last().kind) == (task, "rollback")
    assert set(stage.prod.documents) == set(before[0])


def test_what_is_so_already_is_no_failure(stage, run):
    migration = stage.plan()
    stage.apply(migration)
    task = run("apply", migration=migration.pk)
    assert task.state == TaskState.SUCCEEDED
    assert task.result["run"] is None
    assert task.result["nothing_to_do"].endswith("has been applied already.")
    assert run("plan", **PLAN).result["migration"] is None


def test_a_plan_that_runs_again_finds_the_migration_it_made(stage, run):
    """Its process died after the plan was kept and before that was told."""
    task = run("plan", **PLAN)
    Task.objects.filter(pk=task.pk).update(state=TaskState.QUEUED, result=None)
    assert ended(task).result["migration"] == Migration.objects.get().pk


def test_a_refused_plan_names_the_commands_that_help(stage, run):
    task = run("plan", source="dev", target="prod", dashboards=["births"])
    assert task.state == TaskState.FAILED
    assert "`manage.py mapping suggest dev prod`" in task.error["sentence"]


def test_a_run_that_fails_fails_its_task_and_tells_what_was_written(stage, run):
    migration = stage.plan()
    stage.prod.__class__ = Failing
    task = run("apply", migration=migration.pk)
    assert (task.state, Run.objects.get().state) == (TaskState.FAILED, "failed")
    assert task.error["context"]["written"]


def test_only_the_environment_that_is_written_to_can_be_locked_for_it(stage, run):
    migration = stage.plan()
    task = run("apply", environment=stage.source, migration=migration.pk)
    assert task.error["sentence"].endswith("writes to “prod”: start it for that environment.")
    assert not Run.objects.exists()


def test_writing_holds_the_lock_and_is_never_repeated_planning_is_free():
    actions = {action.slug: (action.writes, action.repeatable) for action in plugin.plugin.actions}
    assert actions == {"plan": (False, True), "apply": (True, False), "rollback": (True, False)}


def test_parameters_are_checked_before_anything_is_queued(stage, run):
    with pytest.raises(ValidationError, match="whole number"):
        run("apply", migration="seven")
    assert not Task.objects.exists()


def test_queued_commands_answer_as_those_without_a_worker(stage, manage, worker):
    code, said, told = manage(*WORDS)
    migration = Migration.objects.get()
    assert code == 2
    assert "USA Births Names" in said
    assert said.endswith(f"To apply it: manage.py migration apply {migration.pk} --yes\n")
    assert told.startswith(f"Task {migration.task_id} is queued")
    assert "reading what there is in dev and prod" in told

    code, said, _ = manage("migration", "apply", migration.pk, "--yes", "--queue")
    assert (code, said.startswith(f"Applied migration {migration.pk} on “prod”: ")) == (0, True)
    again = manage("migration", "apply", migration.pk, "--yes", "--queue")[:2]
    assert again == (0, f"Nothing to do: Migration {migration.pk} has been applied already.\n")
    assert "Nothing to do" in manage(*WORDS)[1]

    code, said, _ = manage("migration", "rollback", migration.pk, "--yes", "--queue")
    assert (code, said.startswith(f"Rolled back migration {migration.pk} on “prod”: ")) == (0, True)
    assert Run.objects.exclude(task=None).count() == 2


def test_a_queued_command_whose_task_fails_ends_with_1(stage, manage, worker, monkeypatch):
    stage.servers.servers["dev"] = ServerFault("it broke", environment="dev")
    code, said, told = manage(*WORDS)
    assert code == 1
    assert "dev: it broke. See Superset's own log for the cause." in said
    assert "failed" in said
    assert "dev: it broke" in told


def test_without_yes_nothing_is_queued(stage, manage):
    migration = stage.plan()
    assert manage("migration", "apply", migration.pk, "--queue")[0] == 2
    assert not Task.objects.exists()
