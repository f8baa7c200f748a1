# [DEF:tasks.management.follow:Module]
# @COMPLEXITY: 3
# @PURPOSE: Follows a task at the terminal, for commands that queue their work.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> environments.management.progress
# @RELATION DEPENDS_ON -> users.models
# @RELATION CALLS -> tasks.health

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from apps.core.concurrency import retry_on_database_error
from apps.core.management import colour
from apps.core.management.output import DONE, FAILED, INTERRUPTED, PENDING, Output
from apps.core.management.program import program
from apps.environments.management.progress import Stream
from apps.tasks.health import is_served, worker_is_alive
from apps.tasks.management import messages
from apps.tasks.management.output import detail_output, how_to_answer, line_text
from apps.tasks.management.prompts import ask
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import follow
from apps.tasks.view.waiting import waiting_reason
from apps.users.models import User

EXIT_CODES = {TaskState.SUCCEEDED: DONE, TaskState.AWAITING_INPUT: PENDING}

LEFT = {TaskState.QUEUED: messages.LEFT_QUEUED, TaskState.AWAITING_INPUT: messages.LEFT_WAITING}
"""What Ctrl-C leaves behind, unless it runs."""

PATIENCE = 10.0
"""Seconds for which a worker may be missing before nobody waits for it any longer."""


class NobodyWorks(Exception):
    """No worker is there that would go on with the task."""


class Watch:
    """Waits between two looks at a task, and looks after the worker meanwhile."""

    def __init__(self, task: Task, stream: Stream, clock: Callable[[], float] = time.monotonic) -> None:
        self._task = task
        self._stream = stream
        self._clock = clock
        self._missing_since: float | None = None

    def __call__(self, seconds: float) -> None:
        self.look()
        time.sleep(seconds)

    def look(self) -> None:
        """Tell at once that no worker is there. NobodyWorks if that lasts."""
        if retry_on_database_error(partial(_is_served, self._task), f"following {self._task}"):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = self._clock()
            self._stream.write(f"{_missing(self._task)}\n")
            self._stream.flush()
        elif self._clock() - self._missing_since >= PATIENCE:
            raise NobodyWorks


def followed_output(task: Task, stream: Stream, *, answering: User | None = None) -> Output:
    """Write the task's lines to the stream as they come. The output says how it ended, or what it waits for.

    At a terminal, it prompts for answers, given on behalf of `answering`. Ctrl-C stops following, not the task. Without
    a worker it ends after a moment: the task then waits on its own.
    """
    if task.state == TaskState.QUEUED:
        stream.write(f"{messages.FOLLOWING.format(task=task.pk)}\n")
    try:
        _follow(task, stream, answering)
    except NobodyWorks:
        return _left(task, messages.NOT_STARTED if task.state == TaskState.QUEUED else messages.ABANDONED, PENDING)
    except KeyboardInterrupt:
        return _left(task, LEFT.get(TaskState(task.state), messages.LEFT_RUNNING), INTERRUPTED)
    shown = detail_output(task)
    return replace(shown, exit_code=EXIT_CODES.get(TaskState(task.state), FAILED))


def without_worker(task: Task) -> str:
    """That no worker is there for a task that was queued; empty if one is."""
    return "" if _is_served(task) else _missing(task)


def _follow(task: Task, stream: Stream, answering: User | None) -> None:
    after, watch = 0, Watch(task, stream)
    while True:
        for line in follow(task, after=after, wait=watch):
            after = line.seq
            if line.level != "debug":
                text = line_text(line)
                shade = colour.LEVELS.get(line.level) if colour.is_wanted(stream) else None
                stream.write(f"{colour.painted(text, shade)}\n")
                stream.flush()
        pause = open_pause(task)
        if pause is None:
            return
        if answering is None or not sys.stdin.isatty():
            stream.write(f"{how_to_answer(task, pause.fields)}\n")
            return
        given = ask(pause.fields, stream, unanswered=messages.STILL_ASKED)
        answer(actor=answering, task=task, answers=given)


def _is_served(task: Task) -> bool:
    return is_served(task.needs) if task.needs else worker_is_alive()


def _missing(task: Task) -> str:
    if reason := waiting_reason(task):
        return f"{messages.TASK_NUMBER.format(number=task.pk)}: {reason}"
    template = messages.WORKER_GONE if task.state == TaskState.RUNNING else messages.NO_WORKER
    return str(template.format(number=task.pk, program=program()))


def _left(task: Task, template: object, code: int) -> Output:
    """How to go on with a task that is no longer followed."""
    text = str(template).format(number=task.pk, program=program())
    return Output(detail_output(task).data, text, exit_code=code)
