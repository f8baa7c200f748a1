# [DEF:schedules.runs:Module]
# @COMPLEXITY: 3
# @PURPOSE: Starting the run of a schedule, unless the one before it has not ended.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> tasks.services

from __future__ import annotations

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.core.concurrency import compare_and_set, locked
from apps.core.errors import LockstepError, NotThere
from apps.core.validation import sentence_of
from apps.schedules.models import Overlap, Schedule, ScheduledRun, ScheduledRunState
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.users.models import User


def occupied_by(schedule: Schedule) -> Task | None:
    """The task of a run that has not ended."""
    return Task.objects.filter(scheduled__schedule=schedule, finished=None).order_by("pk").first()


def place(run: ScheduledRun) -> None:
    """Start it, or have it wait for the run before it, or leave it out: one waits at most."""
    schedule = run.schedule
    task = occupied_by(schedule)
    waiting = schedule.runs.filter(state=ScheduledRunState.WAITING).exclude(pk=run.pk).exists()
    if not (task or waiting):
        start(run)
    elif waiting:
        leave_out(run, ScheduledRunState.SKIPPED, "Another one waits already for the run before it to end.")
    elif schedule.overlap == Overlap.QUEUE:
        compare_and_set(run, expected={"state": ScheduledRunState.WAITING}, reason=_busy(task))
    else:
        leave_out(run, ScheduledRunState.SKIPPED, _busy(task))


def start(run: ScheduledRun) -> None:
    """If it waits and nobody else has started it. Why it cannot be started is kept with it."""
    with transaction.atomic():
        waits, started = {"state": ScheduledRunState.WAITING}, {"state": ScheduledRunState.STARTED}
        if not compare_and_set(run, expected=waits, **started, reason=""):
            return
        try:
            with transaction.atomic():
                task = start_scheduled(run.schedule, run.schedule.actor)
        except (LockstepError, ValidationError) as error:
            reason = sentence_of(error) if isinstance(error, ValidationError) else str(error)
            compare_and_set(run, expected=started, state=ScheduledRunState.REFUSED, reason=reason)
        else:
            compare_and_set(run, expected=started, task=task)


def start_waiting() -> None:
    """Those whose turn has come."""
    for run in ScheduledRun.objects.filter(state=ScheduledRunState.WAITING).select_related("schedule"):
        with suppress(NotThere), transaction.atomic():
            run.schedule = locked(run.schedule)  # nobody runs it by hand in this moment
            if not occupied_by(run.schedule):
                start(run)


def start_scheduled(schedule: Schedule, actor: User) -> Task:
    return start_task(
        actor=actor,
        plugin=schedule.plugin,
        action=schedule.action,
        params=schedule.params,
        environment=schedule.environment,
        priority=schedule.priority,
    )


def leave_out(run: ScheduledRun, state: ScheduledRunState, reason: str) -> None:
    compare_and_set(run, expected={"state": ScheduledRunState.WAITING}, state=state, reason=reason)


def _busy(task: Task | None) -> str:
    return f"Task {task.pk} of the run before it had not ended." if task else ""
