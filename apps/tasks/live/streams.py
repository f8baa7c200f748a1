# [DEF:tasks.live.streams:Module]
# @COMPLEXITY: 3
# @PURPOSE: The messages that a socket sends, in order.
# @RELATION DEPENDS_ON -> users.policies
"""A stream goes on when its last message was taken, and reads from there: a slow client gets more at a time, and costs
no memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Max, Q
from django.utils.translation import override

from apps.tasks.live import columns
from apps.tasks.live.doorbell import ACTIVITY, task_topic
from apps.tasks.live.hub import Hub
from apps.tasks.live.messages import encoded, encoded_line
from apps.tasks.models import Task, TaskLine, TaskState
from apps.tasks.view.lines import line_rows
from apps.tasks.view.rows import for_rows, task_rows
from apps.tasks.view.stages import stages_of
from apps.tasks.view.titles import migration_of, title_of
from apps.users.models import User
from apps.users.policies import VisibleQuerySet

LINES, CHARACTERS = 200, 100_000
"""A message has at most so many lines, and no further one after so many characters."""

ENGLISH = "en"

ROWS = 100
"""Tasks in one message, at most."""

HEARTBEAT = 20.0
"""Seconds after which a silent stream sends a sign of life."""

PAUSE = 0.3
"""Seconds between two looks at all tasks."""

NEWEST = 100
"""The newest tasks are compared whatever their state: one may begin and end between two looks."""

ACTIVE = tuple(state for state in TaskState if not Task(state=state).ended)
HEARTBEAT_MESSAGE = encoded({"type": "beat"})


class TaskRemoved(Exception):
    """The watched task does not exist."""


async def with_heartbeats(stream: AsyncIterator[str]) -> AsyncIterator[str]:
    """The stream, with a sign of life whenever it is silent: a page cannot tell a dead connection from a silent one."""
    step: asyncio.Future[str] | None = None
    try:
        while True:
            step = step or asyncio.ensure_future(anext(stream))
            if not (await asyncio.wait([step], timeout=HEARTBEAT))[0]:
                yield HEARTBEAT_MESSAGE
                continue
            try:
                sent = step.result()
            except StopAsyncIteration:
                return
            step = None
            yield sent
    finally:
        if step:
            step.cancel()


# --- One task ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Lines after a number; only of these levels and sources, if there are any."""

    after: int = 0
    levels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """The messages about a task, and the number up to which its lines were searched."""

    task: str
    lines: str
    last: int
    end: str
    """The last message, if it has ended and these are its last lines."""

    final: bool
    """There are more lines after these: reading them again gives the same."""


async def task_stream(hub: Hub, task: int, wanted: LineFilter, language: str = ENGLISH) -> AsyncIterator[str]:
    """The task, its lines, then each change and each new line until it has ended, in this language. TaskRemoved if it
    is not there."""
    topic, sent = hub.topic(task_topic(task)), ""
    while True:
        rings = topic.count
        update = await hub.shared((task, wanted, language), topic, partial(_update, task, wanted, language))
        if update is None:
            raise TaskRemoved
        if update.task != sent and not (sent and update.final):
            sent = update.task
            yield sent
        if update.lines:
            yield update.lines
        if update.end:
            yield update.end
            return
        wanted = replace(wanted, after=update.last)
        if not update.final:
            await topic.rung(since=rings)


def _update(number: int, wanted: LineFilter, language: str) -> TaskUpdate | None:
    # Read before the lines: they are stored before its end
    task = Task.objects.filter(pk=number).first()
    if task is None:
        return None
    with override(language):
        lines, last, more = _lines(number, wanted)
        shown = encoded({"type": "task", "task": _watched(task)})
    ended = task.ended and not more
    return TaskUpdate(
        task=shown,
        lines=encoded({"type": "lines", "lines": lines, "last": last}) if lines else "",
        last=last,
        end=encoded({"type": "end", "state": task.state, "last": last}) if ended else "",
        final=more,
    )


def _watched(task: Task) -> dict[str, Any]:
    changing = {name: getattr(task, name) for name in columns.WATCHED}
    return {**changing, "title": title_of(task), "migration": migration_of(task), "stages": stages_of(task)}


def _lines(task: int, wanted: LineFilter) -> tuple[list[orjson.Fragment], int, bool]:
    """Lines as JSON, the number up to which they were searched, and whether there are more."""
    after = TaskLine.objects.filter(task=task, seq__gt=wanted.after)
    last = after.aggregate(last=Max("seq"))["last"] or wanted.after
    chosen = after.filter(seq__lte=last).order_by("seq")
    if wanted.levels:
        chosen = chosen.filter(level__in=wanted.levels)
    if wanted.sources:
        chosen = chosen.filter(source__in=wanted.sources)
    lines: list[orjson.Fragment] = []
    characters, seen = 0, wanted.after
    for row in line_rows(chosen[: LINES + 1]):
        if len(lines) == LINES or characters > CHARACTERS:
            return lines, seen, True
        line = encoded_line(row)
        lines.append(orjson.Fragment(line))
        characters, seen = characters + len(line), row["seq"]
    return lines, last, False


# --- All tasks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisibleTasks:
    """The tasks that a user may see; users with the same `sql` see the same. Rows say in the user's language what the
    user may do."""

    tasks: VisibleQuerySet[Task]
    sql: str
    user: User
    language: str

    @classmethod
    def of(cls, user: User, language: str = ENGLISH) -> VisibleTasks:
        tasks = Task.objects.visible_to(user)
        try:
            return cls(tasks, str(tasks.query), user, language)
        except EmptyResultSet:
            return cls(tasks, "", user, language)


@dataclass(frozen=True, slots=True)
class Overview:
    """How many tasks there are in each state, and the state of those that have not ended and of the newest."""

    counts: dict[str, int]
    states: dict[int, str]

    def changed(self, before: Overview | None) -> tuple[int, ...]:
        """Numbers of the tasks that changed; at first, those that have not ended."""
        if before is None:
            return tuple(sorted(number for number, state in self.states.items() if state in ACTIVE))
        new = {number for number, state in self.states.items() if before.states.get(number) != state}
        gone = {number for number, state in before.states.items() if state in ACTIVE} - self.states.keys()
        return tuple(sorted(new | gone))


async def activity_stream(hub: Hub, visible: Callable[[], VisibleTasks]) -> AsyncIterator[str]:
    """The counts and the tasks that have not ended, then both whenever a task is new or changes its state. It never
    ends by itself. `visible` is called before each look."""
    topic, before = hub.topic(ACTIVITY), None
    while True:
        rings, seen = topic.count, visible()
        now = await hub.shared(("overview", seen.sql), topic, partial(_overview, seen))
        changed = now.changed(before)
        if before is None or changed or now.counts != before.counts:
            for start in range(0, max(1, len(changed)), ROWS):
                some = changed[start : start + ROWS]
                key = ("rows", seen.sql, seen.user.pk, seen.language, some)
                yield await hub.shared(key, topic, partial(_rows, seen, now.counts, some))
        before = now
        await asyncio.sleep(PAUSE)
        await topic.rung(since=rings)


def _overview(seen: VisibleTasks) -> Overview:
    counts = seen.tasks.order_by().values_list("state").annotate(Count("pk"))
    numbers = seen.tasks.order_by("-pk").values_list("pk", flat=True)[:NEWEST]
    compared = seen.tasks.filter(Q(state__in=ACTIVE) | Q(pk__in=list(numbers)))
    return Overview(dict(counts), dict(compared.order_by().values_list("pk", "state")))


def _rows(seen: VisibleTasks, counts: Mapping[str, int], numbers: tuple[int, ...]) -> str:
    found = list(for_rows(seen.tasks.filter(pk__in=numbers)).order_by("pk"))
    with override(seen.language):
        rows = task_rows(found, seen.user, naming=False)
    return encoded({"type": "activity", "counts": counts, "tasks": rows})
