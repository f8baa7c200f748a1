from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from apps.audit.models import AuditEntry
from apps.tasks import queue
from apps.tasks.models import Task, TaskState
from apps.tasks.tests.factories import start
from apps.tasks.worker.claims import claim
from apps.tasks.worker.processes import birth
from apps.tasks.worker.reaper import ATTEMPTS, SILENCE, reap

pytestmark = pytest.mark.usefixtures("probe")


@pytest.fixture
def dead_pid():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def claimed(author, action, **fields):
    task = start(author, action, port=1)
    assert claim() == task
    Task.objects.filter(pk=task.pk).update(**fields)
    return task


def test_a_running_task_is_left_alone(author):
    claimed(author, "meet")
    assert reap() == []


def test_a_task_of_a_dead_process_is_lost(author, dead_pid):
    task = claimed(author, "meet", pid=dead_pid)
    assert reap() == [task]
    task.refresh_from_db()
    assert task.state == TaskState.LOST
    assert task.finished
    assert task.error["kind"] == "lost"
    assert f"process {dead_pid}" in task.error["sentence"]
    assert [line.text for line in task.lines.all()] == [task.error["sentence"]]
    entry = AuditEntry.objects.get(action="task.lose", object_id=str(task.pk))
    assert (entry.actor, entry.source) == (None, "reaper")
    assert entry.after == {"state": "lost", "for": "author"}
    assert reap() == []


@pytest.fixture
def stopped():
    """A process that does nothing any more, and would go on if it were let."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    process.send_signal(signal.SIGSTOP)
    yield process
    process.kill()
    process.wait()


def test_a_silent_process_of_this_host_is_ended_before_its_task_is_given_away(author, stopped):
    long_ago = timezone.now() - SILENCE
    task = claimed(author, "meet", pid=stopped.pid, born=birth(stopped.pid), heartbeat=long_ago)
    assert reap() == [task]
    assert stopped.wait(5) == -signal.SIGKILL
    assert Task.objects.get().state == TaskState.LOST


def test_a_process_that_has_the_number_of_a_dead_one_is_left_alone(author, stopped):
    before = timezone.now() - timedelta(hours=1)
    task = claimed(author, "meet", pid=stopped.pid, born=1, heartbeat=before)
    assert reap() == [task]
    assert stopped.poll() is None


def test_a_process_that_ended_and_that_nobody_has_taken_note_of_is_dead(author):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    task = claimed(author, "meet", pid=ended.pid, born=birth(ended.pid))
    assert reap() == [task]
    ended.wait()


def test_a_silent_task_of_another_host_is_lost(author):
    now = timezone.now()
    quick = claimed(author, "meet", host="elsewhere", heartbeat=now - SILENCE + timedelta(seconds=30))
    silent = claimed(author, "meet", host="elsewhere", heartbeat=now - SILENCE)
    assert reap() == [silent]
    quick.refresh_from_db()
    assert quick.state == TaskState.RUNNING


def test_a_repeatable_task_is_queued_again_but_not_for_ever(author, dead_pid):
    task = start(author, "meet_again", port=1)
    for attempt in range(1, ATTEMPTS + 1):
        OrmQ.objects.all().delete()
        assert claim() == task
        Task.objects.filter(pk=task.pk).update(pid=dead_pid)
        assert reap() == [task]
        task.refresh_from_db()
        assert task.attempts == attempt
        assert task.state == (TaskState.QUEUED if attempt < ATTEMPTS else TaskState.LOST)
        assert queue.has_wake_up() == (attempt < ATTEMPTS)
    assert [line.seq for line in task.lines.all()] == [1, 2, 3]


def test_a_task_that_comes_back_to_life_keeps_its_claim(author, dead_pid, monkeypatch):
    task = claimed(author, "meet", pid=dead_pid)

    def beats(*_):
        Task.objects.filter(pk=task.pk).update(heartbeat=timezone.now())
        return False

    monkeypatch.setattr("apps.tasks.worker.reaper.is_alive", beats)
    assert reap() == []
    task.refresh_from_db()
    assert task.state == TaskState.RUNNING


def test_a_task_that_nobody_was_woken_for_is_reported_once(author):
    start(author, "meet", port=1)
    OrmQ.objects.all().delete()
    reap()
    reap()
    assert OrmQ.objects.count() == 1


def test_nobody_is_woken_for_nothing(author):
    claimed(author, "meet", pid=os.getpid())
    OrmQ.objects.all().delete()
    reap()
    assert not OrmQ.objects.exists()
