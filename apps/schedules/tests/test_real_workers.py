"""Schedules and real workers: several at once, killed, and with clocks that jump."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from apps.schedules.models import Missed, Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.tests.factories import make_schedule
from apps.tasks import queue
from apps.tasks.models import Clock, Task, TaskState
from apps.tasks.periodic import registered
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import PATIENCE, Place, RealWorker
from apps.tasks.tests.turned_clock import TurnedClock

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")

START = "apps.schedules.clock.start_due"
NOON = datetime(2031, 5, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALMOST = timedelta(seconds=5)
"""Longer than two rounds of a worker: it looks at the clock at least once by then."""


@pytest.fixture
def turned(tmp_path):
    """It is almost noon."""
    clock = TurnedClock(tmp_path)
    clock.show(NOON - ALMOST)
    return clock


@pytest.fixture
def start_worker(plugins_path, data_dir, turned):
    started = []

    def start_one():
        started.append(RealWorker(plugins_path, data_dir, turned.variables))
        return started[-1]

    yield start_one
    for each in started:
        each.close()


@pytest.fixture
def schedule(author):
    """Every minute from noon on."""
    made = make_schedule(author, cron="* * * * *")
    Schedule.objects.update(next_run=NOON)
    return made


def until(happened):
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, list(ScheduledRun.objects.values_list("slot", "state", "task__state"))
        time.sleep(0.1)


def ended(slot):
    return ScheduledRun.objects.filter(slot=slot, task__state=TaskState.SUCCEEDED).exists()


def ticked_after(moment):
    return Clock.objects.filter(function=START, ticked__gte=moment, ticked__lt=moment + MINUTE).exists()


def runs():
    """(slot in minutes after noon, state) of each, in the order in which they were found."""
    return [
        (round((run.slot - NOON) / MINUTE), run.state) for run in ScheduledRun.objects.order_by("pk").select_related()
    ]


def started(*minutes):
    return [(minute, ScheduledRunState.STARTED) for minute in minutes]


def test_three_workers_run_each_slot_once(schedule, turned, start_worker):
    for _ in range(3):
        start_worker()
    for number in range(3):
        slot = NOON + number * MINUTE
        turned.show(slot - ALMOST)
        until(lambda slot=slot: ended(slot))
    assert runs() == started(0, 1, 2)
    assert Task.objects.count() == 3


def test_a_slot_starts_within_a_minute_and_both_times_are_kept(schedule, turned, start_worker):
    start_worker()
    until(lambda: ended(NOON))
    turned.show(NOON + MINUTE)
    until(lambda: ScheduledRun.objects.filter(slot=NOON, started__isnull=False).exists())
    run = ScheduledRun.objects.get(slot=NOON)
    assert timedelta(0) <= run.started - run.slot < MINUTE
    assert run.slot <= run.created <= run.started


def test_a_slot_is_not_run_again_by_the_worker_that_follows_a_killed_one(schedule, turned, start_worker):
    start_worker()
    until(lambda: ended(NOON))
    first = Clock.objects.get(function=START).ticked
    start_worker().kill()
    turned.show(NOON + MINUTE - ALMOST)
    start_worker()
    until(lambda: ended(NOON + MINUTE))
    assert Clock.objects.get(function=START).ticked > first
    assert runs() == started(0, 1)


def test_after_an_outage_there_is_one_late_run(schedule, turned, start_worker):
    worker = start_worker()
    until(lambda: ended(NOON))
    worker.kill()
    turned.show(NOON + 30.5 * MINUTE)
    start_worker()
    until(lambda: ended(NOON + 30 * MINUTE))
    assert runs()[:2] == started(0, 30)
    assert ScheduledRun.objects.get(slot=NOON + 30 * MINUTE).missed_since == NOON + MINUTE


def test_after_an_outage_nothing_runs_where_missed_runs_are_skipped(author, turned, start_worker):
    hourly = make_schedule(author, missed=Missed.SKIP)
    Schedule.objects.update(next_run=NOON)
    turned.show(NOON + timedelta(hours=5, minutes=10) - ALMOST)
    start_worker()
    until(hourly.runs.exists)
    assert runs() == [(5 * 60, ScheduledRunState.MISSED)]
    assert not Task.objects.exists()


def test_a_clock_that_jumps_forwards_is_like_an_outage(schedule, turned, start_worker):
    start_worker()
    until(lambda: ended(NOON))
    turned.show(NOON + timedelta(hours=3) - ALMOST)
    until(lambda: ended(NOON + timedelta(hours=3)))
    assert runs() == started(0, 179, 180)
    assert ScheduledRun.objects.get(slot=NOON + 179 * MINUTE).missed_since == NOON + MINUTE


def test_a_clock_that_jumps_back_runs_nothing_twice_and_goes_on(schedule, turned, start_worker):
    start_worker()
    until(lambda: ended(NOON))
    turned.show(NOON + 2 * MINUTE - ALMOST)
    until(lambda: ended(NOON + 2 * MINUTE))
    turned.show(NOON - MINUTE - ALMOST)
    until(lambda: ended(NOON - MINUTE))
    turned.show(NOON - ALMOST)
    until(lambda: ticked_after(NOON))
    turned.show(NOON + 3 * MINUTE - ALMOST)
    until(lambda: ended(NOON + 3 * MINUTE))
    assert runs() == started(0, 1, 2, -1, 3)
    assert Task.objects.count() == 5


def test_schedules_go_on_while_all_processes_are_busy(author, schedule, turned, start_worker):
    """The clock needs none of them: what is due is queued in time, and told."""
    place = Place()
    for _ in range(2):
        start(author, "meet", port=place.port)
    start_worker()
    meetings = [place.meet(), place.meet()]
    until(lambda: ScheduledRun.objects.filter(slot=NOON).exists())
    assert Task.objects.filter(action="say").get().state == TaskState.QUEUED
    for meeting in meetings:
        meeting.say("thank you")
    until(lambda: ended(NOON))
    place.close()


def test_the_worker_has_seen_to_its_clock_when_it_is_ready(start_worker):
    start_worker()
    assert {row.func for row in queue.Schedule.objects.all()} == set(registered())
