# [DEF:schedules.clock:Module]
# @COMPLEXITY: 3
# @PURPOSE: Starts the schedules that are due. A worker calls it once a minute.
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.origin
# @RELATION DEPENDS_ON -> tasks.models
"""Any number of workers may do this at once. A slot is taken by moving `next_run` on from the value that was read, and
recorded under a constraint; who comes second finds nothing to take.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.audit.origin import acting_through
from apps.core.concurrency import compare_and_set
from apps.schedules.cron import last_slot, next_slot
from apps.schedules.models import Missed, Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.runs import leave_out, place, start_waiting
from apps.tasks.models import Task

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=2)
"""A slot that is found later was missed."""

SOURCE = "schedule"


def start_due() -> int:
    """Start what is due; the number of slots that were taken."""
    now = timezone.now()
    with acting_through(SOURCE):
        taken = sum(_look_at(schedule, now) for schedule in Schedule.objects.filter(enabled=True))
        start_waiting()
        _note_starts()
    return taken


def _look_at(schedule: Schedule, now: datetime) -> bool:
    """Whether a slot was due and this call has taken it."""
    try:
        following = next_slot(now, cron=schedule.cron, zone=schedule.zone)
        last = last_slot(now, cron=schedule.cron, zone=schedule.zone)
    except ValueError as error:  # the system may have lost a time zone since it was stored
        logger.error("the schedule “%s” cannot be followed: %s", schedule, error)
        return False
    if schedule.next_run is not None and schedule.next_run <= now:
        return _take(schedule, max(schedule.next_run, last or schedule.next_run), following, now)
    if schedule.next_run != following:  # the clock was put back, or the rules of the time zone have changed
        compare_and_set(schedule, expected={"next_run": schedule.next_run, "enabled": True}, next_run=following)
    return False


def _take(schedule: Schedule, slot: datetime, following: datetime | None, now: datetime) -> bool:
    since = schedule.next_run if schedule.next_run != slot else None
    expected = {"next_run": schedule.next_run, "enabled": True, "cron": schedule.cron, "zone": schedule.zone}
    with transaction.atomic():
        if not compare_and_set(schedule, expected=expected, next_run=following):
            return False
        try:
            with transaction.atomic():
                run = ScheduledRun.objects.create(
                    schedule=schedule, slot=slot, state=ScheduledRunState.WAITING, missed_since=since, created=now
                )
        except IntegrityError:  # the clock was put back, and it has had its run
            return False
        if schedule.missed == Missed.SKIP and now - slot > LATE:
            leave_out(run, ScheduledRunState.MISSED, "It was found too late, and what is missed is left out.")
        else:
            place(run)
    return True


def _note_starts() -> None:
    """Keep when tasks began: they may be removed before the run is."""
    began = Subquery(Task.objects.filter(pk=OuterRef("task")).values("started")[:1])
    ScheduledRun.objects.filter(started=None, task__started__isnull=False).update(started=began)
