"""The live log of real processes: what is killed while browsers watch, and what they have in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest
from django.db import connection

from apps.plugins.models import PluginRecord
from apps.plugins.registry import registry
from apps.tasks.models import Task, TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.real_worker import CHECKOUT, RealWorker, followed
from apps.tasks.tests.sockets import Door, signed_in, wait_until
from project.tests.watcher import Watcher, all_have_all
from rig.bench.live import install
from rig.ports import free_ports


class RealSite(RealWorker):
    """A real `manage.py run`."""

    def __init__(self, *places):
        (self.port,) = free_ports(1)
        self.command = ("run", "--port", str(self.port))
        super().__init__(*places)


@pytest.fixture
def site(transactional_db, tmp_path, data_dir, monkeypatch):
    plugins = install(tmp_path)
    monkeypatch.syspath_prepend(plugins)
    registry.cache_clear()
    PluginRecord.objects.create(slug="lines", enabled=True)
    running = RealSite(plugins, data_dir)
    yield running
    running.close()
    registry.cache_clear()


@pytest.fixture
def watch(site, author):
    """Starts a task that talks, and two who watch it until its end."""
    watching: list[Watcher] = []

    def start(**params):
        task = start_task(actor=author, plugin="lines", action="write", params=params)
        watching.extend(Watcher([site.port], task, signed_in(author)) for _ in range(2))
        for each in watching:
            each.start()
        wait_until(lambda: all(each.last > 20 for each in watching), "nothing is seen")
        return task, watching

    yield start
    for each in watching:
        each.join()


def kill_task(task):
    (pid,) = Task.objects.filter(pk=task.pk).values_list("pid", flat=True)
    assert pid
    os.kill(pid, signal.SIGKILL)


def test_nothing_is_lost_or_doubled_when_the_web_server_is_killed(site, watch):
    task, watching = watch(lines=300, pause=10)
    os.kill(site.parts[0], signal.SIGKILL)
    assert followed(task).state == TaskState.SUCCEEDED
    assert len(all_have_all(task, watching)) == 301
    assert all(each.visits > 1 for each in watching)


def test_nothing_is_lost_or_doubled_when_the_process_of_the_task_is_killed(site, watch):
    task, watching = watch(lines=300, pause=10)
    kill_task(task)
    assert followed(task).attempts == 2
    told = all_have_all(task, watching)
    assert "queued again after attempt 1 of 3" in " ".join(told)
    assert told[-1] == "line 300 of 300"
    assert all(each.visits == 1 for each in watching)


def test_nothing_is_lost_or_doubled_when_web_and_worker_are_killed(site, watch):
    task, watching = watch(lines=300, pause=10)
    for part in site.parts:
        os.kill(part, signal.SIGKILL)
    assert followed(task).attempts == 2
    assert all_have_all(task, watching)[-1] == "line 300 of 300"


def test_every_connection_of_the_database_may_break(site, watch):
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    task, watching = watch(lines=300, pause=10)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid != pg_backend_pid() AND datname = current_database()"
        )
    assert followed(task).state == TaskState.SUCCEEDED
    assert all_have_all(task, watching)[-1] == "line 300 of 300"
    assert all(each.visits == 1 for each in watching)


def test_open_sockets_do_not_stop_the_web_server_from_ending(site, author):
    with closing(Door(site.port)) as door:
        browser = door.browser("ws/activity/", signed_in(author))
        assert browser.hear()["type"] == "activity"
        site.terminate()
        assert browser.closed[0] == 1012
    assert site.wait() == 0


@pytest.mark.django_db  # on a database of its own, beside the one of the tests
def test_many_lines_reach_all_browsers_complete_and_in_order():
    words = [sys.executable, "-m", "rig.bench.live", connection.vendor]
    numbers = ["--watchers", "20", "--lines", "2000", "--seconds", "0"]
    seen = subprocess.run([*words, *numbers], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "2,000 lines at once: complete and in order in 20 of 20" in seen.stdout
