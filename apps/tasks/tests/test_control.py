"""Cancelling a task in each of its states, its time limit, and doing it again."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.environments.models import Environment
from apps.environments.tests.factories import make_environment
from apps.plugins.models import PluginRecord
from apps.plugins.registry import registry
from apps.tasks.models import ENDED, Task, TaskState
from apps.tasks.policies import allowed_actions
from apps.tasks.services import cancel, retry
from apps.tasks.tests.factories import ended, run_all, start
from apps.tasks.tests.test_runner import act_by, told
from apps.tasks.worker import cancellation, journal, runner
from apps.tasks.worker.claims import claim
from apps.tasks.worker.reaper import reap
from apps.tasks.worker.runner import run_here
from apps.users.models import Role
from apps.users.services.grants import grant_role

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch):
    monkeypatch.setattr(journal, "LOOK", 0.0)
    monkeypatch.setattr(journal, "FLUSH", 0.02)


class TestCancelling:
    def test_a_queued_task_never_begins(self, author):
        task = start(author, "say", text="hello")
        assert cancel(actor=author, task=task)
        run_all()
        task.refresh_from_db()
        assert (task.state, task.attempts, task.error["kind"]) == (TaskState.CANCELLED, 0, "cancelled")
        assert told(task) == ["Cancelled by author before it started."]
        entry = AuditEntry.objects.get(action="task.cancel")
        assert (entry.actor, entry.before) == (author, {"state": "queued"})

    def test_a_cancelled_task_that_waits_for_input_stops_waiting(self, author):
        task = start(author, "ask_twice")
        run_all()
        task.refresh_from_db()
        assert cancel(actor=author, task=task)
        assert told(task)[-1] == "Cancelled by author while it waited for an answer."

    def test_a_cancelled_running_task_stops_at_its_next_check(self, author, monkeypatch):
        def insist(context, params):
            assert not cancel(actor=author, task=Task.objects.get(pk=context.task))
            while True:
                context.check_cancelled()

        act_by(monkeypatch, insist)
        task = ended(start(author, "say", text="hello"))
        assert (task.state, task.cancel_requested_by) == (TaskState.CANCELLED, author)
        assert told(task) == ["Cancellation requested by author", "Stopped at the request of author"]
        assert [line.seq for line in task.lines.all()] == list(range(1, task.lines.count() + 1))
        asked = AuditEntry.objects.get(action="task.ask_to_stop")
        assert (asked.actor, asked.object_id) == (author, str(task.pk))

    def test_what_was_done_before_anybody_looked_counts(self, author, monkeypatch):
        def finish(context, params):
            cancel(actor=author, task=Task.objects.get(pk=context.task))
            return {"done": True}

        act_by(monkeypatch, finish)
        task = ended(start(author, "say", text="hello"))
        assert task.result == {"done": True}
        assert told(task)[-1] == "Cancellation came too late: there was nothing left to stop"

    def test_a_task_claimed_while_it_is_cancelled_is_asked_to_stop(self, author):
        task = start(author, "say", text="hello")
        assert claim() == task
        assert not cancel(actor=author, task=task)  # still queued, as far as it knows
        task.refresh_from_db()
        assert (task.state, bool(task.cancel_requested)) == (TaskState.RUNNING, True)

    @pytest.mark.parametrize("state", sorted(ENDED))
    def test_an_ended_task_is_not_cancelled(self, author, state):
        task = start(author, "say", text="hello")
        Task.objects.filter(pk=task.pk).update(state=state)
        task.refresh_from_db()
        with pytest.raises(NothingToDo, match="has already ended: "):
            cancel(actor=author, task=task)

    def test_cancelling_a_task_twice_changes_nothing(self, author):
        task = start(author, "say", text="hello")
        Task.objects.filter(pk=task.pk).update(state=TaskState.RUNNING)
        task.refresh_from_db()
        assert not cancel(actor=author, task=task)
        with pytest.raises(NothingToDo, match="is already stopping"):
            cancel(actor=author, task=task)

    def test_a_dead_process_is_not_replaced_where_the_task_was_to_stop(self, author):
        task = start(author, "meet_again", port=1)
        assert claim() == task
        task.refresh_from_db()
        cancel(actor=author, task=task)
        Task.objects.filter(pk=task.pk).update(heartbeat=None)
        assert reap() == [task]
        task.refresh_from_db()
        assert task.state == TaskState.CANCELLED

    def test_controlling_tasks_of_others_requires_a_permission(self, author, viewer):
        task = start(author, "say", text="hello")
        with pytest.raises(Refused, match="tasks.control"):
            cancel(actor=viewer, task=task)
        own = Task.objects.create(plugin="probe", action="say", params={"text": "mine"}, actor=viewer)
        assert cancel(actor=viewer, task=own)


class TestOneThatDoesNotStop:
    """Plugin code that never asks whether it is to stop."""

    @pytest.fixture
    def process(self, monkeypatch):
        """The end of the process is only told of."""
        gone = threading.Event()

        def end(attempt):
            try:
                attempt.give_up()
            finally:
                connection.close()
                gone.set()

        monkeypatch.setattr(runner, "end_process", end)
        monkeypatch.setattr(cancellation, "GRACE", 0.0)
        return gone

    def test_a_task_that_does_not_stop_has_its_process_ended_after_its_time(self, author, process, monkeypatch):
        act_by(monkeypatch, lambda context, params: process.wait(10) and None, time_limit=0)
        task = ended(start(author, "say", text="hello"))
        assert (task.state, task.error["kind"]) == (TaskState.TIMED_OUT, "overdue")
        assert told(task) == ["It exceeded its limit of 0 s and did not stop within 0 s: its process was killed."]
        assert AuditEntry.objects.get(action="task.time_out").source == "worker"

    def test_a_cancelled_task_that_does_not_stop_has_its_process_ended(self, author, process, monkeypatch):
        def block(context, params):
            cancel(actor=author, task=Task.objects.get(pk=context.task))
            process.wait(10)

        act_by(monkeypatch, block)
        task = ended(start(author, "say", text="hello"))
        assert (task.state, task.error["kind"]) == (TaskState.CANCELLED, "overdue")

    def test_a_writing_task_that_does_not_stop_keeps_its_process_for_fifteen_minutes(self):
        stop = cancellation.Stop(time_limit=1)
        stop.limit(60, writes=True)
        stop.cancel("ada")
        assert (stop.grace, stop.is_overdue) == (900, False)
        stop.limit(60, writes=False)
        assert stop.grace == 30


class TestInDoubt:
    """A process that slept for so long that its task may be somebody else's."""

    @pytest.fixture(autouse=True)
    def stored_at_every_look(self, monkeypatch):
        monkeypatch.setattr(journal, "HEARTBEAT", 0.0)

    def test_a_task_in_doubt_goes_on_when_its_claim_still_holds(self, author, monkeypatch):
        def sleep(context, params):
            context._stop.confirmed -= 2 * cancellation.DOUBT
            context.check_cancelled()
            return {"in doubt": context._stop.is_in_doubt}

        act_by(monkeypatch, sleep)
        assert ended(start(author, "say", text="hello")).result == {"in doubt": False}

    def test_a_task_in_doubt_does_nothing_more_when_its_claim_is_gone(self, author, monkeypatch):
        went_on = []

        def sleep(context, params):
            Task.objects.filter(pk=context.task).update(lease=uuid.uuid4())
            context._stop.confirmed -= 2 * cancellation.DOUBT
            context.check_cancelled()
            went_on.append(context.task)

        act_by(monkeypatch, sleep)
        start(author, "say", text="hello")
        run_all()
        assert went_on == []

    def test_a_task_in_doubt_waits_no_longer_than_its_time(self, author, monkeypatch):
        def sleep(context, params):
            monkeypatch.setattr(journal, "_store", unreachable)
            context._stop.confirmed -= 2 * cancellation.DOUBT
            try:
                context.check_cancelled()
            finally:
                monkeypatch.undo()

        def unreachable(*_, **__):
            raise OperationalError("nobody answers")

        act_by(monkeypatch, sleep, time_limit=1)
        assert ended(start(author, "say", text="hello")).state == TaskState.TIMED_OUT


class TestRetrying:
    def test_a_retry_is_a_new_task_with_the_same_parameters_that_names_its_origin(self, author, viewer):
        task = ended(start(author, "refuse"))
        new = retry(actor=author, task=task)
        assert (new.retry_of, new.action, new.state) == (task, "refuse", TaskState.QUEUED)
        assert ended(new).state == TaskState.FAILED

    def test_a_task_that_has_not_ended_is_not_retried(self, author):
        with pytest.raises(Conflict, match="can be retried once it has ended"):
            retry(actor=author, task=start(author, "say", text="hello"))

    def test_a_task_that_succeeded_is_not_retried(self, author):
        with pytest.raises(NothingToDo, match="succeeded: there is nothing to retry"):
            retry(actor=author, task=ended(start(author, "say", text="hello")))

    def test_a_task_that_is_being_retried_is_not_retried_again(self, author):
        task = ended(start(author, "refuse"))
        new = retry(actor=author, task=task)
        with pytest.raises(Conflict, match=rf"Task {new.pk} \(queued\) is already a retry of it"):
            retry(actor=author, task=task)
        ended(new)
        assert retry(actor=author, task=task).retry_of == task

    def test_a_task_whose_environment_is_gone_is_not_retried(self, author):
        dev = make_environment("dev")
        task = start(author, "refuse", dev)
        dev.delete()
        task = ended(task)
        with pytest.raises(LockstepError, match="“dev” was removed"):
            retry(actor=author, task=Task.objects.get(pk=task.pk))

    @pytest.fixture
    def starter(self, author, viewer):
        """May do all with tasks and run one action of the probe, in “dev”."""
        role = Role.objects.create(slug="starter", title="Starter")
        for what in ("tasks.*", "probe.refuse"):
            role.permissions.create(what=what)
        grant_role(actor=author, user=viewer, role=role, where="dev")
        return viewer

    def test_who_may_start_a_task_may_retry_it(self, author, starter):
        task = ended(start(author, "refuse", make_environment("dev")))
        assert retry(actor=starter, task=task).actor == starter

    @pytest.mark.parametrize(("action", "where"), [("refuse", "prod"), ("crash", "dev")])
    def test_who_may_not_start_a_task_may_not_retry_it(self, author, starter, action, where):
        task = ended(start(author, action, make_environment(where)))
        Task.objects.filter(pk=task.pk).update(actor=starter)  # not even what is their own
        task.refresh_from_db()
        with pytest.raises(Refused) as of_start:
            start(starter, action, task.environment)
        with pytest.raises(Refused) as of_retry:
            retry(actor=starter, task=task)
        assert str(of_retry.value) == str(of_start.value) == allowed_actions(starter, task)["retry"].reason

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda: PluginRecord.objects.update(enabled=False), "not enabled"),
            (lambda: Environment.objects.update(enabled=False), "is disabled. Enable it first"),
        ],
    )
    def test_a_task_that_could_not_be_started_now_is_not_retried(self, author, change, sentence):
        task = ended(start(author, "refuse", make_environment("dev")))
        change()
        task = Task.objects.get(pk=task.pk)
        with pytest.raises(LockstepError, match=sentence):
            retry(actor=author, task=task)
        assert sentence in allowed_actions(author, task)["retry"].reason

    def test_a_task_whose_action_needs_an_environment_since_is_not_retried(self, author, monkeypatch):
        task = ended(start(author, "refuse"))
        action = registry().action("probe", "refuse")
        assert action
        changed = replace(action, needs_environment=True)
        monkeypatch.setattr("apps.plugins.policies.runnable_action", lambda *_: changed)
        assert "needs an environment: choose one" in allowed_actions(author, task)["retry"].reason

    def test_the_verdicts_say_why_not(self, author, viewer):
        task = ended(start(author, "refuse"))
        verdicts = allowed_actions(author, task)
        assert [name for name, verdict in verdicts.items() if verdict.allowed] == ["retry", "dismiss"]
        assert "tasks.control" in allowed_actions(viewer, task)["retry"].reason


class TestHere:
    """A command that does the work itself, as a task of its own process."""

    class Echo:
        def __init__(self):
            self.heard = []

        def log(self, text, *, level="info", **facts):
            self.heard.append(text)

        def stage(self, name, number, total):
            self.heard.append(f"{name} {number}/{total}")

        def progress(self, stage, done, total):
            self.heard.append(f"{stage} {done}/{total}")

        def check_cancelled(self):
            pass

    def test_a_task_run_in_place_is_printed_and_stored_like_any_other(self, author):
        echo = self.Echo()
        task = run_here(lambda: start(author, "say", text="hello"), echo)
        assert echo.heard == ["round 0 1/1", "hello", "rounds 1/1"]
        assert (task.state, told(task)) == (TaskState.SUCCEEDED, ["hello"])
        assert AuditEntry.objects.get(action="task.claim").source == "command"

    def test_the_failure_of_a_task_run_in_place_is_raised_unchanged(self, author):
        with pytest.raises(LockstepError, match="ask another day"):
            run_here(lambda: start(author, "refuse"), self.Echo())
        assert Task.objects.get().state == TaskState.FAILED

    def test_a_task_run_in_place_locks_its_environment_and_leaves_no_task_if_that_is_locked(self, author):
        dev = make_environment("dev")
        holder = start(author, "write", dev, port=1)
        assert claim() == holder
        with pytest.raises(Conflict, match=rf"“dev” is being written to by task {holder.pk}: .* \(started by author, "):
            run_here(lambda: start(author, "write", dev, port=1), self.Echo())
        assert list(Task.objects.all()) == [holder]

    def test_a_task_run_in_place_whose_process_died_releases_its_lock(self, author, monkeypatch):
        dev = make_environment("dev")
        holder = start(author, "write", dev, port=1)
        assert claim() == holder
        Task.objects.filter(pk=holder.pk).update(heartbeat=timezone.now(), pid=2**22 - 1)
        with pytest.raises(ConnectionRefusedError):
            run_here(lambda: start(author, "write", dev, port=1), self.Echo())
        holder.refresh_from_db()
        assert holder.state == TaskState.LOST
