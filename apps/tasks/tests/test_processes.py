"""What plugins and people can do to a worker, done to a real one, which all these tests share."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest
from django_q.models import OrmQ

from apps.environments.tests.factories import PASSWORD, make_environment
from apps.tasks import queue
from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.questions import answer
from apps.tasks.services import cancel, start_task
from apps.tasks.tests.conftest import install_probe
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import PATIENCE, Place, RealWorker, followed
from apps.tasks.worker.processes import is_alive

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture(scope="module")
def worker(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("worker")
    running = RealWorker(install_probe(folder), folder / "data")
    yield running
    running.terminate()
    running.wait()
    running.close()
    with django_db_blocker.unblock():
        Worker.objects.all().delete()


@pytest.fixture(autouse=True)
def works(worker):
    return worker


@pytest.fixture
def place():
    opened = Place()
    yield opened
    opened.close()


def until(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def pid_of(task) -> int:
    return Task.objects.get(pk=task.pk).pid or 0


def told(task):
    return list(task.lines.exclude(source__in=("worker", "reaper", "task")).values_list("text", flat=True))


def test_a_process_that_dies_at_any_stage_loses_nothing(author, tmp_path):
    """Right after the claim, before the action, in each of its stages, and before its end is stored."""
    stages = ("params", "begin", "first", "second", "result")
    tasks = [start(author, "die", where=where, marker=str(tmp_path / where)) for where in stages]
    once = start(author, "die_once", where="second", marker=str(tmp_path / "once"))
    found = [followed(task) for task in tasks]
    assert [(task.state, task.attempts, task.result) for task in found] == [
        (TaskState.SUCCEEDED, 2, {"done": True})
    ] * len(stages)
    for task in found:
        assert told(task)[-2:] == ["first", "second"]
        assert [line.seq for line in task.lines.all()] == list(range(1, task.lines.count() + 1))
    assert (followed(once).state, once.attempts) == (TaskState.LOST, 1)


def test_the_answer_outlives_the_process_that_was_to_use_it(author, place):
    """Killed while it is queued again there is no process; the next worker process finds it."""
    task = start(author, "ask", text="a box")
    until(lambda: Task.objects.get(pk=task.pk).state == TaskState.AWAITING_INPUT)
    task.refresh_from_db()
    busy = [start(author, "meet", port=place.port) for _ in range(2)]
    meetings = [place.meet(), place.meet()]
    answer(actor=author, task=task, answers={"place": "attic", "password": "open-sesame"})
    for other in busy:
        os.kill(pid_of(other), signal.SIGKILL)
    for meeting in meetings:
        meeting.wait_for_death()
    assert followed(task).result["carried"] == "a box"


def test_a_blocked_task_is_ended_with_its_process_and_the_others_go_on(author, place):
    task = start(author, "meet_briefly", port=place.port)
    meeting = place.meet()
    pid = pid_of(task)
    meeting.wait_for_death()
    assert followed(task).state == TaskState.TIMED_OUT
    assert task.error["kind"] == "overdue"
    until(lambda: not is_alive(pid))
    assert followed(start(author, "say", text="hello")).state == TaskState.SUCCEEDED


def test_a_blocked_task_is_ended_when_it_is_cancelled(author, place):
    task = start(author, "meet", port=place.port)
    meeting = place.meet()
    cancel(actor=author, task=Task.objects.get(pk=task.pk))
    meeting.wait_for_death()
    assert followed(task).state == TaskState.CANCELLED


def test_a_read_that_waits_for_a_superset_is_given_up_within_two_seconds(author):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        environment = make_environment("dev", url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        task = start_task(actor=author, plugin="catalogue", action="check", params={}, environment=environment)
        asked, _ = silent.accept()
        assert asked.recv(3) == b"GET"
        began = time.monotonic()
        cancel(actor=author, task=Task.objects.get(pk=task.pk))
        until(lambda: Task.objects.get(pk=task.pk).ended)
        took = time.monotonic() - began
        asked.close()
    task.refresh_from_db()
    assert task.state == TaskState.CANCELLED
    assert took < 2


def test_a_task_that_eats_memory_has_its_process_replaced(author):
    task = followed(start(author, "eat", size=200))
    assert task.result == {"eaten": 200 * 2**20}
    until(lambda: not is_alive(pid_of(task)))
    assert followed(start(author, "say", text="hello")).state == TaskState.SUCCEEDED


def test_of_a_hundred_thousand_lines_none_is_lost(author):
    task = followed(start(author, "chatter", size=100_000))
    assert task.state == TaskState.SUCCEEDED
    assert task.lines.filter(source="probe.chatter").count() == 100_000
    last = task.lines.last()
    assert (last.seq, task.lines.count()) == (last.seq, last.seq)


def test_a_secret_in_a_log_line_is_not_stored(author):
    task = followed(start(author, "say", make_environment("dev"), text=f"signing in with {PASSWORD}"))
    assert told(task) == ["signing in with ********"]


def test_a_task_that_rolls_back_a_long_transaction_loses_no_line(author):
    task = followed(start(author, "hold", seconds=5.0))
    assert task.state == TaskState.SUCCEEDED
    lines = told(task)
    assert (lines[0], lines[-1]) == ("before", "after")
    assert lines[1:-1] == ["inside"] * 10


def test_the_same_wake_up_many_times_runs_a_task_once(author):
    task = start(author, "say", text="hello")
    for _ in range(5):
        queue.wake()
    followed(task)
    until(lambda: not OrmQ.objects.exists())
    assert (Task.objects.get(pk=task.pk).attempts, told(task)) == (1, ["hello"])


def test_a_task_without_a_wake_up_is_found(author, monkeypatch):
    monkeypatch.setattr(queue, "wake", lambda: None)
    assert followed(start(author, "say", text="hello")).state == TaskState.SUCCEEDED
