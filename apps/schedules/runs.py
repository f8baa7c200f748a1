# [DEF:schedules.runs:Module]
# @COMPLEXITY: 3
# @PURPOSE: Starts the runs of schedules, one at a time for each.
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
from apps.schedules import messages
from apps.schedules.models import Overlap, Schedule, ScheduledRun, ScheduledRunState
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.users.models import User


def occupied_by(schedule: Schedule) -> Task | None:
    """The open task of a run."""
    return Task.objects.filter(scheduled__schedule=schedule, finished=None).order_by("pk").first()


def place(run: ScheduledRun) -> None:
    """Start it, let it wait for the previous run, or skip it: at most one waits."""
    schedule = run.schedule
    task = occupied_by(schedule)
    waiting = schedule.runs.filter(state=ScheduledRunState.WAITING).exclude(pk=run.pk).exists()
    if not (task or waiting):
        start(run)
    elif waiting:
        skip(run, ScheduledRunState.SKIPPED, str(messages.ANOTHER_WAITS))
    elif schedule.overlap == Overlap.QUEUE:
        compare_and_set(run, expected={"state": ScheduledRunState.WAITING}, reason=_reason(task))
    else:
        skip(run, ScheduledRunState.SKIPPED, _reason(task))


def start(run: ScheduledRun) -> None:
    """If it still waits. The reason is kept if it cannot be started."""
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
    """Start the waiting runs whose previous run has ended."""
    for run in ScheduledRun.objects.filter(state=ScheduledRunState.WAITING).select_related("schedule"):
        with suppress(NotThere), transaction.atomic():
            run.schedule = locked(run.schedule)  # so that it is not run by hand meanwhile
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


def skip(run: ScheduledRun, state: ScheduledRunState, reason: str) -> None:
    compare_and_set(run, expected={"state": ScheduledRunState.WAITING}, state=state, reason=reason)


def _reason(task: Task | None) -> str:
    return messages.PREVIOUS_IS_OPEN.format(number=task.pk) if task else ""
