# [DEF:tasks.worker.reaper:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds what dead processes left behind: tasks without a process, and tasks without a wake-up.
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
from apps.tasks import messages, queue
from apps.tasks.models import Pause, Task, TaskState
from apps.tasks.questions import expired
from apps.tasks.transitions import transition
from apps.tasks.worker.claims import NOTHING, Offers, eligible
from apps.tasks.worker.journal import Line, append
from apps.tasks.worker.processes import end, host, is_alive

logger = logging.getLogger(__name__)

SILENCE = timedelta(seconds=60)
"""A task that was silent for longer has lost its process: SQLite makes a writer wait 20 seconds at most."""

ATTEMPTS = 3
"""How often a repeatable task is tried in all, if its process dies each time."""

SOURCE = "reaper"


JUMP = 5.0
"""Seconds by which the wall clock may drift from the monotonic one between two looks."""


class WallClock:
    """Whether the wall clock was set lately: then the age of a sign of life says nothing until the next one."""

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


def reap(offers: Offers = NOTHING) -> list[Task]:
    """Take the tasks of dead processes away, end tasks whose question expired, and wake a worker for tasks that wait.
    Returns those that were taken away."""
    with acting_through("reaper"):
        doubtful = _clock.is_doubtful()
        taken = [task for task in _running() if _is_gone(task, doubtful=doubtful) and _take_away(task)]
        for pause in expired(timezone.now()):
            _expire(pause)
    if eligible(offers).exists() and not queue.has_wake_up():
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
    process = {"pid": task.pid, "machine": task.machine}
    if task.repeatable and task.cancel_requested:
        sentence = messages.DIED_WHILE_STOPPING.format(**process)
        return _end_as(task, TaskState.CANCELLED, "cancelled", sentence, expected)
    if not task.repeatable or task.attempts >= ATTEMPTS:
        return _end_as(task, TaskState.LOST, "lost", messages.DIED.format(**process), expected)
    with transaction.atomic():
        taken = transition(
            task, to=TaskState.QUEUED, actor=None, expected=expected, lease=None, pid=None, heartbeat=None
        )
        if taken:
            text = messages.QUEUED_AGAIN.format(**process, number=task.attempts, attempts=ATTEMPTS)
            append(task, Line(text, "warning", SOURCE))
    return taken


def _expire(pause: Pause) -> None:
    asked_at, until = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (pause.asked, pause.expires))
    sentence = messages.UNANSWERED.format(asked=asked_at, until=until)
    _end_as(pause.task, TaskState.TIMED_OUT, "unanswered", sentence, {})


def _end_as(task: Task, state: TaskState, kind: str, sentence: str, expected: dict[str, Any]) -> bool:
    """End a task whose process cannot."""
    error = {"kind": kind, "sentence": sentence, "context": {}}
    with transaction.atomic():
        left = transition(task, to=state, actor=None, expected=expected, finished=timezone.now(), error=error)
        if left:
            append(task, Line(sentence, "error", SOURCE))
    return left
