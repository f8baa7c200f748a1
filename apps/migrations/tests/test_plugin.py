"""Migrations as tasks of a worker, and the commands that hand over to it."""

from __future__ import annotations

import io
import json
import threading

import pytest
from django.core.exceptions import ValidationError

from apps.catalogue.models import DatabaseMapping
from apps.core.crypto.encryption import Secret
from apps.core.errors import LockstepError, Refused
from apps.core.tests.pages import Pages
from apps.environments.connections import signing_in_with
from apps.environments.models import Environment
from apps.migrations.models import Migration, Run
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.services.approval import approve, submit
from apps.migrations.services.planning import get_migration
from apps.migrations.services.queueing import queue_replan
from apps.migrations.tests.factories import PAIR, Failing
from apps.migrations.tests.people import make_person
from apps.superset.assets import Kind
from apps.superset.errors import ServerFault
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks import services
from apps.tasks.management import follow
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import cancel, start_task
from apps.tasks.tests.factories import ended, run_all
from apps.tasks.worker.cancellation import Stop

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

    monkeypatch.setattr("apps.tasks.management.follow.worker_is_alive", work_first)


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
    """To map to something, prod would need a connection of the same engine first."""
    stage.prod.documents[Kind.DATABASE].clear()
    task = run("plan", source="dev", target="prod", dashboards=["births"])
    assert task.state == TaskState.FAILED
    assert "Map the databases when you plan" in task.error["sentence"]


class TestAMissingMapping:
    @pytest.fixture
    def waiting(self, stage):
        task = start_task(
            actor=stage.author,
            plugin="migrations",
            action="plan",
            params={**PLAN, "databases": []},
            environment=stage.target,
        )
        run_all()
        task.refresh_from_db()
        return task

    @pytest.mark.parametrize("planned", ["first", "anew"])
    def test_who_answers_has_a_hand_in_the_plan(self, waiting, stage, planned):
        stage.target.protected = True
        stage.target.save()
        chooser, other = (make_person(stage.author, name, "administrator") for name in ("chooser", "other"))
        answer(actor=chooser, task=waiting, answers={"examples": "warehouse"})
        migration = get_migration(ended(waiting).result["migration"])
        if planned == "anew":  # with the same databases
            ended(queue_replan(actor=stage.author, migration=migration, allow_many=True))
            migration.refresh_from_db()
        submit(actor=stage.author, migration=migration)
        checksum = migration.plans.last().checksum
        with pytest.raises(Refused, match="Somebody else has to decide"):
            approve(actor=chooser, migration=migration, checksum=checksum)
        assert not Migration.objects.waiting_for(chooser).exists()
        assert Migration.objects.waiting_for(other).get() == migration
        approve(actor=other, migration=migration, checksum=checksum)

    def test_pauses_the_plan_which_asks_for_it_with_ranked_choices(self, waiting):
        assert waiting.state == TaskState.AWAITING_INPUT
        (asked,) = open_pause(waiting).fields
        assert (asked.name, asked.kind, asked.title) == ("examples", "mapping", "Database of prod for “examples”")
        assert [choice.label for choice in asked.choices] == ["warehouse"]
        assert waiting.lines.last().text == "Waiting for an answer: Database of prod for “examples”"

    def test_the_form_of_the_question_selects_nothing_where_no_name_is_alike(self, stage, waiting):
        """As the command, which says that no name is similar."""
        page = Pages(stage.author).see(f"tasks/task/{waiting.pk}/change/")
        assert '<option value="">Choose one</option>' in page
        assert "warehouse</option>" in page.replace(" (names", "</option>")
        assert " selected" not in page[page.index("<select") : page.index("</select>")]

    def test_the_form_of_the_question_selects_what_a_plan_would_suggest(self, stage):
        (database,) = stage.prod.documents[Kind.DATABASE].values()
        database["database_name"] = "examples (prod)"
        task = start_task(
            actor=stage.author,
            plugin="migrations",
            action="plan",
            params={**PLAN, "databases": []},
            environment=stage.target,
        )
        run_all()
        task.refresh_from_db()
        page = Pages(stage.author).see(f"tasks/task/{task.pk}/change/")
        assert f'<option value="{open_pause(task).fields[0].suggested}" selected>examples (prod)' in page

    def test_the_answer_lets_it_go_on_and_is_kept_as_the_mapping(self, stage, waiting, viewer):
        answer(actor=stage.author, task=waiting, answers={"examples": "warehouse"})
        task = ended(waiting)
        assert task.state == TaskState.SUCCEEDED, task.error
        assert Migration.objects.get().task == task
        mapping = DatabaseMapping.objects.get()
        assert (mapping.source_name, mapping.target_name, mapping.confirmed_by) == (
            "examples",
            "warehouse",
            stage.author,
        )
        assert [stage["name"] for stage in task.stages] == ["read", "keep"]
        assert "mapped as answered" in " ".join(line.text for line in task.lines.all())

    def test_an_answer_that_is_no_choice_is_refused(self, stage, waiting):
        with pytest.raises(ValidationError, match="not one of the choices: warehouse"):
            answer(actor=stage.author, task=waiting, answers={"examples": "lake"})
        waiting.refresh_from_db()
        assert waiting.state == TaskState.AWAITING_INPUT

    def test_a_plan_that_asks_for_a_mapping_blocks_no_other_task(self, stage, waiting, run):
        assert run("plan", **PLAN).state == TaskState.SUCCEEDED

    def test_a_person_who_follows_is_asked_at_the_terminal(self, stage, manage, worker, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal("lake\n1\n"))
        worked = follow_and_work(monkeypatch)
        code, said, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births", "--queue")
        assert (code, worked) == (2, [True])
        assert "USA Births Names" in said
        assert "“lake” is not one of the choices: warehouse." in told

    def test_a_plan_without_a_worker_asks_at_the_terminal_too(self, stage, manage, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal("lake\n1\n"))
        code, said, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births")
        assert code == 2
        assert "USA Births Names" in said
        assert "Database of prod for “examples”: " in told
        assert "“lake” is not one of the choices: warehouse." in told
        assert DatabaseMapping.objects.get().target_name == "warehouse"

    @pytest.mark.parametrize("queue", [(), ("--queue",)])
    def test_nobody_is_asked_who_does_not_want_to_be(self, stage, manage, worker, monkeypatch, queue):
        monkeypatch.setattr("sys.stdin", Terminal("1\n"))
        code, _, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births", "--no-input", *queue)
        assert code == (2 if queue else 1)
        assert "“warehouse”" in told
        assert not DatabaseMapping.objects.exists()

    def test_a_plan_whose_question_is_not_answered_is_not_made(self, stage, manage, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal(""))
        code, _, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births")
        assert code == 1
        assert told.endswith("“Database of prod for “examples”” was not answered. Nothing was planned.\n")
        assert not Migration.objects.exists()

    def test_who_cannot_be_asked_is_told_how_to_answer(self, stage, manage, worker):
        code, said, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births", "--queue")
        assert code == 2
        assert "awaiting input" in said
        assert "Database of prod for “examples” (one of “warehouse”)" in told
        assert "--set 'examples=…'" in told


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


class Terminal(io.StringIO):
    def isatty(self):
        return True


def follow_and_work(monkeypatch):
    """A worker that goes on as soon as the answer is there."""
    worked = []
    original = follow.answer

    def answer_and_work(**given):
        original(**given)
        run_all()
        worked.append(True)

    monkeypatch.setattr(follow, "answer", answer_and_work)
    return worked


def test_a_run_that_was_cancelled_half_way_is_interrupted_and_says_how_to_undo_it(stage, run, monkeypatch):
    migration, seen, original = stage.plan(), threading.Event(), Stop.cancel

    def see(stop, by):
        original(stop, by)
        seen.set()

    def cancelled_meanwhile(bundle):
        FakeSuperset.import_assets(stage.prod, bundle)
        assert not cancel(actor=stage.author, task=Task.objects.get(action="apply"))
        assert seen.wait(10)

    monkeypatch.setattr(Stop, "cancel", see)
    monkeypatch.setattr(stage.prod, "import_assets", cancelled_meanwhile)
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
    assert again == (0, f"Nothing to do: Migration {migration.pk} has already been applied.\n")
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
