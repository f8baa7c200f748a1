# [DEF:overview.gauges.work:Module]
# @COMPLEXITY: 3
# @PURPOSE: Gauges of tasks: how many are in which state, how long the queue is, and how long stages take.
# @RELATION DEPENDS_ON -> overview.gauges.gauge
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION CALLS -> tasks.worker.claims
# @RELATION CALLS -> plugins.registry

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Case, Count, Min, Q, Value, When

from apps.overview.gauges.gauge import Gauge, seconds_since
from apps.plugins.registry import registry
from apps.tasks.models import ENDED, Task, TaskState
from apps.tasks.worker.claims import eligible

ROWS = 50
"""Read at a time: what they take is given back."""

RECENT = timedelta(hours=1)

MOST_READ = 500
"""Tasks whose stages are read: the latest of the hour."""

WORKER, ENVIRONMENT = "worker", "environment"
"""What a queued task waits for: a free worker, or the end of a task that writes to the same environment."""

OTHER = "other"
"""Stages that an action does not declare: their names are made while it runs, and there is no end of them."""

STAGE = ("action", "stage")


def task_gauges(now: datetime) -> Iterator[Gauge]:
    """Three queries."""
    yield from _states(now)
    yield from _queue(now)
    yield from _stages(now)


def _states(now: datetime) -> Iterator[Gauge]:
    recent = Count("pk", filter=Q(finished__gte=now - RECENT))
    rows = Task.objects.order_by().values_list("state").annotate(kept=Count("pk"), recent=recent)
    found = {state: (kept, ended) for state, kept, ended in rows}
    counts = {state: found.get(state, (0, 0)) for state in TaskState.values}
    by_state = {(state,): kept for state, (kept, _) in counts.items()}
    yield Gauge("lockstep_tasks", "Tasks that are kept, by state.", ("state",), by_state)
    ended = {(state,): recently for state, (_, recently) in counts.items() if state in ENDED}
    yield Gauge("lockstep_tasks_ended_last_hour", "Tasks that ended within the last hour.", ("state",), ended)


def _queue(now: datetime) -> Iterator[Gauge]:
    waits_for = Case(When(pk__in=eligible().order_by().values("pk"), then=Value(WORKER)), default=Value(ENVIRONMENT))
    queued = Task.objects.filter(state=TaskState.QUEUED).order_by().annotate(waits_for=waits_for)
    rows = queued.values_list("waits_for").annotate(depth=Count("pk"), oldest=Min("created"))
    found = {what: (depth, seconds_since(oldest, now)) for what, depth, oldest in rows}
    waiting = {(what,): found.get(what, (0, 0.0)) for what in (WORKER, ENVIRONMENT)}
    depths = {what: depth for what, (depth, _) in waiting.items()}
    ages = {what: age for what, (_, age) in waiting.items()}
    why = "by what they wait for: a worker, or the end of a task that writes to the same environment"
    yield Gauge("lockstep_queue_depth", f"Queued tasks, {why}.", ("waits_for",), depths)
    oldest = f"Age of the oldest queued task, {why}; 0 if none waits."
    yield Gauge("lockstep_queue_oldest_seconds", oldest, ("waits_for",), ages)


def _stages(now: datetime) -> Iterator[Gauge]:
    seconds: dict[tuple[str, ...], list[float]] = defaultdict(list)
    ended = Task.objects.filter(finished__gte=now - RECENT).order_by("-pk")  # by state they would all be sorted first
    for plugin, action, stages in ended.values_list("plugin", "action", "stages")[:MOST_READ].iterator(ROWS):
        declared = _declared(plugin, action)
        for stage in filter(_is_done, stages):
            name = stage["name"] if stage["name"] in declared else OTHER
            seconds[f"{plugin}.{action}", name].append(_seconds(stage))
    within = f"of a stage, of the {MOST_READ} tasks that ended last within the hour."
    medians = {key: median(each) for key, each in seconds.items()}
    yield Gauge("lockstep_stage_duration_median_seconds", f"Median duration {within}", STAGE, medians)
    longest = {key: max(each) for key, each in seconds.items()}
    yield Gauge("lockstep_stage_duration_max_seconds", f"Longest duration {within}", STAGE, longest)


def _declared(plugin: str, action: str) -> set[str]:
    found = registry().action(plugin, action)
    return {stage.name for stage in found.stages} if found else set()


def _is_done(stage: Mapping[str, Any]) -> bool:
    return bool(stage["started"] and stage["finished"])


def _seconds(stage: Mapping[str, Any]) -> float:
    taken = datetime.fromisoformat(stage["finished"]) - datetime.fromisoformat(stage["started"])
    return max(0.0, taken.total_seconds())
