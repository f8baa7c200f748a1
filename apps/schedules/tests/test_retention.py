from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.schedules.models import ScheduledRun, ScheduledRunState
from apps.schedules.retention import KEPT, forget_runs
from apps.schedules.tests.factories import make_schedule
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def make_run(author):
    schedule = make_schedule(author)

    def make(state, age=KEPT + timedelta(days=1)):
        return ScheduledRun.objects.create(schedule=schedule, state=state, created=timezone.now() - age)

    return make


def test_the_retention_task_removes_old_runs(author, make_run):
    make_run(ScheduledRunState.SKIPPED)
    recent = make_run(ScheduledRunState.SKIPPED, timedelta(days=1))
    task = ended(start_task(actor=author, plugin="retention", action="prune", params={}))
    assert task.result["runs"] == 1
    assert list(ScheduledRun.objects.all()) == [recent]


def test_a_run_that_still_waits_stays_however_old_it_is(make_run):
    make_run(ScheduledRunState.WAITING)
    assert forget_runs(timezone.now()) == 0
