# [DEF:tasks.reaper:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds what a dead process left behind: tasks that nobody runs any more, and tasks that nobody was woken
#   for.
# @RELATION DEPENDS_ON -> audit.services
"""Finds what a dead process left behind: tasks that nobody runs any more, and tasks that nobody was woken for."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.services import record
from apps.tasks import queue
from apps.tasks.claiming import eligible
from apps.tasks.log import Line, append
from apps.tasks.models import Task, TaskState
from apps.tasks.processes import host, is_alive
from apps.tasks.states import move

SILENCE = timedelta(seconds=60)
"""A task that was silent for longer has no process any more: SQLite makes a writer wait 20 seconds at most."""

ATTEMPTS = 3
"""How often a repeatable task is tried in all, if its process dies each time."""

SOURCE = "reaper"


def reap() -> list[Task]:
    """Take each dead process' task from it, and see to it that what waits is known to a worker. Returns those taken."""
    taken = [task for task in _running() if _is_gone(task) and _take_away(task)]
    if eligible().exists() and not queue.has_wake_up():
        queue.wake()
    return taken


def _running() -> list[Task]:
    silent = Q(heartbeat__lt=timezone.now() - SILENCE)
    return list(Task.objects.select_related("actor").filter(silent | Q(host=host()), state=TaskState.RUNNING))


def _is_gone(task: Task) -> bool:
    if task.heartbeat is None or timezone.now() - task.heartbeat > SILENCE:
        return True
    return task.host == host() and task.pid is not None and not is_alive(task.pid)


def _take_away(task: Task) -> bool:
    """By heartbeat, too: one that came back to life in this moment keeps its task."""
    expected = {"lease": task.lease, "heartbeat": task.heartbeat}
    died = f"its process {task.pid} on {task.host} died"
    with transaction.atomic():
        if task.repeatable and task.attempts < ATTEMPTS:
            taken = move(task, to=TaskState.QUEUED, expected=expected, lease=None, pid=None, heartbeat=None)
            line = Line(f"{died}: queued again after attempt {task.attempts} of {ATTEMPTS}", "warning", SOURCE)
        else:
            sentence = f"{died[0].upper()}{died[1:]}: what it had done by then is not known."
            error = {"kind": "lost", "sentence": sentence, "context": {}}
            taken = move(task, to=TaskState.LOST, expected=expected, finished=timezone.now(), error=error)
            line = Line(sentence, "error", SOURCE)
        if taken:
            append(task, line)
            record(actor=task.actor, action="task.lost", target=task, after={"state": task.state}, source="worker")
    return taken
