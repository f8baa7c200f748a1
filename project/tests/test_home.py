from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.tests.pages import Pages
from apps.environments.models import ProtectionRequest
from apps.environments.services.edits import edit_environment
from apps.environments.services.registration import remove_environment
from apps.environments.tests.factories import make_environment
from apps.migrations.models import HumanState, Migration
from apps.migrations.tests.factories import Failing, Stage
from apps.plugins.models import PluginRecord, PluginState
from apps.schedules.models import Schedule, ScheduledRunState
from apps.superset.errors import ServerFault
from apps.tasks.models import Task, TaskState, Worker
from apps.users.models import User


@pytest.fixture
def pages(author):
    return Pages(author)


@pytest.fixture
def worker(db):
    return Worker.objects.create(host="h", pid=1, processes=2)


def make_task(author, state, **fields):
    values = {"plugin": "catalogue", "action": "sync", "finished": timezone.now()} | fields
    task = Task.objects.create(actor=author, state=state, **values)
    if "created" in fields:
        Task.objects.filter(pk=task.pk).update(created=fields["created"])
    return task


def test_a_new_installation_shows_where_to_begin(pages, worker):
    page = pages.see()
    assert 'href="/admin/environments/environment/add/">Connect two environments' in page
    assert "Nothing needs attention." in page


def test_a_missing_worker_is_shown_with_what_waits_for_it(pages, author):
    make_task(author, TaskState.QUEUED)
    page = pages.see()
    assert "No worker is running, and 1 task is waiting" in page


def test_a_stopped_clock_is_reported(pages, worker):
    Worker.objects.update(started=timezone.now() - timedelta(minutes=5))
    page = pages.see()
    assert "The clock of the schedules has stopped, although a worker is running." in page
    assert "Restart the worker" in page


def test_a_schedule_whose_last_run_could_not_be_started_is_reported(pages, worker, author):
    make_environment("dev")
    schedule = Schedule.objects.create(name="nightly", plugin="p", action="a", cron="0 2 * * *", actor=author)
    schedule.runs.create(slot=timezone.now(), state=ScheduledRunState.REFUSED, reason="The plugin “p” is not enabled.")
    page = pages.see()
    assert "The schedule “nightly” could not run." in page
    assert "The plugin “p” is not enabled." in page


def test_a_task_that_waits_for_an_answer_is_reported(pages, author, worker):
    task = make_task(author, TaskState.AWAITING_INPUT)
    assert f"Task {task.pk}, Sync the catalogue, is waiting for an answer." in pages.see()


@pytest.mark.parametrize("state", [TaskState.FAILED, TaskState.ERRORED, TaskState.TIMED_OUT, TaskState.LOST])
def test_a_task_that_went_wrong_is_reported_with_its_reason(pages, author, worker, state):
    make_task(author, state, error={"sentence": "It does not answer."})
    page = pages.see()
    assert f"Sync the catalogue, {state.replace('_', ' ')}." in page
    assert "It does not answer." in page


def test_a_later_success_clears_a_failure(pages, author, worker):
    make_task(author, TaskState.FAILED)
    make_task(author, TaskState.SUCCEEDED)
    assert "Nothing needs attention." in pages.see()


def test_an_earlier_success_does_not_clear_a_failure(pages, author, worker):
    make_task(author, TaskState.SUCCEEDED)
    make_task(author, TaskState.FAILED)
    assert "Sync the catalogue, failed." in pages.see()


def test_the_latest_of_several_equal_failures_is_reported(pages, author, worker):
    first, last = make_task(author, TaskState.FAILED), make_task(author, TaskState.LOST)
    page = pages.see()
    assert f"Task {last.pk}, Sync the catalogue, lost." in page
    assert f"Task {first.pk}, Sync" not in page


def test_an_old_failure_is_forgotten(pages, author, worker):
    make_task(author, TaskState.FAILED, finished=timezone.now() - timedelta(days=4))
    assert "Nothing needs attention." in pages.see()


def test_a_task_that_waits_although_there_is_a_worker_is_reported(pages, author, worker):
    make_task(author, TaskState.QUEUED, created=timezone.now() - timedelta(minutes=10))
    assert "has been waiting since" in pages.see()


def test_an_environment_that_cannot_be_used_is_reported_unless_it_is_disabled(pages, worker):
    error = {"kind": "unreachable", "sentence": "The connection was refused."}
    make_environment("dev", last_error=error)
    make_environment("old", last_error=error, enabled=False)
    page = pages.see()
    assert "“dev” could not be used: unreachable." in page
    assert "“old”" not in page


def test_a_failure_shown_for_an_environment_is_not_repeated_for_its_task(pages, author, worker):
    error = {"kind": "unreachable", "sentence": "dev: the connection was refused."}
    make_environment("dev", last_error=error)
    make_task(author, TaskState.FAILED, error=error)
    page = pages.see()
    assert page.count("dev: the connection was refused.") == 1
    assert "“dev” could not be used" in page


def test_a_migration_that_failed_is_reported_with_its_reason_and_once(pages, author, worker, monkeypatch):
    stage = Stage(author, monkeypatch)
    migration = stage.plan()
    stage.prod.__class__ = Failing
    with pytest.raises(ServerFault):
        stage.apply(migration)
    make_task(author, TaskState.FAILED, error={"sentence": migration.runs.get().error["sentence"]})
    page = pages.see()
    assert f"Migration {migration.pk} to “prod” (USA Births Names) failed." in page
    assert page.count("prod: it broke. See Superset") == 1


def test_the_worst_problem_is_shown_first(pages, author, worker):
    make_task(author, TaskState.QUEUED, created=timezone.now() - timedelta(minutes=10))
    make_environment("dev", last_error={"kind": "unreachable", "sentence": "No answer."})
    page = pages.see()
    assert page.index("“dev” could not be used") < page.index("has been waiting since")


def test_a_broken_plugin_is_reported(pages, worker):
    PluginRecord.objects.create(slug="bad", state=PluginState.BROKEN, reason="ImportError: no such thing")
    assert "ImportError: no such thing" in pages.see()


@pytest.fixture
def protected(author):
    return make_environment("prod", protected=True)


def test_a_protection_that_somebody_lowered_alone_is_reported_for_thirty_days(pages, author, worker, protected):
    edit_environment(actor=author, environment=protected, protected=False, reason="an urgent fix")
    assert "“author” lowered the protection of “prod” alone on" in pages.see()
    assert "Reason: an urgent fix" in pages.see()
    ProtectionRequest.objects.update(decided=timezone.now() - timedelta(days=29))
    assert "lowered the protection" in pages.see()
    ProtectionRequest.objects.update(decided=timezone.now() - timedelta(days=31))
    assert "lowered the protection" not in pages.see()


def test_a_protection_lowered_alone_is_shown_after_the_environment_was_removed(pages, author, worker, protected):
    remove_environment(actor=author, environment=protected)
    assert "“author” lowered the protection of “prod” alone" in pages.see()
    assert "remove it." in pages.see()


def test_what_would_lower_a_protection_waits_for_the_other_holder(pages, author, worker, protected):
    other = User.objects.create_superuser("other", password="only-for-tests")
    edit_environment(actor=author, environment=protected, protected=False)
    request = "The request of “author” for “prod” (protected yes → no) is waiting for "
    assert f"{request}somebody else&#x27;s confirmation." in pages.see()
    assert f"{request}your confirmation." in Pages(other).see()


def test_migrations_that_wait_are_reported_and_the_page_costs_the_same_for_many(
    pages, author, worker, django_assert_num_queries
):
    dev, prod = make_environment("dev"), make_environment("prod")
    for _ in range(5):
        values = {"title": "Sales", "selection": {}, "author": author, "state": HumanState.PLANNED}
        Migration.objects.create(source=dev, target=prod, **values)
        make_task(author, TaskState.SUCCEEDED)
    asked_whether_it_can_be_written = connection.vendor == "postgresql"  # SQLite's file tells without a query
    with django_assert_num_queries(20 + asked_whether_it_can_be_written):
        page = pages.see()
    assert "(Sales) is planned and can be applied." in page


def test_the_root_leads_to_the_front_page(pages):
    assert pages.client.get("/").status_code in {200, 503}
