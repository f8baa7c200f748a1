# [DEF:tasks.worker.claims:Module]
# @COMPLEXITY: 4
# @PURPOSE: Which task is next, and claiming it.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> plugins.needs
# @RELATION CALLS -> tasks.worker.seats
# @PRE: the worker has a process that is free, and offers these words
# @POST: the task that is returned runs under a lease of this process, and of no other
# @SIDE_EFFECT: the row of that task

from __future__ import annotations

import os
import uuid

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.contracts.belief import belief_scope, reason, reflect
from apps.core.concurrency import AWAY, retry_on_database_error
from apps.core.errors import Conflict
from apps.plugins.needs import texts_within
from apps.tasks import messages, queue
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import done_before
from apps.tasks.transitions import transition
from apps.tasks.worker.processes import birth, host
from apps.tasks.worker.seats import large

Offers = frozenset[str]

LOOKED_AT = 20

NOTHING: Offers = frozenset()
"""What a worker offers that was started without more: it takes the tasks that need nothing."""


def eligible(offers: Offers = NOTHING, *, seat: bool = True) -> QuerySet[Task]:
    """Tasks that a worker may start now, in order. A task that writes waits for one that writes to the same
    environment; one that needs what the worker does not offer is left to others, and so is a large one if the worker
    has no seat for it."""
    writing = Task.objects.filter(state=TaskState.RUNNING, writes=True, environment=OuterRef("environment"))
    queued = Task.objects.filter(state=TaskState.QUEUED, needs__in=texts_within(offers))
    if not seat:
        queued = queued.exclude(large())
    return queued.exclude(Q(Exists(writing)), writes=True).order_by("-priority", "pk")


def needing_more(offers: Offers) -> QuerySet[Task]:
    """Those of `eligible` that not every worker can take."""
    return eligible(offers).exclude(needs="")


def claim(offers: Offers = NOTHING, *, seat: bool = True) -> Task | None:
    """The first task that this process gets; None if there is none for it."""
    tried: list[int] = []
    with belief_scope("tasks.worker.claims"):
        while len(tried) < LOOKED_AT and (tasks := eligible(offers, seat=seat).exclude(pk__in=tried)).exists():
            lease = uuid.uuid4()
            try:
                with transaction.atomic():
                    task = _first_free(tasks)
                    if task is None:
                        break
                    reason("it waits, and nothing else writes where it would write", task=task.pk)
                    taken = take(task, lease)
            except AWAY:  # perhaps it is ours, and only the answer was lost
                connection.close()
                return _taken_under(lease) or claim(offers, seat=seat)
            reflect("it is ours" if taken else "another worker was quicker", task=task.pk)
            if taken:
                return task
            tried.append(task.pk)
    return None


def _first_free(tasks: QuerySet[Task]) -> Task | None:
    """The first that nobody else is about to take, locked: processes that look at the same moment see different ones,
    and none waits for another."""
    rows = tasks.select_related("actor", "environment")
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()


def _taken_under(lease: uuid.UUID) -> Task | None:
    ours = Task.objects.select_related("actor", "environment").filter(lease=lease)
    return retry_on_database_error(ours.first, "claiming a task")


def take(task: Task, lease: uuid.UUID | None = None) -> bool:
    """Whether this process got it. Stages that were done before a pause stay done; all others start over."""
    now = timezone.now()
    try:
        with transaction.atomic():
            return transition(
                task,
                to=TaskState.RUNNING,
                actor=None,
                expected={"attempts": task.attempts},
                attempts=task.attempts + 1,
                lease=lease or uuid.uuid4(),
                host=host(),
                pid=os.getpid(),
                born=birth(os.getpid()),
                started=now,
                heartbeat=now,
                stages=done_before(task) if task.stages else [],
                progress=None,
            )
    except IntegrityError:  # another worker has just begun to write to the same environment
        return False


def occupied(task: Task) -> Conflict:
    """Why it could not be claimed: another task writes to its environment."""
    writing = Task.objects.filter(state=TaskState.RUNNING, writes=True, environment=task.environment)
    holder = writing.select_related("actor").first()
    who = str(messages.ANOTHER_TASK)
    if holder:
        facts = {"actor": holder.started_by, "pid": holder.pid, "machine": holder.machine}
        who = messages.HOLDER.format(task=holder, **facts)
    return Conflict(messages.ENVIRONMENT_BUSY.format(environment=task.environment_name, holder=who))


def wake_the_next(offers: Offers = NOTHING) -> None:
    """Wake another process for tasks whose wake-up was lost, and for those that waited for this one."""

    def wake() -> None:
        if eligible(offers).exists() and not queue.has_wake_up():
            queue.wake()

    retry_on_database_error(wake, "waking the next process")
