"""The periodic functions are called when the queue's scheduler says so."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from django.db import DatabaseError, OperationalError

from apps.audit.models import AuditEntry
from apps.audit.services import record
from apps.tasks import queue
from apps.tasks.models import Clock
from apps.tasks.periodic import registered
from apps.tasks.tests.hands import Hands, at
from apps.tasks.worker import clock
from apps.tasks.worker.clock import heartbeat, tick

TICK = "apps.tasks.worker.clock.tick"
REAP = "apps.tasks.worker.clock.reap_lost"

pytestmark = pytest.mark.usefixtures("transactional_db", "hands")  # the scheduler closes connections


@pytest.fixture
def hands(monkeypatch):
    return Hands(monkeypatch, heartbeat)


def due(function):
    return queue.Schedule.objects.get(func=function).next_run


def ticked(function=TICK):
    return Clock.objects.get(function=function).ticked


def test_all_that_is_registered_is_called_when_a_minute_begins(hands):
    for moment, last in (("09:59:12", "09:59:12"), ("09:59:58", "09:59:12"), ("10:00:01", "10:00:01")):
        hands.set(moment)
        assert {ticked(function) for function in registered()} == {at(last)}
    assert {due(function) for function in registered()} == {at("10:01")}


def test_a_function_is_called_once_however_many_workers_ask(hands):
    heartbeat()
    hands.now = at("10:00:01")
    assert sorted(queue.take_calls(TICK, REAP)) == [REAP, TICK]
    assert list(queue.take_calls(TICK, REAP)) == []


def test_a_call_that_a_database_error_cut_short_is_repeated_within_seconds(hands, monkeypatch):
    heartbeat()
    with monkeypatch.context() as patch:
        patch.setattr(clock, "tick", Mock(side_effect=OperationalError("database is locked")))
        with pytest.raises(OperationalError):
            hands.set("10:00:01")
    hands.set("10:00:13")
    assert ticked() == at("10:00:13")
    assert not queue.OrmQ.objects.filter(key=queue.CLOCK_QUEUE).exists()


def test_a_call_that_a_dead_worker_had_taken_is_made_by_another(hands):
    heartbeat()
    hands.now = at("10:00:01")
    dying = queue.take_calls(TICK)
    assert next(dying) == TICK
    assert list(queue.take_calls(TICK)) == []
    del dying
    hands.set("10:00:13")
    assert ticked() == at("10:00:13")


def test_after_an_outage_a_function_is_called_once(hands):
    heartbeat()
    hands.now = at("2026-12-03T10:00:01")
    assert list(queue.take_calls(TICK)) == [TICK]
    assert due(TICK) == at("2026-12-03T10:01")


def test_a_function_is_called_at_once_when_the_clock_was_put_back(hands):
    hands.set("2036-12-01T10:30:12")
    hands.set("10:30:12")
    assert due(TICK) == due(REAP) == at("10:31")


def test_the_calls_wake_no_worker_for_tasks(hands):
    heartbeat()
    hands.now = at("10:00:01")
    queue.scheduler()
    assert queue.OrmQ.objects.filter(key=queue.CLOCK_QUEUE).count() == len(registered())
    assert not queue.has_wake_up()


def test_a_change_by_hand_in_the_scheduler_is_repaired(hands):
    heartbeat()
    queue.Schedule.objects.filter(func=TICK).update(func="os.system", next_run=at("2036-12-01T10:30"))
    hands.set("09:59:30")
    assert due(TICK) == at("10:00")
    assert queue.Schedule.objects.count() == len(registered())


def test_a_call_of_something_else_or_by_another_key_is_dropped(hands):
    queue.OrmQ.objects.create(key=queue.CLOCK_QUEUE, payload="nonsense", lock=hands.now)
    heartbeat()
    assert not queue.OrmQ.objects.exists()


def test_a_heartbeat_between_two_minutes_costs_three_queries(hands, django_assert_num_queries):
    heartbeat()
    with django_assert_num_queries(3):
        heartbeat()


def test_a_fault_in_one_function_stops_neither_the_worker_nor_the_others(hands, monkeypatch, caplog):
    hands.set("09:59:12")
    monkeypatch.setattr(clock, "tick", lambda: 1 / 0)
    hands.set("10:00:01")
    assert f"{TICK} ended unexpectedly" in caplog.text
    assert (ticked(TICK), ticked(REAP), due(TICK)) == (at("09:59:12"), at("10:00:01"), at("10:01"))


def test_a_tick_seals_what_a_killed_process_left_unsealed_in_the_audit(author):
    record(actor=author, action="deed", target=author)
    tick()
    assert not AuditEntry.objects.filter(number=None).exists()


def test_an_audit_that_cannot_be_sealed_stops_no_clock(hands, monkeypatch, caplog):
    def refuse():
        raise DatabaseError("never changed")

    monkeypatch.setattr(clock, "seal", refuse)
    hands.set("09:59:12")
    assert Clock.objects.filter(function=TICK).exists()
    assert "are not sealed yet" in caplog.text
