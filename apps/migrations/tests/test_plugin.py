"""Migrations as tasks of a worker, and the commands that hand over to it."""

from __future__ import annotations

import json
import threading

import pytest
from django.core.exceptions import ValidationError

from apps.core.crypto.encryption import Secret
from apps.core.errors import LockstepError
from apps.environments.connections import signing_in_with
from apps.environments.models import Environment
from apps.migrations.models import Migration, Run
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.tests.factories import PAIR, Failing
from apps.superset.assets import Kind
from apps.superset.errors import ServerFault
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import cancel, start_task
from apps.tasks.tests.factories import ended, run_all
from apps.tasks.worker.cancellation import Stop

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
WORDS = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR, "--queue")


def test_plan_apply_and_rollback_are_tasks(stage, run):
    before = stage.state_of_prod()
    task = run("plan", **PLAN)
    migration = Migration.objects.get()
    record = migration.plans.get()
    assert task.result == {"migration": migration.pk, "checksum": record.checksum, "pending": True}
    assert (migration.author, migration.task) == (stage.author, task)
    whole = json.loads(record.document)
    assert json.loads(task.artifacts.get(name="whole.json").file.read()) == whole
    shown = json.loads(task.artifacts.get(name="plan.json").file.read())
    assert shown == {**whole, "checksum": record.checksum}

    task = run("apply", migration=migration.pk, checksum=record.checksum)
    applied = Run.objects.get()
    assert (task.state, task.result) == (TaskState.SUCCEEDED, {"migration": migration.pk, "run": applied.pk})
    assert (applied.task, applied.actor, applied.state) == (task, stage.author, "succeeded")
    assert [stage["name"] for stage in task.stages][:2] == ["preflight", "snapshot"]
    assert stage.state_of_prod() != before

    task = run("rollback", migration=migration.pk)
    assert (Run.objects.last().task, Run.objects.last().kind) == (task, "rollback")
    assert set(stage.prod.documents) == set(before[0])


def test_each_task_counts_as_contact_with_its_environments(stage, run):
    def contacted():
        names = set(Environment.objects.filter(last_contact__isnull=False).values_list("name", flat=True))
        Environment.objects.update(last_contact=None)
        return names

    run("plan", **PLAN)
    assert contacted() == {"dev", "prod"}
    migration = Migration.objects.get()
    run("apply", migration=migration.pk)
    assert contacted() == {"prod"}
    run("rollback", migration=migration.pk)
    assert contacted() == {"prod"}


def test_applying_what_is_already_applied_is_no_failure(stage, run):
    """It was queued, and somebody else was quicker."""
    migration = stage.plan()
    params = {"migration": migration.pk}
    facts = {"plugin": "migrations", "action": "apply", "params": params, "environment": stage.target}
    task = start_task(actor=stage.author, **facts)
    stage.apply(migration)
    task = ended(task)
    assert task.state == TaskState.SUCCEEDED
    assert task.result["run"] is None
    assert task.result["nothing_to_do"].endswith("has already been applied.")
    assert run("plan", **PLAN).result["migration"] is None


def test_a_plan_that_runs_again_finds_the_migration_it_made(stage, run):
    """Its process died after the plan was kept and before that was told."""
    task = run("plan", **PLAN)
    Task.objects.filter(pk=task.pk).update(state=TaskState.QUEUED, result=None)
    assert ended(task).result["migration"] == Migration.objects.get().pk


def test_a_refused_plan_says_what_helps(stage, run):
    """The connection of that name is of another engine: it is neither a counterpart nor overwritten."""
    (document,) = stage.prod.documents[Kind.DATABASE].values()
    document |= {"database_name": "examples", "backend": "mysql"}
    task = run("plan", source="dev", target="prod", dashboards=["births"])
    assert task.state == TaskState.FAILED
    assert "Map the databases when you plan" in task.error["sentence"]


class TestAPasswordThatCannotBeRead:
    """The key it was stored with is lost."""

    @pytest.fixture
    def lost(self, stage):
        Environment.objects.filter(pk=stage.target.pk).update(secret=Secret("no token of ours"))
        return stage

    def test_a_password_that_cannot_be_read_is_asked_for_and_used_once(self, lost, run):
        task = start_task(
            actor=lost.author, plugin="migrations", action="plan", params={**PLAN, "databases": []},
            environment=lost.target,
        )  # fmt: skip
        run_all()
        task.refresh_from_db()
        (asked,) = open_pause(task).fields
        assert (asked.name, asked.kind, asked.title) == ("password of prod", "secret", "Password of “robot” in prod")
        answer(actor=lost.author, task=task, answers={"password of prod": "sesame-opens"})
        run_all()
        task.refresh_from_db()
        assert [question.name for question in open_pause(task).fields] == ["examples"]  # and not the password again
        answer(actor=lost.author, task=task, answers={"examples": "warehouse"})
        assert ended(task).state == TaskState.SUCCEEDED, task.error
        assert lost.servers.arguments["prod"][1].password == "sesame-opens"
        assert not task.pauses.filter(secrets__isnull=False).exists()

    def test_a_command_that_applies_without_a_worker_asks_for_the_password(self, lost, manage):
        migration = TestAPasswordThatCannotBeRead.planned(lost)
        code, said, _ = manage("migration", "apply", migration.pk, "--yes")
        assert code == 2
        assert "--secret-file 'password of prod'=FILE" in said
        assert Task.objects.get().state == TaskState.AWAITING_INPUT

    @staticmethod
    def planned(stage):
        with signing_in_with({stage.target.pk: "sesame-opens"}):
            return stage.plan()


def test_a_run_that_was_cancelled_half_way_is_interrupted_and_says_how_to_undo_it(stage, run, monkeypatch):
    migration, seen, original = stage.plan(), threading.Event(), Stop.cancel

    def see(stop, by):
        original(stop, by)
        seen.set()

    def cancelled_meanwhile(endpoint, bundle):
        FakeSuperset.import_bundle(stage.prod, endpoint, bundle)
        assert not cancel(actor=stage.author, task=Task.objects.get(action="apply"))
        assert seen.wait(10)

    monkeypatch.setattr(Stop, "cancel", see)
    monkeypatch.setattr(stage.prod, "import_bundle", cancelled_meanwhile)
    task = run("apply", migration=migration.pk)
    found = Run.objects.get()
    assert (task.state, found.state) == (TaskState.CANCELLED, "interrupted")
    assert found.written is not None
    assert len(found.written) == len(json.loads(migration.plans.get().document)["changes"])
    assert "Roll back to undo." in task.error["sentence"]
    assert allowed_actions(stage.author, migration)["rollback"].allowed
    monkeypatch.undo()
    stage.servers.install(monkeypatch)
    assert run("rollback", migration=migration.pk).state == TaskState.SUCCEEDED


def test_a_run_that_fails_fails_its_task_and_shows_what_was_written(stage, run):
    migration = stage.plan()
    stage.prod.__class__ = Failing
    task = run("apply", migration=migration.pk)
    assert (task.state, Run.objects.get().state) == (TaskState.FAILED, "failed")
    assert task.error["context"]["written"]


def test_only_the_environment_that_is_written_to_can_be_locked_for_it(stage, run):
    migration = stage.plan()
    with pytest.raises(LockstepError, match=r"migrations\.apply works on “prod”: start it there"):
        run("apply", environment=stage.source, migration=migration.pk)
    assert not Task.objects.exists()


def test_parameters_are_checked_before_anything_is_queued(stage, run):
    with pytest.raises(ValidationError, match="whole number"):
        run("apply", migration="seven")
    assert not Task.objects.exists()


def test_queued_commands_answer_as_those_without_a_worker(stage, manage, worker):
    code, said, told = manage(*WORDS)
    migration = Migration.objects.get()
    assert code == 2
    assert "USA Births Names" in said
    assert said.endswith(f"To apply it: lockstep migration apply {migration.pk} --yes\n")
    assert told.startswith(f"Task {migration.task_id} is queued")
    assert "listing the assets of dev and prod" in told

    code, said, _ = manage("migration", "apply", migration.pk, "--yes", "--queue")
    assert (code, said.startswith(f"Applied migration {migration.pk} on “prod”: ")) == (0, True)
    again = manage("migration", "apply", migration.pk, "--yes", "--queue")[:2]
    assert again == (0, f"Nothing to do. Migration {migration.pk} has already been applied.\n")
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
