# [DEF:tasks.schedules.clock:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the queue's scheduler calls once a minute, in the worker: it starts what is due, and keeps what
#   came of it.
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.origin
# @RELATION CALLS -> audit.sealer
"""Any number of workers may do this at once. A slot is taken by moving `next_run` on from the value that was read, and
recorded under a constraint; who comes second finds nothing to take.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.audit.origin import acting_through
from apps.audit.sealer import seal
from apps.core.concurrency import compare_and_set
from apps.core.errors import LockstepError
from apps.tasks import queue
from apps.tasks.models import Task
from apps.tasks.periodic import registered
from apps.tasks.retention import PLUGIN, PRUNE
from apps.tasks.schedules.cron import last_slot, next_slot
from apps.tasks.schedules.models import Clock, Missed, RunState, Schedule, ScheduledRun
from apps.tasks.schedules.starting import leave_out, place, start_waiting
from apps.tasks.services import start_by_itself
from apps.tasks.worker.reaper import reap

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=2)
"""A slot that is found later was missed."""

DAY = timedelta(days=1)

SOURCE = "schedule"

TICK = "apps.tasks.schedules.clock.tick"
REAP = "apps.tasks.schedules.clock.reap_lost"


def heartbeat() -> None:
    """Do what the queue's scheduler says is to be done now. The worker asks every few seconds.

    What the database kept from being done is done ten seconds later, by whichever worker asks then.
    """
    for name in queue.take_calls(TICK, REAP, *registered()):
        try:
            import_string(name)()
        except DatabaseError:
            raise
        except Exception:  # one call that breaks must not keep the others from running
            logger.exception("%s ended unexpectedly", name)


def tick() -> int:
    """Start what is due; how many slots were looked at."""
    now = timezone.now()
    with acting_through(SOURCE):
        _seal_audit()
        taken = sum(_look_at(schedule, now) for schedule in Schedule.objects.filter(enabled=True))
        start_waiting()
        _note_starts()
        ticked = {"ticked": now}
        Clock.objects.update_or_create(pk=1, defaults=ticked, create_defaults={**ticked, "tidied": now})
        _tidy(now)
    return taken


def _seal_audit() -> None:
    """What a killed process left without its place. Whatever keeps it from one keeps no schedule from its run."""
    try:
        seal()
    except DatabaseError as error:
        logger.warning("entries of the audit are not sealed yet: %s", error)


def reap_lost() -> int:
    return len(reap())


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
                    schedule=schedule, slot=slot, state=RunState.WAITING, missed_since=since, created=now
                )
        except IntegrityError:  # the clock was put back, and it has had its run
            return False
        if schedule.missed == Missed.SKIP and now - slot > LATE:
            leave_out(run, RunState.MISSED, "It was found too late, and what is missed is left out.")
        else:
            place(run)
    return True


def _note_starts() -> None:
    """Keep when tasks began: they may be removed before the run is."""
    began = Subquery(Task.objects.filter(pk=OuterRef("task")).values("started")[:1])
    ScheduledRun.objects.filter(started=None, task__started__isnull=False).update(started=began)


def _tidy(now: datetime) -> None:
    """Once a day. It takes its time, so it is a task, which a process of its own carries out."""
    clock = Clock.objects.get(pk=1)
    if clock.tidied and abs(now - clock.tidied) < DAY:
        return
    with transaction.atomic():
        if not compare_and_set(clock, expected={"tidied": clock.tidied}, tidied=now):
            return
        try:
            start_by_itself(plugin=PLUGIN, action=PRUNE)
        except LockstepError as error:  # such as: its plugin is disabled
            logger.warning("what is outdated is not removed: %s", error)
