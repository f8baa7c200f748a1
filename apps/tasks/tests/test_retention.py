from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.files import store
from apps.tasks import retention
from apps.tasks.models import Task, TaskArtifact, TaskLine, TaskState
from apps.tasks.retention import YOUNG, Pruned, outdated, prune
from apps.users.services.grants import get_role, grant_role

NOW = timezone.now()
OLD = NOW - timedelta(days=91)


@pytest.fixture
def make_task(author, settings):
    settings.TASKS_KEPT_FOR, settings.TASKS_KEPT = timedelta(days=90), 100

    def make(state=TaskState.SUCCEEDED, finished=OLD, files=(), lines=0):
        task = Task.objects.create(plugin="p", action="a", actor=author, state=state, finished=finished)
        for content in files:
            file = store("artefacts", content)
            TaskArtifact.objects.create(task=task, name=content.decode(), path=file.path, sha256=file.sha256, size=3)
            age(settings.DATA_DIR / "files" / file.path)
        TaskLine.objects.bulk_create(TaskLine(task=task, seq=seq, text="x") for seq in range(1, lines + 1))
        return task

    return make


def age(path):
    an_hour_ago = time.time() - YOUNG - 60
    os.utime(path, (an_hour_ago, an_hour_ago))


def files(settings, folder="artefacts"):
    place = Path(settings.DATA_DIR, "files", folder)
    return {file.read_bytes() for file in place.iterdir()} if place.is_dir() else set()


def test_what_ended_too_long_ago_goes_with_its_lines_and_files(make_task, settings):
    make_task(files=[b"one"], lines=3)
    kept = make_task(finished=NOW, files=[b"two"], lines=1)
    expected = Pruned(tasks=1, lines=3, files=1, bytes=3)
    assert outdated(NOW) == expected
    assert list(Task.objects.values_list("pk", flat=True)) == [kept.pk, kept.pk - 1]
    assert prune(now=NOW) == expected
    assert (list(Task.objects.all()), files(settings)) == ([kept], {b"two"})
    assert prune(now=NOW) == Pruned()


def test_of_more_than_are_kept_the_newest_stay(make_task, settings):
    settings.TASKS_KEPT = 2
    tasks = [make_task(finished=NOW) for _ in range(4)]
    assert prune(now=NOW).tasks == 2
    assert set(Task.objects.all()) == set(tasks[2:])


@pytest.mark.parametrize("state", [TaskState.QUEUED, TaskState.RUNNING, TaskState.AWAITING_INPUT])
def test_what_has_not_ended_stays_however_old_it_is(make_task, settings, state):
    settings.TASKS_KEPT = 1
    make_task(state, finished=None)
    make_task(finished=NOW)
    assert prune(now=NOW) == Pruned()


def test_a_file_shared_with_another_task_is_kept(make_task, settings):
    make_task(files=[b"one"])
    make_task(finished=NOW, files=[b"one"])
    assert prune(now=NOW).files == 0
    assert files(settings) == {b"one"}


def test_a_file_that_was_stored_just_now_may_be_of_a_task_that_runs(db, settings):
    store("artefacts", b"new")
    assert prune(now=NOW) == Pruned()
    assert files(settings) == {b"new"}


def test_snapshots_and_plans_are_never_touched(make_task, settings):
    for folder in ("snapshots", "plans"):
        file = store(folder, b"PK")
        age(settings.DATA_DIR / "files" / file.path)
    make_task()
    prune(now=NOW)
    assert files(settings, "snapshots") == files(settings, "plans") == {b"PK"}


def test_of_a_long_log_some_lines_go_at_a_time(make_task, monkeypatch):
    """Others write meanwhile, and on SQLite one at a time."""
    monkeypatch.setattr(retention, "LINES", 2)
    make_task(lines=5), make_task(lines=2)
    left = []
    assert prune(now=NOW, between=lambda: left.append(TaskLine.objects.count())).lines == 7
    assert left == [5, 3, 1, 0, 0]


def test_a_removal_of_old_tasks_is_audited(make_task):
    task = make_task()
    prune(now=NOW)
    entry = AuditEntry.objects.get(action="task.prune")
    assert entry.before == {"tasks": 1, "first": task.pk, "last": task.pk}


def test_the_prune_command_is_a_dry_run_without_yes(make_task, manage):
    make_task(lines=2)
    code, said, _ = manage("task", "prune")
    assert code == 2
    assert said.startswith("Would remove 1 task with 2 lines, and 0 files of 0 bytes")
    assert Task.objects.exists()
    assert manage("task", "prune", "--yes")[:2] == (
        0,
        "Removed 1 task with 2 lines, and 0 files of 0 bytes that nothing else points to.\n",
    )
    assert manage("task", "prune")[:2] == (0, "Nothing to remove.\n")


def test_the_command_removes_for_who_may_control_tasks_everywhere_and_names_them(make_task, manage, viewer, author):
    make_task()
    for words in ((), ("--yes",)):
        code, _, said = manage("task", "prune", *words, "--as", "viewer")
        assert (code, "tasks.control" in said) == (1, True)
    grant_role(actor=author, user=viewer, role=get_role("operator"), where="dev")
    assert manage("task", "prune", "--yes", "--as", "viewer")[0] == 1
    assert Task.objects.exists()
    grant_role(actor=author, user=viewer, role=get_role("operator"))
    assert manage("task", "prune", "--yes", "--as", "viewer")[0] == 0
    assert AuditEntry.objects.get(action="task.prune").actor == viewer
