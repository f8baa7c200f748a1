from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.tasks.health import health
from apps.tasks.models import Task, Worker
from apps.tasks.schedules.models import Clock
from conftest import api_of

pytestmark = pytest.mark.django_db


def ago(**time):
    return timezone.now() - timedelta(**time)


@pytest.fixture
def worker():
    made = Worker.objects.create(host="h", pid=1, processes=2)
    Worker.objects.update(started=ago(hours=1))
    return made


@pytest.fixture
def ticking():
    return Clock.objects.create(pk=1, ticked=ago(seconds=80))


def test_a_worker_and_a_clock_that_give_signs_of_life_are_well(worker, ticking):
    assert health().ok


def test_no_worker_is_told_with_what_waits_and_what_to_do(author):
    Task.objects.create(plugin="p", action="a", actor=author)
    found = health()
    assert not found.ok
    assert found.worker.sentence == "No worker is running, and 1 task waits for one."
    assert "manage.py worker" in found.worker.next_step
    assert not found.scheduler.ok


def test_a_worker_that_was_not_seen_for_a_minute_is_none(worker, ticking):
    Worker.objects.update(seen=ago(seconds=61))
    found = health()
    assert (found.worker.ok, found.worker.seen) == (False, Worker.objects.get().seen)


@pytest.mark.parametrize("ticked", [ago(seconds=121), timezone.now() + timedelta(days=3650)])
def test_a_clock_whose_tick_is_overdue_by_a_minute_stands_still(worker, ticking, ticked):
    Clock.objects.update(ticked=ticked)
    found = health()
    assert (found.worker.ok, found.scheduler.ok) == (True, False)
    assert "stands still since" in found.scheduler.sentence
    assert "Restart the worker" in found.scheduler.next_step


def test_a_worker_that_has_just_begun_gets_its_time(worker):
    Worker.objects.update(started=ago(seconds=20))
    assert health().ok


def test_the_api_tells_everybody_who_is_signed_in(viewer, worker, ticking):
    told = api_of(viewer).get("/api/v1/health").json()
    assert (told["ok"], told["worker"]["ok"], told["scheduler"]["sentence"]) == (True, True, "")
    assert api_of().get("/api/v1/health").status_code == 401
