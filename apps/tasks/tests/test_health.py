from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import DatabaseError
from django.utils import timezone

from apps.core.management.program import worded_for_commands
from apps.tasks.health import health
from apps.tasks.models import Clock, Task, Worker
from apps.tasks.periodic import registered
from apps.tasks.worker import pool as module
from apps.tasks.worker.pool import Watch
from conftest import api_of

pytestmark = pytest.mark.django_db


def ago(**time):
    return timezone.now() - timedelta(**time)


@pytest.fixture
def worker():
    made = Worker.objects.create(host="h", pid=1, processes=2)
    Worker.objects.update(started=ago(hours=1), asked=ago(seconds=2))
    return made


@pytest.fixture
def ticking():
    for function in registered():
        Clock.objects.create(function=function, ticked=ago(seconds=80))


def test_a_worker_and_a_clock_that_give_signs_of_life_are_well(worker, ticking):
    assert health().ok


def test_a_missing_worker_is_reported_with_what_waits_and_what_to_do(author):
    Task.objects.create(plugin="p", action="a", actor=author)
    found = health()
    assert not found.ok
    assert found.worker.sentence == "No worker is running, and 1 task is waiting."
    assert found.worker.next_step == "Start a worker on the server."
    with worded_for_commands():
        assert "lockstep worker" in health().worker.next_step
    assert not found.scheduler.ok


def test_a_worker_that_was_not_seen_for_a_minute_is_none(worker, ticking):
    Worker.objects.update(seen=ago(seconds=61))
    found = health()
    assert (found.worker.ok, found.worker.seen) == (False, Worker.objects.get().seen)


def test_without_a_worker_no_schedule_runs_however_lately_the_clock_ticked(worker, ticking):
    Worker.objects.update(seen=ago(seconds=61))
    Clock.objects.update(ticked=ago(seconds=62))
    found = health().scheduler
    assert (found.ok, found.sentence) == (False, "Without a worker, no schedule runs.")
    assert found.next_step == "Start a worker on the server."


@pytest.mark.parametrize("ticked", [ago(seconds=91), timezone.now() + timedelta(days=3650)])
def test_a_function_of_the_clock_that_is_overdue_is_reported(worker, ticking, ticked):
    Clock.objects.filter(function=registered()[-1]).update(ticked=ticked)
    found = health()
    assert (found.worker.ok, found.scheduler.ok) == (True, False)
    assert "has not succeeded since" in found.scheduler.sentence
    assert "Restart the worker" in found.scheduler.next_step


@pytest.mark.parametrize(("asked", "ok"), [(58, True), (61, False)])
def test_a_scheduler_that_no_worker_gets_an_answer_from_for_a_minute_stands_still(worker, ticking, asked, ok):
    Worker.objects.update(asked=ago(seconds=asked))
    assert (health().worker.ok, health().scheduler.ok) == (True, ok)


def test_the_scheduler_is_healthy_if_any_worker_gets_an_answer(worker, ticking):
    Worker.objects.update(asked=None)
    Worker.objects.create(host="h", pid=2, processes=2, asked=ago(seconds=2))
    assert health().ok


def test_the_answer_that_a_dead_worker_got_does_not_count(worker, ticking):
    Worker.objects.update(asked=None)
    Worker.objects.create(host="h", pid=2, processes=2, asked=ago(seconds=2), seen=ago(seconds=61))
    assert not health().scheduler.ok


def test_a_worker_that_has_just_begun_gets_its_time(worker):
    Worker.objects.update(started=ago(seconds=58), asked=None)
    assert health().ok
    Clock.objects.create(function=registered()[0], ticked=ago(hours=3))
    assert health().ok


def test_a_worker_that_never_got_an_answer_gets_no_more_time(worker):
    Worker.objects.update(started=ago(seconds=61), asked=None)
    assert (health().worker.ok, health().scheduler.ok) == (True, False)
    assert health().scheduler.sentence == "The clock of the schedules has stopped, although a worker is running."


class TestTheWatchOfAWorker:
    @pytest.fixture
    def watch(self, monkeypatch):
        monkeypatch.setattr(module, "heartbeat", lambda: None)
        return Watch()

    def test_a_worker_stores_when_the_scheduler_answered(self, watch):
        watch.round()
        watch.round()
        assert ago(seconds=5) < Worker.objects.get().asked <= Worker.objects.get().seen

    def test_a_worker_stores_nothing_when_the_scheduler_does_not_answer(self, watch, monkeypatch):
        watch.round()
        watch.round()
        Worker.objects.update(asked=(before := ago(seconds=30)), seen=before)
        watch.asked = before
        monkeypatch.setattr(module, "heartbeat", Mock(side_effect=DatabaseError("no such table")))
        with pytest.raises(DatabaseError):
            watch.round()
        assert Worker.objects.get().asked == before < Worker.objects.get().seen


def test_a_function_that_never_succeeded_is_named_while_the_others_go_on(worker, ticking):
    Clock.objects.filter(function=registered()[0]).delete()
    scheduler = health().scheduler
    assert scheduler.sentence == f"{registered()[0]} has not succeeded yet, although a worker is running."


def test_a_function_that_fails_is_named_while_the_others_go_on(worker, ticking):
    Clock.objects.filter(function=registered()[0]).update(ticked=ago(minutes=10))
    scheduler = health().scheduler
    assert scheduler.sentence.startswith(f"{registered()[0]} has not succeeded since ")
    assert not scheduler.ok


def test_the_api_shows_health_to_everybody_who_is_signed_in(viewer, worker, ticking):
    told = api_of(viewer).get("/api/v1/health").json()
    assert (told["ok"], told["worker"]["ok"], told["scheduler"]["sentence"]) == (True, True, "")
    assert api_of().get("/api/v1/health").status_code == 401
