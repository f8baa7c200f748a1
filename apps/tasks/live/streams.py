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

import orjson
from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Max, Q

from apps.tasks.live import columns
from apps.tasks.live.doorbell import ACTIVITY, task_topic
from apps.tasks.live.hub import Hub
from apps.tasks.live.messages import encoded, encoded_line
from apps.tasks.models import Task, TaskLine, TaskState
from apps.users.models import User
from apps.users.policies import VisibleQuerySet

LINES, CHARACTERS = 200, 100_000
"""A message has at most so many lines, and no further one after so many characters."""

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


async def task_stream(hub: Hub, task: int, wanted: LineFilter) -> AsyncIterator[str]:
    """The task, its lines, then each change and each new line until it has ended. TaskRemoved if it is not there."""
    topic, sent = hub.topic(task_topic(task)), ""
    while True:
        rings = topic.count
        update = await hub.shared((task, wanted), topic, partial(_update, task, wanted))
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


def _update(number: int, wanted: LineFilter) -> TaskUpdate | None:
    # Read before the lines: they are stored before its end
    task = Task.objects.filter(pk=number).values(*columns.WATCHED).first()
    if task is None:
        return None
    lines, last, more = _lines(number, wanted)
    ended = task["state"] not in ACTIVE and not more
    return TaskUpdate(
        task=encoded({"type": "task", "task": task}),
        lines=encoded({"type": "lines", "lines": lines, "last": last}) if lines else "",
        last=last,
        end=encoded({"type": "end", "state": task["state"], "last": last}) if ended else "",
        final=more,
    )


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
    for row in chosen.values(*columns.LINE)[: LINES + 1]:
        if len(lines) == LINES or characters > CHARACTERS:
            return lines, seen, True
        line = encoded_line(row)
        lines.append(orjson.Fragment(line))
        characters, seen = characters + len(line), row["seq"]
    return lines, last, False


# --- All tasks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisibleTasks:
    """The tasks that a user may see; users with the same `sql` see the same."""

    tasks: VisibleQuerySet[Task]
    sql: str

    @classmethod
    def of(cls, user: User) -> VisibleTasks:
        tasks = Task.objects.visible_to(user)
        try:
            return cls(tasks, str(tasks.query))
        except EmptyResultSet:
            return cls(tasks, "")


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
                yield await hub.shared(("rows", seen.sql, some), topic, partial(_rows, seen, now.counts, some))
        before = now
        await asyncio.sleep(PAUSE)
        await topic.rung(since=rings)


def _overview(seen: VisibleTasks) -> Overview:
    counts = seen.tasks.order_by().values_list("state").annotate(Count("pk"))
    numbers = seen.tasks.order_by("-pk").values_list("pk", flat=True)[:NEWEST]
    compared = seen.tasks.filter(Q(state__in=ACTIVE) | Q(pk__in=list(numbers)))
    return Overview(dict(counts), dict(compared.order_by().values_list("pk", "state")))


def _rows(seen: VisibleTasks, counts: Mapping[str, int], numbers: tuple[int, ...]) -> str:
    found = seen.tasks.filter(pk__in=numbers).order_by("pk").values_list(*columns.TASK.values())
    rows = [dict(zip(columns.TASK, row, strict=True)) for row in found]
    return encoded({"type": "activity", "counts": counts, "tasks": rows})
