"""What goes wrong in a real worker without a word, and is mended without a hand."""

from __future__ import annotations

import os
import signal

import pytest

from apps.tasks import queue
from apps.tasks.models import TaskState
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import RealWorker, children, followed

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def worker(plugins_path, data_dir):
    running = RealWorker(plugins_path, data_dir)
    yield running
    running.close()


def test_a_task_whose_wake_up_is_lost_is_found(author, worker, monkeypatch):
    monkeypatch.setattr(queue, "wake", lambda: None)
    assert followed(start(author, "say", text="nobody was woken")).state == TaskState.SUCCEEDED


def test_idle_processes_that_are_killed_do_not_stop_the_worker(author, worker):
    assert followed(start(author, "say", text="before")).state == TaskState.SUCCEEDED
    idle = [grandchild for child in worker.parts for grandchild in children(child)]
    for pid in idle:
        os.kill(pid, signal.SIGKILL)
    assert followed(start(author, "say", text="after")).state == TaskState.SUCCEEDED
