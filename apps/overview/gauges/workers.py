# [DEF:overview.gauges.workers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Gauges of the workers and of the clock that they keep going.
# @RELATION DEPENDS_ON -> overview.gauges.gauge
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> tasks.health
# @RELATION CALLS -> tasks.periodic

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from apps.overview.gauges.gauge import Gauge, seconds_since
from apps.tasks.health import MINUTE
from apps.tasks.models import Clock, Worker
from apps.tasks.periodic import registered

MACHINE = ("machine",)

ALIVE = MINUTE.total_seconds()


def worker_gauges(now: datetime) -> Iterator[Gauge]:
    """Two queries. By machine, not by process: each start of a worker would begin a series of its own."""
    machines: dict[tuple[str, ...], list[Worker]] = defaultdict(list)
    for worker in Worker.objects.all():
        machines[(worker.machine,)].append(worker)
    processes = {where: [_processes(each, now) for each in found] for where, found in machines.items()}
    workers = {where: sum(map(bool, each)) for where, each in processes.items()}
    yield Gauge("lockstep_workers", "Workers that were seen within the last minute.", MACHINE, workers)
    at_once = {where: sum(each) for where, each in processes.items()}
    yield Gauge("lockstep_worker_processes", "Tasks that these workers run at once.", MACHINE, at_once)
    ages = {where: min(seconds_since(each.seen, now) for each in found) for where, found in machines.items()}
    seen = "Seconds since a worker of the machine was last seen."
    yield Gauge("lockstep_worker_heartbeat_age_seconds", seen, MACHINE, ages)
    yield _clock(now)


def _processes(worker: Worker, now: datetime) -> int:
    """0 if it counts as dead."""
    return worker.processes if seconds_since(worker.seen, now) <= ALIVE else 0


def _clock(now: datetime) -> Gauge:
    ticks = Clock.objects.filter(function__in=registered()).values_list("function", "ticked")
    ages = {(function,): seconds_since(ticked, now) for function, ticked in ticks}
    meaning = "Seconds since a function that is called once a minute last succeeded."
    return Gauge("lockstep_clock_age_seconds", meaning, ("function",), ages)
