# [DEF:tasks.health:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether a worker runs queued tasks, and whether the clock of the schedules runs.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> core.storage
# @RELATION CALLS -> plugins.needs

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q
from django.utils import timezone

from apps.core.advice import advise
from apps.core.messages import MAKE_ROOM
from apps.core.storage import storage_problem
from apps.plugins.needs import fits
from apps.tasks import messages
from apps.tasks.models import Clock, Task, TaskState, Worker
from apps.tasks.periodic import registered

MINUTE = timedelta(minutes=1)
"""Without a sign of life for longer, a worker counts as dead."""

TICK = timedelta(seconds=90)
"""A tick is due each minute; so long after the last one it is overdue, as a write may wait for 20 seconds."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """Whether one part works; if not, what is wrong and what to do. `seen` is its last sign of life."""

    ok: bool
    seen: datetime | None
    sentence: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    worker: PartHealth
    scheduler: PartHealth
    storage: PartHealth = field(default_factory=lambda: PartHealth(ok=True, seen=None))

    @property
    def ok(self) -> bool:
        return self.worker.ok and self.scheduler.ok and self.storage.ok


def health() -> Health:
    sentence = storage_problem()
    if sentence:
        return _of_trouble(PartHealth(ok=False, seen=None, sentence=sentence, next_step=str(MAKE_ROOM)))
    signs = _signs()
    worker = _worker(signs)
    return Health(worker, _scheduler(worker, signs))


def _of_trouble(storage: PartHealth) -> Health:
    """Signs of life are stored as well, so an old one says nothing here."""
    signs = _signs()
    found = _worker(signs)
    if not found.ok:
        unknown = str(messages.WORKER_UNKNOWN)
        found = PartHealth(ok=False, seen=found.seen, sentence=unknown, next_step=storage.next_step)
    return Health(found, _scheduler(found, signs), storage)


def is_served(needs: str) -> bool:
    """Whether a worker was seen lately that takes tasks with these needs, as they are stored."""
    alive = Worker.objects.filter(seen__range=(timezone.now() - MINUTE, timezone.now() + MINUTE))
    return any(fits(needs, offers) for offers in alive.values_list("offers", flat=True))


def worker_is_alive() -> bool:
    """Whether a worker was seen lately."""
    return _worker(_signs()).ok


def _signs() -> Mapping[str, datetime | None]:
    """When any worker was last seen, and of those that live, when the first started and the queue last answered."""
    alive = Q(seen__gte=timezone.now() - MINUTE)
    return Worker.objects.aggregate(
        last=Max("seen"), started=Min("started", filter=alive), answered=Max("asked", filter=alive)
    )


def _worker(signs: Mapping[str, datetime | None]) -> PartHealth:
    seen = signs["last"]
    if _is_since(seen, timezone.now(), MINUTE):
        return PartHealth(ok=True, seen=seen)
    waiting = Task.objects.filter(state=TaskState.QUEUED).count()
    step = str(advise("tasks.start_worker"))
    return PartHealth(ok=False, seen=seen, sentence=messages.no_worker(waiting), next_step=step)


def _scheduler(worker: PartHealth, signs: Mapping[str, datetime | None]) -> PartHealth:
    """It works if it answers a worker every few seconds, and what it calls each minute succeeds."""
    now = timezone.now()
    ticks = _ticks()
    ticked = max(filter(None, ticks.values()), default=None)
    if not worker.ok:
        return PartHealth(ok=False, seen=ticked, sentence=str(messages.NO_SCHEDULER), next_step=worker.next_step)
    answers = _is_since(signs["answered"], now, MINUTE)
    has_just_begun = _is_since(signs["started"], now, TICK if answers else MINUTE)
    overdue = {function: last for function, last in ticks.items() if not _is_since(last, now, TICK)}
    if has_just_begun or (answers and not overdue):
        return PartHealth(ok=True, seen=ticked)
    sentence = _stopped(overdue) if answers and len(overdue) < len(ticks) else messages.clock_stopped(ticked)
    return PartHealth(ok=False, seen=ticked, sentence=sentence, next_step=str(advise("tasks.restart_worker")))


def _stopped(overdue: Mapping[str, datetime | None]) -> str:
    """One of the functions fails, the others go on."""
    function, last = next(iter(overdue.items()))
    return messages.function_stopped(function, last)


def _ticks() -> dict[str, datetime | None]:
    """Of each function that is called every minute, its last success."""
    ticks = dict(Clock.objects.values_list("function", "ticked"))
    return {function: ticks.get(function) for function in registered()}


def _is_since(moment: datetime | None, now: datetime, patience: timedelta) -> bool:
    """A moment in the future, from before the clock was put back, does not count."""
    return moment is not None and abs(now - moment) <= patience
