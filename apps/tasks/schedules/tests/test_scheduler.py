"""The clock is called by the queue's scheduler."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from django.db import OperationalError

from apps.tasks import queue
from apps.tasks.periodic import registered
from apps.tasks.schedules import clock
from apps.tasks.schedules.clock import REAP, TICK, heartbeat
from apps.tasks.schedules.models import Clock, RunState
from apps.tasks.schedules.tests.factories import at, make_schedule

CALLED = (TICK, REAP, *registered())

pytestmark = pytest.mark.usefixtures("transactional_db", "probe", "hands")  # the scheduler closes connections


@pytest.fixture
def schedule(author, hands):
    return make_schedule(author)


def test_the_scheduler_ticks_and_reaps_when_a_minute_begins(schedule, hands):
    hands.now = at("09:59:12")
    heartbeat()
    assert (due(TICK), due(REAP), Clock.objects.get().ticked) == (at("10:00"), at("10:00"), hands.now)
    hands.now = at("09:59:58")
    heartbeat()
    assert Clock.objects.get().ticked == at("09:59:12")
    hands.now = at("10:00:01")
    heartbeat()
    assert (Clock.objects.get().ticked, due(TICK)) == (hands.now, at("10:01"))
    assert [(run.slot, run.state) for run in schedule.runs.all()] == [(at("10:00"), RunState.STARTED)]


def test_the_scheduler_ticks_once_however_many_workers_ask(schedule, hands):
    heartbeat()
    hands.now = at("10:00:01")
    assert sorted(queue.take_calls(TICK, REAP)) == [REAP, TICK]
    assert list(queue.take_calls(TICK, REAP)) == []


def test_what_the_database_kept_from_being_done_is_made_up_for_within_seconds(schedule, hands, monkeypatch):
    heartbeat()
    hands.now = at("10:00:01")
    with monkeypatch.context() as patch:
        patch.setattr(clock, "tick", Mock(side_effect=OperationalError("database is locked")))
        with pytest.raises(OperationalError):
            heartbeat()
    hands.now = at("10:00:13")
    heartbeat()
    assert [(run.slot, run.created) for run in schedule.runs.all()] == [(at("10:00"), hands.now)]
    assert not queue.OrmQ.objects.filter(key=queue.LANE).exists()


def test_what_a_worker_that_died_had_taken_is_done_by_another(schedule, hands):
    heartbeat()
    hands.now = at("10:00:01")
    dying = queue.take_calls(TICK)
    assert next(dying) == TICK
    assert list(queue.take_calls(TICK)) == []
    del dying
    hands.now = at("10:00:13")
    heartbeat()
    assert [run.slot for run in schedule.runs.all()] == [at("10:00")]


def test_the_scheduler_ticks_once_after_an_outage(hands):
    heartbeat()
    hands.now = at("2026-12-03T10:00:01")
    assert list(queue.take_calls(TICK)) == [TICK]
    assert due(TICK) == at("2026-12-03T10:01")


def test_the_scheduler_ticks_at_once_when_the_clock_was_set_back(schedule, hands):
    hands.now = at("2036-12-01T10:30:12")
    heartbeat()
    hands.now = at("10:30:12")
    heartbeat()
    assert due(TICK) == due(REAP) == at("10:31")


def test_the_scheduler_wakes_no_worker_for_tasks(hands):
    heartbeat()
    hands.now = at("10:00:01")
    queue.scheduler()
    assert queue.OrmQ.objects.filter(key=queue.LANE).count() == len(CALLED)
    assert not queue.has_wake_up()


def test_the_scheduler_repairs_manual_changes_in_the_database(hands):
    heartbeat()
    queue.Schedule.objects.filter(func=TICK).update(func="os.system", next_run=at("2036-12-01T10:30"))
    hands.now = at("09:59:30")
    heartbeat()
    assert due(TICK) == at("10:00")
    assert queue.Schedule.objects.count() == len(CALLED)


def test_a_call_of_something_else_or_by_another_key_is_dropped(hands):
    queue.OrmQ.objects.create(key=queue.LANE, payload="nonsense", lock=hands.now)
    heartbeat()
    assert not queue.OrmQ.objects.exists()


def test_the_scheduler_costs_little_between_two_minutes(hands, django_assert_num_queries):
    heartbeat()
    with django_assert_num_queries(3):
        heartbeat()


def test_a_fault_ends_neither_the_worker_nor_the_clock(hands, monkeypatch, caplog):
    heartbeat()
    monkeypatch.setattr(clock, "tick", lambda: 1 / 0)
    hands.now = at("10:00:01")
    heartbeat()
    assert "apps.tasks.schedules.clock.tick ended unexpectedly" in caplog.text
    assert due(TICK) == at("10:01")


def due(function):
    return queue.Schedule.objects.get(func=function).next_run
