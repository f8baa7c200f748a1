# [DEF:tasks.worker.reaper:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds what a dead process left behind: tasks that nobody runs any more, and tasks that nobody was woken
#   for.
# @RELATION DEPENDS_ON -> tasks.worker.claims
# @RELATION DEPENDS_ON -> audit.origin

from __future__ import annotations

import logging
import os
import time
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.origin import acting_through
from apps.tasks import queue
from apps.tasks.models import Pause, Task, TaskState
from apps.tasks.questions import expired
from apps.tasks.transitions import transition
from apps.tasks.worker.claims import eligible
from apps.tasks.worker.journal import Line, append
from apps.tasks.worker.processes import end, host, is_alive

logger = logging.getLogger(__name__)

SILENCE = timedelta(seconds=60)
"""A task that was silent for longer has no process any more: SQLite makes a writer wait 20 seconds at most."""

ATTEMPTS = 3
"""How often a repeatable task is tried in all, if its process dies each time."""

SOURCE = "reaper"


JUMP = 5.0
"""Seconds by which the clock on the wall and the one that nobody sets may differ between two looks."""


class WallClock:
    """Whether the clock on the wall was set lately: then the time of a sign of life says nothing, until the living have
    given another one."""

    def __init__(self) -> None:
        self._ahead: float | None = None
        self._doubtful_until = 0.0

    def is_doubtful(self) -> bool:
        now = time.monotonic()
        ahead = time.time() - now
        if self._ahead is not None and abs(ahead - self._ahead) > JUMP:
            self._doubtful_until = now + SILENCE.total_seconds()
        self._ahead = ahead
        return now < self._doubtful_until


_clock = WallClock()


def reap() -> list[Task]:
    """Take each dead process' task from it, end what nobody answered in time, and see to it that what waits is known to
    a worker. Returns those taken."""
    with acting_through("reaper"):
        doubtful = _clock.is_doubtful()
        taken = [task for task in _running() if _is_gone(task, doubtful=doubtful) and _take_away(task)]
        for asked in expired(timezone.now()):
            _let_expire(asked)
    if eligible().exists() and not queue.has_wake_up():
        queue.wake()
    return taken


def _running() -> list[Task]:
    now = timezone.now()
    silent = Q(heartbeat__lt=now - SILENCE) | Q(heartbeat__gt=now + SILENCE) | Q(heartbeat=None)
    return list(Task.objects.select_related("actor").filter(silent | Q(host=host()), state=TaskState.RUNNING))


def _is_gone(task: Task, *, doubtful: bool) -> bool:
    here = task.host == host()
    if task.pid is not None and here and not is_alive(task.pid, task.born):
        return True
    if task.heartbeat is None:
        return True
    # A time to come is from before the clock was set
    silent = not doubtful and abs(timezone.now() - task.heartbeat) > SILENCE
    if silent and here:
        _end(task)
    return silent


def _end(task: Task) -> None:
    """A silent process on this host was stopped, or hangs: it is ended before its task is given away, so that it does
    nothing more when it goes on. Of one on another host the task is taken all the same; it asks before it writes."""
    if task.pid is None or task.born is None or task.pid == os.getpid():
        return
    if end(task.pid, task.born):
        logger.warning("%s: its process %s gave no sign of life and was ended", task, task.pid)
    else:
        logger.error("%s: its process %s gives no sign of life and cannot be ended", task, task.pid)


def _take_away(task: Task) -> bool:
    """By heartbeat, too: one that came back to life in this moment keeps its task."""
    expected = {"lease": task.lease, "heartbeat": task.heartbeat}
    died = f"its process {task.pid} on {task.machine} died"
    if task.repeatable and task.cancel_requested:
        return _leave(task, TaskState.CANCELLED, "cancelled", f"{_upper(died)} when it was to stop.", expected)
    if not task.repeatable or task.attempts >= ATTEMPTS:
        sentence = f"{_upper(died)}: what it had done by then is not known."
        return _leave(task, TaskState.LOST, "lost", sentence, expected)
    with transaction.atomic():
        taken = transition(
            task, to=TaskState.QUEUED, actor=None, expected=expected, lease=None, pid=None, heartbeat=None
        )
        if taken:
            append(task, Line(f"{died}: queued again after attempt {task.attempts} of {ATTEMPTS}", "warning", SOURCE))
    return taken


def _let_expire(asked: Pause) -> None:
    since = f"{asked.asked:%Y-%m-%d %H:%M} UTC"
    sentence = f"Nobody answered what it asked since {since} until {asked.expires:%Y-%m-%d %H:%M} UTC: retry the task."
    _leave(asked.task, TaskState.TIMED_OUT, "unanswered", sentence, {})


def _leave(task: Task, state: TaskState, kind: str, sentence: str, expected: dict[str, Any]) -> bool:
    """End it in the place of a process that cannot."""
    error = {"kind": kind, "sentence": sentence, "context": {}}
    with transaction.atomic():
        left = transition(task, to=state, actor=None, expected=expected, finished=timezone.now(), error=error)
        if left:
            append(task, Line(sentence, "error", SOURCE))
    return left


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
