# [DEF:tasks.health:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether somebody works on what is queued, and whether the clock of the schedules goes.
# @RELATION DEPENDS_ON -> tasks.models
"""Whether somebody works on what is queued, and whether the clock of the schedules goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.schedules.models import Clock

MINUTE = timedelta(minutes=1)
"""What gave no sign of life for longer counts as dead."""

BETWEEN_TICKS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sign:
    """Of one part: whether it lives, and if not, what is wrong and what to do. `seen` is its last sign of life."""

    ok: bool
    seen: datetime | None
    sentence: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    worker: Sign
    scheduler: Sign

    @property
    def ok(self) -> bool:
        return self.worker.ok and self.scheduler.ok


def health() -> Health:
    worker = _worker()
    return Health(worker, _scheduler(worker))


def worker_is_alive() -> bool:
    """Whether one was seen lately that could take a task."""
    return _worker().ok


def _worker() -> Sign:
    seen = Worker.objects.order_by("-seen").values_list("seen", flat=True).first()
    if seen and abs(timezone.now() - seen) <= MINUTE:
        return Sign(ok=True, seen=seen)
    waiting = Task.objects.filter(state=TaskState.QUEUED).count()
    told = f", and {waiting} {'task waits' if waiting == 1 else 'tasks wait'} for one" if waiting else ""
    step = "Start one with `manage.py worker`, or web and worker together with `manage.py run`."
    return Sign(ok=False, seen=seen, sentence=f"No worker is running{told}.", next_step=step)


def _scheduler(worker: Sign) -> Sign:
    """A tick comes once a minute; when it is overdue by a minute, the clock stands still."""
    now, patience = timezone.now(), BETWEEN_TICKS + MINUTE
    ticked = Clock.objects.values_list("ticked", flat=True).first()
    if ticked and abs(now - ticked) <= patience:
        return Sign(ok=True, seen=ticked)
    if not worker.ok:
        return Sign(ok=False, seen=ticked, sentence="Without a worker no schedule runs.", next_step=worker.next_step)
    first = Worker.objects.filter(seen__gte=now - MINUTE).order_by("started").values_list("started", flat=True).first()
    if first and now - first <= patience:  # it has just begun
        return Sign(ok=True, seen=ticked)
    since = f" since {ticked:%Y-%m-%d %H:%M} UTC" if ticked else ""
    sentence = f"The clock of the schedules stands still{since}, although a worker runs."
    return Sign(ok=False, seen=ticked, sentence=sentence, next_step="Restart the worker and look at what it logs.")
