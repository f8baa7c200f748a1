"""Real workers, killed in every way there is."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from multiprocessing.connection import wait

import pytest
from django.db import connection
from django_q.models import OrmQ

from apps.tasks.health import worker_is_alive
from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import PATIENCE, Place, RealWorker, followed
from apps.tasks.worker import pool as module
from apps.tasks.worker.pool import Pool

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def place():
    opened = Place()
    yield opened
    opened.close()


@pytest.fixture
def start_worker(plugins_path, data_dir):
    started = []

    def start_one():
        started.append(RealWorker(plugins_path, data_dir))
        return started[-1]

    yield start_one
    for each in started:
        each.close()


@contextmanager
def table_missing(model):
    name = model._meta.db_table
    with connection.schema_editor() as editor:
        editor.alter_db_table(model, name, f"{name}_away")
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(model, f"{name}_away", name)


def pid_of(task):
    return Task.objects.get(pk=task.pk).pid


def states():
    return list(Task.objects.order_by("pk").values_list("state", "attempts"))


def test_a_worker_runs_two_tasks_at_a_time_each_once(author, place, start_worker):
    tasks = [start(author, "meet", port=place.port) for _ in range(3)]
    start_worker()
    first, second = place.meet(), place.meet()
    assert {first.task, second.task} == {task.pk for task in tasks[:2]}
    first.say("one")
    third = place.meet()
    assert third.task == tasks[2].pk
    second.say("two")
    third.say("three")
    assert sorted(followed(task).result["told"] for task in tasks) == ["one", "three", "two"]
    assert states() == [(TaskState.SUCCEEDED, 1)] * 3


def test_a_task_that_cannot_be_repeated_is_lost_with_its_process(author, place, start_worker):
    start_worker()
    task = start(author, "meet", port=place.port)
    meeting = place.meet()
    os.kill(pid_of(task), signal.SIGKILL)
    meeting.wait_for_death()
    assert followed(task).state == TaskState.LOST
    after = start(author, "say", text="the others go on")
    assert followed(after).state == TaskState.SUCCEEDED
    assert states() == [(TaskState.LOST, 1), (TaskState.SUCCEEDED, 1)]
    assert place.nobody_comes()


def test_a_repeatable_task_is_run_again_after_the_death_of_its_process(author, place, start_worker):
    start_worker()
    task = start(author, "meet_again", port=place.port)
    meeting = place.meet()
    os.kill(pid_of(task), signal.SIGKILL)
    meeting.wait_for_death()
    again = place.meet()
    assert again.task == task.pk
    again.say("well done")
    assert followed(task).result == {"told": "well done"}
    assert states() == [(TaskState.SUCCEEDED, 2)]
    assert place.nobody_comes()
    assert [line.seq for line in task.lines.all()] == list(range(1, task.lines.count() + 1))
    assert "queued again after attempt 1 of 3" in " ".join(line.text for line in task.lines.all())


def test_nothing_outlives_a_killed_worker_and_the_next_one_clears_up(author, place, start_worker):
    first = start_worker()
    tasks = [start(author, action, port=place.port) for action in ("meet", "meet_again")]
    waiting = start(author, "say", text="still here")
    meetings = [place.meet(), place.meet()]
    first.kill()
    for meeting in meetings:
        meeting.wait_for_death()
    assert states() == [(TaskState.RUNNING, 1), (TaskState.RUNNING, 1), (TaskState.QUEUED, 0)]
    start_worker()
    again = place.meet()
    assert again.task == tasks[1].pk
    again.say("well done")
    assert [followed(task).state for task in (*tasks, waiting)] == [
        TaskState.LOST,
        TaskState.SUCCEEDED,
        TaskState.SUCCEEDED,
    ]
    assert place.nobody_comes()


def test_a_worker_that_rests_has_no_process_but_its_own(author, start_worker):
    worker = start_worker()
    assert followed(start(author, "say", text="hello")).state == TaskState.SUCCEEDED
    worker.rests()


def test_a_task_whose_wake_up_was_lost_is_run_all_the_same(author, start_worker):
    task = start(author, "say", text="hello")
    OrmQ.objects.all().delete()
    start_worker()
    assert followed(task).state == TaskState.SUCCEEDED


def test_a_worker_does_without_its_database_until_it_is_back(author, start_worker):
    worker = start_worker()
    with table_missing(OrmQ):
        worker.said("could not use the database")
    assert followed(start(author, "say", text="hello")).state == TaskState.SUCCEEDED


def test_a_process_that_hangs_is_ended_by_the_kernel(monkeypatch):
    monkeypatch.setattr(module, "LAST_RESORT", 1)
    monkeypatch.setattr(module.runner, "work", threading.Event().wait)
    reader, _writer = os.pipe()
    crew = Pool(reader)
    crew.start()
    (end,) = crew.ends
    assert wait([end], timeout=PATIENCE) == [end]
    crew.discard_ended()
    assert not crew.ends


def test_a_stopped_worker_brings_its_tasks_to_their_end(author, place, start_worker):
    worker = start_worker()
    task = start(author, "meet", port=place.port)
    meeting = place.meet()
    worker.works_on_one()
    worker.terminate()
    worker.said("Stopping")
    waiting = start(author, "say", text="for the next worker")
    meeting.say("take your time")
    assert worker.wait() == 0
    assert followed(task).result == {"told": "take your time"}
    waiting.refresh_from_db()
    assert waiting.state == TaskState.QUEUED
    assert not Worker.objects.exists()


def test_a_worker_is_seen_while_it_works(author, start_worker):
    start_worker()
    assert followed(start(author, "say", text="hello")).state == TaskState.SUCCEEDED
    assert worker_is_alive()
    assert Worker.objects.get().processes == 2
