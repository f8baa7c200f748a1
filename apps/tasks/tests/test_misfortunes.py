"""What a task survives: a database that fails, an answer that is lost, a clock that is set."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.errors import Conflict
from apps.tasks import questions, queue, transitions
from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.questions import answer
from apps.tasks.services import retry
from apps.tasks.tests import probe
from apps.tasks.tests.factories import ended, run_all, start
from apps.tasks.tests.real_worker import PATIENCE, Place, RealWorker, followed
from apps.tasks.tests.test_runner import act_by, told
from apps.tasks.tests.turned_clock import TurnedClock
from apps.tasks.worker import claims, journal, reaper, runner
from apps.tasks.worker.claims import claim
from apps.tasks.worker.reaper import SILENCE, reap
from apps.tasks.worker.runner import work

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")

AWAY = OperationalError("the server closed the connection")


def fail_once(monkeypatch, module, name, *, error=AWAY, when=lambda: True, after=False):
    """Its first call in which `when` is true finds the database away, or the answer of it is lost `after` its work."""
    whole, failures = getattr(module, name), [error]

    def flaky(*arguments, **named):
        fails = failures and when()
        if fails and not after:
            raise failures.pop()
        answered = whole(*arguments, **named)
        if fails:
            raise failures.pop()
        return answered

    monkeypatch.setattr(module, name, flaky)


@pytest.mark.parametrize("error", [AWAY, InterfaceError("the connection is closed")])
@pytest.mark.parametrize("after", [False, True])
def test_a_database_that_fails_once_loses_and_doubles_no_line(after, error, author, monkeypatch, caplog):
    fail_once(monkeypatch, journal, "_store", error=error, after=after)
    task = ended(start(author, "say", text="hello", times=3))
    assert told(task) == ["hello"] * 3
    assert "not stored yet" in caplog.text


def test_a_disk_that_stays_full_is_not_reported_ten_times_a_second(author, monkeypatch, caplog):
    whole, left = journal._store, [OperationalError("database or disk is full")] * 20

    def full(*arguments, **named):
        if left:
            raise left.pop()
        return whole(*arguments, **named)

    def run(context, params):
        context.log("hello")
        while left:
            time.sleep(0.01)

    monkeypatch.setattr(journal, "_store", full)
    monkeypatch.setattr(journal, "FLUSH", 0.01)
    act_by(monkeypatch, run)
    assert told(ended(start(author, "say", text="hello"))) == ["hello"]
    assert caplog.text.count("not stored yet") == 5  # the 1st, 2nd, 4th, 8th and 16th time


@pytest.mark.parametrize(("error", "traced"), [(OperationalError("disk is full"), False), (ValueError("odd"), True)])
def test_a_failing_database_is_one_line_of_the_log_and_a_fault_of_ours_a_stack_trace(
    error, traced, author, monkeypatch, caplog
):
    def run(context, params):
        raise error

    act_by(monkeypatch, run)
    task = ended(start(author, "say", text="hello"))
    assert "Traceback" in task.error["traceback"]
    assert ("Traceback" in caplog.text) is traced
    assert str(error) in caplog.text


def breaks_off(monkeypatch, times, **how):
    """An action that tells, and whose connection to the database breaks so often."""
    left = [AWAY] * times

    def run(context, params):
        context.log("hello")
        if left:
            raise left.pop()
        return {"done": True}

    act_by(monkeypatch, run, **how)


@pytest.mark.parametrize("times", [1, 3])
def test_what_can_be_repeated_starts_over_when_its_connection_breaks(times, author, monkeypatch):
    breaks_off(monkeypatch, times, repeatable=True)
    task = ended(start(author, "say", text="hello"))
    assert (task.state, task.result, task.attempts) == (TaskState.SUCCEEDED, {"done": True}, 1)
    assert told(task).count("hello") == times + 1
    assert "starting over" in " ".join(task.lines.values_list("text", flat=True))


def test_what_can_be_repeated_does_not_start_over_for_ever(author, monkeypatch):
    breaks_off(monkeypatch, 4, repeatable=True)
    assert ended(start(author, "say", text="hello")).state == TaskState.ERRORED


def test_what_writes_does_not_start_over(author, monkeypatch):
    breaks_off(monkeypatch, 1)
    task = ended(start(author, "say", text="hello"))
    assert (task.state, told(task).count("hello")) == (TaskState.ERRORED, 1)


@pytest.mark.parametrize("error", [AWAY, InterfaceError("the connection is closed")])
def test_what_an_action_asks_of_its_task_survives_a_broken_connection(error, author, monkeypatch):
    def run(context, params):
        context.artefact("kept.txt", b"kept")
        return {"kept": (context.kept("kept.txt") or b"").decode(), "by": context.actor.username}

    act_by(monkeypatch, run)
    monkeypatch.setattr(journal, "FLUSH", 0.01)
    fail_once(monkeypatch, QuerySet, "first", error=error, when=lambda: Task.objects.filter(state="running").exists())
    task = ended(start(author, "say", text="hello"))
    assert (task.state, task.result["by"]) == (TaskState.SUCCEEDED, "author")


def test_a_broken_connection_at_the_end_loses_no_outcome(author, monkeypatch, caplog):
    fail_once(monkeypatch, transitions, "ring", when=lambda: Task.objects.get().state == TaskState.SUCCEEDED)
    assert ended(start(author, "say", text="hello")).state == TaskState.SUCCEEDED
    assert "ended: not done yet" in caplog.text


@pytest.mark.parametrize("name", ["resumed", "forget_secrets", "runnable_action", "settings_of"])
def test_a_broken_connection_before_the_start_ends_no_task(name, author, monkeypatch, caplog):
    fail_once(monkeypatch, runner, name)
    assert ended(start(author, "say", text="hello")).state == TaskState.SUCCEEDED
    assert "beginning" in caplog.text


@pytest.mark.parametrize("after", [False, True])
def test_a_broken_connection_while_a_question_is_stored_does_not_lose_it(after, author, monkeypatch):
    fail_once(monkeypatch, *((runner, "pause") if after else (questions, "_sealed")), after=after)
    task = start(author, "ask_twice")
    run_all()
    task.refresh_from_db()
    assert (task.state, task.pauses.count()) == (TaskState.AWAITING_INPUT, 1)


@pytest.mark.parametrize("name", ["known_secrets", "resumed"])
def test_a_secret_is_not_forgotten_before_it_is_used(name, author, monkeypatch):
    task = start(author, "ask_twice")
    for field in ("first", "second"):
        run_all()
        task.refresh_from_db()
        answer(actor=author, task=task, answers={field: "open-sesame"})
    fail_once(monkeypatch, runner, name)
    assert ended(task).result == {"lengths": [11, 11]}


def test_a_claim_whose_answer_was_lost_holds(author, monkeypatch):
    fail_once(monkeypatch, claims, "take", after=True)
    task = start(author, "say", text="hello")
    assert work()
    task.refresh_from_db()
    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 1)


def test_a_wake_up_that_fails_costs_no_task(author, monkeypatch):
    fail_once(monkeypatch, queue, "wake")
    assert ended(start(author, "say", text="hello")).state == TaskState.SUCCEEDED


@pytest.mark.parametrize("error", [DataError("value too long"), MemoryError()])
def test_what_can_never_be_stored_makes_no_success(error, author, monkeypatch):
    fail_once(monkeypatch, journal, "_store", error=error)
    task = ended(start(author, "say", text="hello"))
    assert task.state == TaskState.ERRORED
    assert "lines or files cannot be stored" in task.error["sentence"]


def test_a_database_that_takes_no_more_lines_is_said_without_a_stack_trace(author, monkeypatch, caplog):
    monkeypatch.setattr(journal, "AGAIN_AFTER", (0.0, 0.0))
    monkeypatch.setattr(journal.Journal, "_flush", lambda _: False)
    task = ended(start(author, "say", text="hello"))
    assert (task.state, "was away for too long" in task.error["sentence"]) == (TaskState.ERRORED, True)
    assert "the database was away for too long" in caplog.text
    assert "Traceback" not in caplog.text


def test_an_action_learns_at_its_next_check_that_its_lines_cannot_be_stored(author, monkeypatch):
    monkeypatch.setattr(journal, "FLUSH", 0.01)
    fail_once(monkeypatch, journal, "_store", error=DataError("value too long"))
    act_by(monkeypatch, probe.insist, time_limit=PATIENCE)
    assert ended(start(author, "say", text="hello")).state == TaskState.ERRORED


def test_a_file_may_have_any_name(author, monkeypatch):
    act_by(monkeypatch, lambda context, _: context.artefact(f"a.{'b' * 150}", b"hello"))
    task = ended(start(author, "say", text="hello"))
    assert (task.state, task.artifacts.get().file.read()) == (TaskState.SUCCEEDED, b"hello")


def test_many_lines_are_stored_in_short_transactions(author, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 10)
    store, sizes = journal._store, []

    def counting(task, lease, batch, **named):
        sizes.append(len(batch.lines))
        return store(task, lease, batch, **named)

    monkeypatch.setattr(journal, "_store", counting)
    task = ended(start(author, "chatter", size=95))
    assert max(sizes) == 10
    assert [line.seq for line in task.lines.all()] == list(range(1, task.lines.count() + 1))
    assert len(told(task)) == 95


def test_a_task_that_writes_lines_faster_than_they_are_stored_waits(author, monkeypatch):
    monkeypatch.setattr(journal, "BUFFERED", 5)
    monkeypatch.setattr(journal, "FLUSH", 0.01)
    assert len(told(ended(start(author, "chatter", size=50)))) == 50


def test_of_two_who_retry_at_once_one_does(author):
    task = ended(start(author, "refuse"))
    together, refused = threading.Barrier(2), []

    def again():
        try:
            fresh = Task.objects.get(pk=task.pk)
            together.wait(PATIENCE)
            retry(actor=author, task=fresh)
        except Conflict as conflict:
            refused.append(str(conflict))
        finally:
            connection.close()

    threads = [threading.Thread(target=again) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert task.retries.count() == 1
    assert len(refused) == 1


class TestTheClockIsSet:
    """Forward by minutes: whatever lives looks silent until it gives a sign of life by the new time."""

    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        monkeypatch.setattr(reaper, "_clock", reaper.WallClock())

    @pytest.fixture
    def silent(self, author):
        """By the clock on the wall; its process lives."""
        start(author, "say", text="hello")
        task = claim()
        Task.objects.filter(pk=task.pk).update(heartbeat=timezone.now() - 5 * SILENCE)
        return task

    def test_what_is_silent_is_taken(self, silent):
        assert reap() == [silent]

    def test_a_task_is_not_lost_because_the_clock_was_set(self, silent, monkeypatch):
        wall = time.time
        reaper._clock.is_doubtful()
        monkeypatch.setattr(time, "time", lambda: wall() + 300)
        assert reap() == []
        assert reap() == []

    def test_a_silent_task_is_lost_after_the_clock_was_set(self, silent, monkeypatch):
        wall, steady = time.time, time.monotonic
        reaper._clock.is_doubtful()
        monkeypatch.setattr(time, "time", lambda: wall() + 300)
        assert reap() == []
        later = SILENCE.total_seconds() + 1
        monkeypatch.setattr(time, "monotonic", lambda: steady() + later)
        monkeypatch.setattr(time, "time", lambda: wall() + 300 + later)
        assert reap() == [silent]

    def test_a_dead_process_is_known_by_its_number(self, silent, monkeypatch):
        wall = time.time
        reaper._clock.is_doubtful()
        monkeypatch.setattr(time, "time", lambda: wall() + 300)
        monkeypatch.setattr(reaper, "is_alive", lambda pid, *_: pid != os.getpid())
        assert reap() == [silent]

    def test_a_real_worker_keeps_its_task_when_the_clock_is_set(self, author, plugins_path, data_dir, tmp_path):
        clock, place = TurnedClock(tmp_path), Place()
        worker = RealWorker(plugins_path, data_dir, clock.variables)
        try:
            task = start(author, "meet", port=place.port)
            meeting = place.meet()
            for minutes in (5, 10):
                moment = timezone.now() + timedelta(minutes=minutes)
                clock.show(moment)
                self.looks_at(moment)
                self.looks_at(moment + timedelta(seconds=4))
            meeting.say("well")
            assert followed(task).result == {"told": "well"}
        finally:
            worker.close()
            place.close()

    def looks_at(self, moment):
        """The worker has made a round by then."""
        deadline = time.monotonic() + PATIENCE
        while not Worker.objects.filter(seen__gte=moment).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
