# [DEF:tasks.health:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether somebody works on what is queued, and whether the clock of the schedules goes.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> core.storage

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from apps.core.messages import MAKE_ROOM
from apps.core.storage import storage_problem
from apps.tasks.models import Clock, Task, TaskState, Worker
from apps.tasks.periodic import registered

MINUTE = timedelta(minutes=1)
"""What gave no sign of life for longer counts as dead."""

TICK = timedelta(seconds=90)
"""One comes each minute; so much later than the last it is overdue: whoever writes may have to wait 20 seconds."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """Of one part: whether it lives, and if not, what is wrong and what to do. `seen` is its last sign of life."""

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
    worker = _worker()
    return Health(worker, _scheduler(worker))


def _of_trouble(storage: PartHealth) -> Health:
    """Signs of life are stored, too: one that is old says nothing then."""
    found = _worker()
    if not found.ok:
        unknown = "Whether a worker runs is not known: no sign of life can be stored."
        found = PartHealth(ok=False, seen=found.seen, sentence=unknown, next_step=storage.next_step)
    return Health(found, _scheduler(found), storage)


def worker_is_alive() -> bool:
    """Whether one was seen lately that could take a task."""
    return _worker().ok


def _worker() -> PartHealth:
    seen = Worker.objects.order_by("-seen").values_list("seen", flat=True).first()
    if _is_since(seen, timezone.now(), MINUTE):
        return PartHealth(ok=True, seen=seen)
    waiting = Task.objects.filter(state=TaskState.QUEUED).count()
    told = f", and {waiting} {'task waits' if waiting == 1 else 'tasks wait'} for one" if waiting else ""
    step = "Start one with `manage.py worker`, or web and worker together with `manage.py run`."
    return PartHealth(ok=False, seen=seen, sentence=f"No worker is running{told}.", next_step=step)


def _scheduler(worker: PartHealth) -> PartHealth:
    """It lives where a worker asks it every few seconds and gets an answer, and what it calls each minute goes well."""
    now = timezone.now()
    ticked = _last_tick(now)
    if not worker.ok:
        return PartHealth(
            ok=False, seen=ticked, sentence="Without a worker no schedule runs.", next_step=worker.next_step
        )
    alive = Worker.objects.filter(seen__gte=now - MINUTE).aggregate(started=Min("started"), asked=Max("asked"))
    answers = _is_since(alive["asked"], now, MINUTE)
    has_just_begun = _is_since(alive["started"], now, TICK if answers else MINUTE)
    if has_just_begun or (answers and _is_since(ticked, now, TICK)):
        return PartHealth(ok=True, seen=ticked)
    since = f" since {ticked:%Y-%m-%d %H:%M} UTC" if ticked else ""
    sentence = f"The clock of the schedules stands still{since}, although a worker runs."
    return PartHealth(
        ok=False, seen=ticked, sentence=sentence, next_step="Restart the worker and look at what it logs."
    )


def _last_tick(now: datetime) -> datetime | None:
    """Of all functions that are called each minute, the success that is furthest from now; None if one never
    succeeded."""
    ticks = list(Clock.objects.filter(function__in=registered()).values_list("ticked", flat=True))
    return max(ticks, key=lambda ticked: abs(now - ticked)) if len(ticks) == len(registered()) else None


def _is_since(moment: datetime | None, now: datetime, patience: timedelta) -> bool:
    """Not one from before the clock was put back either."""
    return moment is not None and abs(now - moment) <= patience
