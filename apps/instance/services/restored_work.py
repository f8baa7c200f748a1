# [DEF:instance.services.restored_work:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a restore does with tasks and schedules of the backup, so that nothing starts by itself afterwards.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION CALLS -> tasks.transitions
# @RELATION DEPENDS_ON -> schedules.models
# @RELATION CALLS -> schedules.cron
# @RELATION DEPENDS_ON -> core.sentences
# @RELATION DEPENDS_ON -> audit.origin
"""What became of them since the backup is not known: a task that waited then may have run long ago, and written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.audit.origin import acting_through
from apps.core.sentences import Sentence
from apps.instance import messages
from apps.schedules.cron import next_slot
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.tasks.models import Task, TaskState
from apps.tasks.transitions import transition
from apps.tasks.worker.journal import Line, append

SOURCE = "restore"


@dataclass(frozen=True, slots=True)
class Settled:
    """How many tasks are lost, how many are cancelled, and how many schedules go on with their next slot."""

    lost: int = 0
    cancelled: int = 0
    schedules: int = 0


def settle(*, made: datetime) -> Settled:
    """Call it in the transaction of the restore. `made`: when the backup was made."""
    moment = f"{made:%Y-%m-%d %H:%M} UTC"
    with acting_through(SOURCE):
        lost = _end(TaskState.RUNNING, TaskState.LOST, "lost", Sentence(messages.RAN_IN_BACKUP, moment=moment))
        waited = Sentence(messages.WAITED_IN_BACKUP, moment=moment)
        cancelled = _end(TaskState.QUEUED, TaskState.CANCELLED, "cancelled", waited)
        return Settled(lost, cancelled, _skip_missed())


def _end(state: TaskState, to: TaskState, kind: str, sentence: Sentence) -> int:
    error = {"kind": kind, "sentence": sentence, "context": {}}
    number = 0
    for task in Task.objects.filter(state=state).order_by("pk"):
        transition(task, to=to, actor=None, finished=timezone.now(), error=error)
        append(task, Line(sentence, "error", SOURCE))
        number += 1
    return number


def _skip_missed() -> int:
    """Schedules go on with their next slot, also those that would catch up."""
    waiting = ScheduledRun.objects.filter(state=ScheduledRunState.WAITING)
    waiting.update(state=ScheduledRunState.MISSED, reason=Sentence(messages.MISSED_BY_RESTORE))
    now = timezone.now()
    number = 0
    for schedule in Schedule.objects.filter(enabled=True, next_run__lte=now):
        try:
            schedule.next_run = next_slot(now, cron=schedule.cron, zone=schedule.zone)
        except ValueError:  # the system has lost its time zone: the clock says so
            continue
        schedule.save(update_fields=["next_run"])
        number += 1
    return number
