# [DEF:doctor.services.tasks:Module]
# @COMPLEXITY: 3
# @PURPOSE: The checks of the queue, the workers and the scheduler.
# @RELATION CALLS -> tasks.health
# @RELATION CALLS -> tasks.queue
# @RELATION CALLS -> tasks.worker.claims
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> core.advice
# @RELATION DEPENDS_ON -> plugins.needs

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min
from django.utils import timezone

from apps.core.advice import advise
from apps.doctor import messages
from apps.doctor.findings import Check, Finding, State
from apps.plugins.needs import MOST
from apps.tasks.health import MINUTE, health, is_served, worker_is_alive
from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.queue import broker_problem
from apps.tasks.worker.claims import eligible
from apps.tasks.worker.reaper import SILENCE

STUCK = timedelta(minutes=5)
"""A task that could start and waits longer is reported."""

SILENT = 2 * SILENCE
"""By then a worker has taken a silent task from its process, if one runs."""

AHEAD = timedelta(seconds=5)
"""A worker's clock may be so much ahead."""


def queue() -> Finding:
    """A task that waits for another one to end its writing is not stuck, however long that takes."""
    now = timezone.now()
    facts = _waiting(now)
    silent = Task.objects.filter(state=TaskState.RUNNING, heartbeat__lt=now - SILENT).order_by("heartbeat").first()
    if silent:
        text = messages.TASK_SILENT.format(task=silent.pk, since=_minute(silent.heartbeat or now))
        step = advise("doctor.look_at_task", task=silent.pk)
        return Finding(Check.QUEUE, State.FAILED, text, str(step), facts=facts)
    if unserved := _unserved():
        text = messages.QUEUE_UNSERVED.format(task=unserved.pk, needs=", ".join(unserved.needs.split()))
        step = advise("tasks.offer", needs=unserved.needs)
        return Finding(Check.QUEUE, State.WARNING, text, str(step), facts=facts)
    stuck = eligible(_offered()).filter(created__lt=now - STUCK).order_by("created").first()
    if stuck:
        text = messages.QUEUE_STUCK.format(task=stuck.pk, since=_minute(stuck.created))
        step = advise("doctor.look_at_task", task=stuck.pk)
        return Finding(Check.QUEUE, State.WARNING, text, str(step), facts=facts)
    if not facts["waiting"]:
        return Finding(Check.QUEUE, State.OK, str(messages.QUEUE_EMPTY), facts=facts)
    text = messages.QUEUE_MOVES.format(number=facts["waiting"], seconds=facts["oldest_seconds"])
    return Finding(Check.QUEUE, State.OK, text, facts=facts)


def broker() -> Finding:
    """Only where Redis carries wake-ups. Without it tasks run all the same, so this is a warning."""
    reason = broker_problem()
    if reason:
        text = messages.BROKER_AWAY.format(reason=reason)
        return Finding(Check.BROKER, State.WARNING, text, str(advise("doctor.redis")))
    return Finding(Check.BROKER, State.OK, str(messages.BROKER_ANSWERS))


def workers() -> Finding:
    now = timezone.now()
    rows = list(Worker.objects.order_by("started"))
    alive = [row for row in rows if abs(now - row.seen) <= MINUTE]
    facts = {"workers": [_worker(row) for row in alive]}
    fast = max(rows, key=lambda row: row.seen, default=None)
    if fast and fast.seen > now + AHEAD:
        text = messages.WORKER_CLOCK.format(worker=fast, seconds=round((fast.seen - now).total_seconds()))
        return Finding(Check.WORKERS, State.FAILED, text, str(advise("doctor.clocks")), facts=facts)
    found = health().worker
    if not alive:
        return Finding(Check.WORKERS, State.FAILED, found.sentence, found.next_step, facts=facts)
    names = ", ".join(sorted({_name(row) for row in alive}))
    text = messages.workers_run(len(alive), sum(row.processes for row in alive), names)
    return Finding(Check.WORKERS, State.OK, text, facts=facts)


def scheduler() -> Finding:
    found = health().scheduler
    if found.ok:
        return Finding(Check.SCHEDULER, State.OK, str(messages.SCHEDULER_RUNS))
    return Finding(Check.SCHEDULER, State.FAILED, found.sentence, found.next_step)


def _worker(row: Worker) -> dict[str, Any]:
    same = {"machine": row.machine, "pid": row.pid, "processes": row.processes}
    return {**same, "offers": row.offers.split()}


def _name(row: Worker) -> str:
    return f"{row.machine} ({', '.join(row.offers.split())})" if row.offers else row.machine


def _unserved() -> Task | None:
    """The first task that no running worker can take. That there is none at all is another finding."""
    if not worker_is_alive():
        return None
    queued = Task.objects.filter(state=TaskState.QUEUED).exclude(needs="").order_by("pk")
    return next((task for task in queued.iterator() if not is_served(task.needs)), None)


def _offered() -> frozenset[str]:
    """By any of the workers: MOST words of them at the most."""
    now = timezone.now()
    alive = Worker.objects.filter(seen__range=(now - MINUTE, now + MINUTE)).values_list("offers", flat=True)
    return frozenset(sorted({word for offers in alive for word in offers.split()})[:MOST])


def _waiting(now: datetime) -> dict[str, int]:
    queued = Task.objects.filter(state=TaskState.QUEUED)
    oldest = queued.aggregate(oldest=Min("created"))["oldest"]
    seconds = round((now - oldest).total_seconds()) if oldest else 0
    running = Task.objects.filter(state=TaskState.RUNNING)
    return {"waiting": queued.count(), "running": running.count(), "oldest_seconds": seconds}


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
