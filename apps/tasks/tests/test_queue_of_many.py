"""Workers that find work when they start, and share it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.tasks import queue
from apps.tasks.models import Task, TaskState
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import RealWorker, followed

WORKERS = 4

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def start_worker(plugins_path, data_dir):
    started = []

    def start_one(**options):
        started.append(RealWorker(plugins_path, data_dir, **options))
        return started[-1]

    yield start_one
    for each in started:
        each.close()


def test_another_secret_key_loses_no_task(author, start_worker):
    """The queue throws wake-ups away that were signed with another one."""
    tasks = [start(author, "say", text="hello") for _ in range(3)]
    assert queue.has_wake_up()
    start_worker(secret_key="another-secret-key")
    assert [followed(task).state for task in tasks] == [TaskState.SUCCEEDED] * 3


def test_four_workers_run_five_hundred_tasks_each_once_and_in_order(author, start_worker, monkeypatch):
    """All their wake-ups were lost: the first one that is woken wakes the others."""
    monkeypatch.setattr(queue, "wake", lambda: None)
    tasks = [start(author, "say", text="hello") for _ in range(500)]
    Task.objects.filter(pk__in=[task.pk for task in tasks[::5]]).update(priority=5)
    monkeypatch.undo()
    with ThreadPoolExecutor(WORKERS) as together:
        list(together.map(lambda _: start_worker(processes=1), range(WORKERS)))
    for task in tasks:
        followed(task)
    ran = list(Task.objects.order_by("started").values_list("priority", "pk", "state", "attempts"))
    due = [(*row[:2], str(TaskState.SUCCEEDED), 1) for row in sorted(ran, key=lambda row: (-row[0], row[1]))]
    assert sorted(ran) == sorted(due)
    # Who takes a task notes the moment afterwards, and a busy machine lets others go first
    assert max(abs(place - due.index(row)) for place, row in enumerate(ran)) < 10 * WORKERS
