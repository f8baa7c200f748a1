from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from apps.audit.models import AuditEntry
from apps.environments.tests.factories import make_environment
from apps.tasks import queue
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer
from apps.tasks.services import start_as_system
from apps.tasks.tests.factories import ended, run_all, start
from apps.tasks.tests.probe import PASSWORD, plugin
from apps.tasks.transitions import InvalidTransition, transition
from apps.tasks.worker import journal, runner
from apps.tasks.worker.claims import claim, eligible
from apps.tasks.worker.runner import InsideTransaction, work
from apps.users.models import User
from apps.users.services.grants import grant_role
from apps.users.services.roles import add_role

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


def told(task: Task) -> list[str]:
    return [line.text for line in task.lines.exclude(level="debug")]


def act_by(monkeypatch, run, **more):
    """Whatever is started runs this."""
    say = plugin.action("say")
    assert say
    monkeypatch.setattr(runner, "runnable_action", lambda _plugin, _action: replace(say, run=run, **more))


def test_a_task_runs_once_and_keeps_its_lines(author):
    task = ended(start(author, "say", text="hello", times=2))
    assert (task.state, task.result, task.error) == (TaskState.SUCCEEDED, {"said": 2}, None)
    assert told(task) == ["hello", "hello"]
    assert [line.facts for line in task.lines.filter(level="info")] == [{"number": 0}, {"number": 1}]
    assert [line.seq for line in task.lines.all()] == [1, 2, 3]
    assert [(stage["name"], bool(stage["finished"])) for stage in task.stages] == [("round 0", True), ("round 1", True)]
    assert task.progress == {"stage": "rounds", "done": 2, "total": 2}
    assert task.artifacts.get(name="said.txt").file.read() == b"hello"
    assert task.attempts == 1
    assert not work()


def test_an_announced_failure_is_stored_with_its_facts(author):
    task = ended(start(author, "refuse"))
    assert task.state == TaskState.FAILED
    assert task.error == {
        "kind": "refused",
        "detail": "It cannot be done: ask another day.",
        "sentence": "It cannot be done: ask another day.",
        "context": {"day": "monday"},
    }
    assert told(task) == ["about to refuse", "It cannot be done: ask another day."]


def test_an_unexpected_error_keeps_its_traceback_without_secrets(author, caplog):
    make_environment("dev")
    task = ended(start(author, "crash"))
    assert task.state == TaskState.ERRORED
    assert task.error["sentence"].startswith("Unexpected error: ")
    assert "ZeroDivisionError" not in task.error["sentence"]
    assert "ZeroDivisionError" not in " ".join(told(task))
    assert "ZeroDivisionError" in task.error["traceback"]
    assert "probe.py" in task.error["traceback"]
    assert PASSWORD not in str(task.error)
    assert "********" in task.error["traceback"]


class TestWhoMayNoMore:
    @pytest.fixture
    def person(self, author):
        person = User.objects.create_user("somebody", password="only-for-tests")
        role = add_role(actor=author, slug="sayer", title="Sayer", permissions=[("probe.*", "*")])
        grant_role(actor=author, user=person, role=role)
        return person

    def lose_grants(self, person):
        person.grants.all().delete()

    def leave(self, person):
        User.objects.filter(pk=person.pk).update(is_active=False)

    @pytest.mark.parametrize("lose", [lose_grants, leave])
    def test_a_queued_task_of_a_user_without_permission_is_not_run(self, lose, person):
        task = start(person, "say", text="hello")
        lose(self, person)
        ended(task)
        assert (task.state, told(task)[:-1]) == (TaskState.FAILED, [])
        sentence = task.error["sentence"]
        assert "“somebody” does not have the permission" in sentence or "is inactive" in sentence
        assert "traceback" not in task.error

    @pytest.mark.parametrize("lose", [lose_grants, leave])
    def test_an_answered_task_of_a_user_without_permission_does_not_resume(self, lose, person, author):
        task = start(person, "ask_twice")
        run_all()
        task.refresh_from_db()
        assert task.state == TaskState.AWAITING_INPUT
        lose(self, person)
        answers = {each["name"]: "x" for each in task.pauses.get().questions}
        answer(actor=author, task=task, answers=answers)
        assert ended(task).state == TaskState.FAILED

    def test_a_task_of_lockstep_itself_needs_no_permission(self, person):
        task = start_as_system(plugin="probe", action="say", params={"text": "hello"})
        assert ended(task).state == TaskState.SUCCEEDED


def test_what_is_no_mapping_is_no_result(author, caplog):
    task = ended(start(author, "answer_nonsense"))
    assert task.state == TaskState.ERRORED
    assert "a mapping or None, not a list" in task.error["sentence"]


def test_lines_survive_the_roll_back_of_a_service(author):
    assert told(ended(start(author, "roll_back"))) == ["inside"]


def test_a_task_is_stopped_after_its_time_limit(author):
    task = ended(start(author, "insist"))
    assert task.state == TaskState.TIMED_OUT
    assert task.error["kind"] == "time_limit"


def test_no_plugin_runs_inside_a_transaction(author):
    task = start(author, "say", text="hello")
    with transaction.atomic(), pytest.raises(InsideTransaction):
        work()
    assert ended(task).state == TaskState.SUCCEEDED


def test_a_task_whose_environment_was_removed_fails(author):
    environment = make_environment("dev")
    task = start(author, "say", environment, text="hello")
    environment.delete()
    task = ended(task)
    assert task.state == TaskState.FAILED
    assert task.error["sentence"] == "The environment “dev” was removed."
    assert str(task) == f"task {task.pk}: probe.say on dev"


def test_the_highest_priority_goes_first_then_the_oldest(author):
    old, urgent, young = (start(author, "say", text="hello") for _ in range(3))
    Task.objects.filter(pk=urgent.pk).update(priority=10)
    assert list(eligible()) == [urgent, old, young]


def test_a_claimed_task_is_not_claimed_again(author):
    task = start(author, "say", text="hello")
    twin = Task.objects.get(pk=task.pk)
    assert claim() == task
    assert claim() is None
    assert not transition(twin, to=TaskState.RUNNING, actor=None)
    assert twin.state == TaskState.QUEUED


def test_one_task_at_a_time_writes_to_an_environment(author):
    dev, prod = make_environment("dev"), make_environment("prod")
    first, second = (start(author, "write", dev, port=1) for _ in range(2))
    elsewhere, reading = start(author, "write", prod, port=1), start(author, "say", dev, text="hello")
    assert [claim(), claim(), claim(), claim()] == [first, elsewhere, reading, None]
    running = Task.objects.get(pk=first.pk)
    assert transition(running, to=TaskState.SUCCEEDED, actor=None)
    assert claim() == second


def test_the_database_refuses_a_second_writer(author, monkeypatch):
    """Two workers that look at the same moment both see the task."""
    dev = make_environment("dev")
    first, second = (start(author, "write", dev, port=1) for _ in range(2))
    assert claim() == first
    monkeypatch.setattr(
        "apps.tasks.worker.claims.eligible", lambda _, **__: Task.objects.filter(state=TaskState.QUEUED)
    )
    assert claim() is None
    second.refresh_from_db()
    assert (second.state, second.attempts) == (TaskState.QUEUED, 0)


def test_a_task_that_another_process_is_about_to_take_is_left_to_it(author):
    """Who waited for that, and lost, would wait for each of the next ones, too."""
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    first, second = (start(author, "say", text="hello") for _ in range(2))
    with closing(connection.copy()) as other, connection.cursor() as cursor:
        other.set_autocommit(False)
        with other.cursor() as taking:
            taking.execute("UPDATE tasks_task SET attempts = 0 WHERE id = %s", [first.pk])
        cursor.execute("SET lock_timeout = '2s'")
        assert [claim(), claim()] == [second, None]
        other.rollback()
        assert claim() == first


def test_lines_of_a_process_whose_task_was_taken_are_not_stored(author, monkeypatch, caplog):
    def taken(context, params):
        Task.objects.filter(pk=context.task).update(lease=uuid.uuid4())
        context.log("a ghost speaks")
        while True:
            context.check_cancelled()

    act_by(monkeypatch, taken)
    task = start(author, "say", text="hello")
    assert work()
    task.refresh_from_db()
    assert task.state == TaskState.RUNNING
    assert "a ghost speaks" not in told(task)
    assert "was taken from this process" in caplog.text


def test_a_silent_task_gives_signs_of_life(author, monkeypatch):
    monkeypatch.setattr(journal, "HEARTBEAT", 0.0)

    def silent(context, params):
        before = Task.objects.get(pk=context.task).heartbeat
        while Task.objects.get(pk=context.task).heartbeat == before:
            pass

    act_by(monkeypatch, silent)
    assert ended(start(author, "say", text="hello")).state == TaskState.SUCCEEDED


def test_the_end_of_a_task_wakes_the_next(author):
    start(author, "say", text="first")
    start(author, "say", text="second")
    OrmQ.objects.all().delete()
    assert work()
    assert queue.has_wake_up()


def test_every_move_is_audited_with_who_moved_it_and_for_whom(author):
    task = ended(start(author, "say", text="hello"))
    entries = AuditEntry.objects.filter(object_type="tasks.task", object_id=str(task.pk)).order_by("pk")
    assert [(entry.action, entry.actor, entry.source) for entry in entries] == [
        ("task.start", author, "command"),
        ("task.claim", None, "worker"),
        ("task.succeed", None, "worker"),
    ]
    assert (entries[1].before, entries[1].after) == ({"state": "queued"}, {"state": "running", "for": "author"})


def test_an_ended_task_never_moves_again(author):
    task = ended(start(author, "say", text="hello"))
    with pytest.raises(InvalidTransition):
        transition(task, to=TaskState.QUEUED, actor=None)


@pytest.mark.parametrize(
    "tell",
    [
        lambda context, _: context.artefact("x" * 201, b""),
        lambda context, _: context.artefact("a\r\nb", b""),
        lambda context, _: context.artefact("", b""),
        lambda context, _: context.log("hello", level="catastrophic"),
        lambda context, _: context.stage("half", 0.5, 1),
        lambda context, _: context.progress("rounds", object(), 2),
        lambda context, _: context.progress(("rounds",), 1, 2),
    ],
)
def test_what_no_column_holds_is_a_fault_of_the_plugin_and_costs_no_line(tell, author, monkeypatch):
    def run(context, params):
        context.log("before")
        tell(context, params)

    act_by(monkeypatch, run)
    task = ended(start(author, "say", text="hello"))
    assert task.state == TaskState.ERRORED
    assert told(task)[0] == "before"


def test_names_of_stages_are_masked_and_made_fit_to_be_stored(author, monkeypatch):
    make_environment("dev")

    def run(context, params):
        context.stage(f"sign in with {PASSWORD}\0", 1, 1)
        context.progress(f"sign in with {PASSWORD}\0", 1, 2)

    act_by(monkeypatch, run)
    task = ended(start(author, "say", text="hello"))
    assert task.state == TaskState.SUCCEEDED
    assert [stage["name"] for stage in task.stages] == ["sign in with ********"]
    assert task.progress == {"stage": "sign in with ********", "done": 1, "total": 2}
