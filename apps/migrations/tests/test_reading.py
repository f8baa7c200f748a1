"""Whoever looks at migrations changes nothing; what ended by itself is shown as ended all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.migrations.models import SILENCE, Migration, Run, RunKind, RunState
from apps.migrations.services import approval, runs
from apps.migrations.services.planning import get_migration
from apps.migrations.status import Status, status_of, with_status
from apps.migrations.tests.people import make_person
from apps.plugins.installation import refresh_records
from apps.tasks.models import Task, TaskState
from apps.tasks.periodic import registered

WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture
def expired(stage, settings, author):
    """Approved, too long ago to be applied."""
    stage.target.protected = True
    stage.target.save()
    migration = stage.plan()
    approval.submit(actor=author, migration=migration)
    checksum = migration.plans.get().checksum
    approval.approve(actor=make_person(author, "approver", "approver"), migration=migration, checksum=checksum)
    settings.APPROVAL_LASTS = timedelta(0)
    return get_migration(migration.pk)


@pytest.fixture
def dead_run(stage):
    """Running, as far as is stored; nothing was heard of it for too long."""
    migration = stage.plan()
    run = runs.claim(actor=stage.author, plan=migration.plans.get(), kind=RunKind.APPLY)
    Run.objects.update(heartbeat=timezone.now() - SILENCE - timedelta(seconds=1))
    return run


def written_by(read):
    with CaptureQueriesContext(connection) as queries:
        read()
    statements = [each["sql"] for each in queries]
    return [sql for sql in statements if sql.startswith(WRITES) and "django_session" not in sql]


@pytest.mark.parametrize("address", ["/api/v1/migrations", "/api/v1/migrations/{}", "/api/v1/migrations/{}/explain"])
def test_the_api_stores_nothing_when_an_approval_has_expired(client, author, expired, address):
    client.force_login(author)
    assert written_by(lambda: client.get(address.format(expired.pk))) == []
    assert get_migration(expired.pk).state == "approved"


@pytest.mark.parametrize("address", ["/admin/migrations/migration/", "/admin/migrations/migration/{}/change/"])
def test_the_admin_stores_nothing_when_an_approval_has_expired(client, author, expired, address):
    client.force_login(author)
    assert written_by(lambda: client.get(address.format(expired.pk))) == []
    assert get_migration(expired.pk).state == "approved"


@pytest.mark.usefixtures("transactional_db")
def test_the_command_stores_nothing_when_an_approval_has_expired(manage, expired):
    shown = manage("migration", "show", str(expired.pk))
    assert "approval expired on" in str(shown)
    assert get_migration(expired.pk).state == "approved"


def test_an_expired_approval_is_shown_as_expired_before_it_is_stored(client, author, expired):
    client.force_login(author)
    found = client.get(f"/api/v1/migrations/{expired.pk}").json()
    assert found["approvals"]["expired"] is True
    assert not found["allowed_actions"]["apply"]["allowed"]
    assert "expired" in found["allowed_actions"]["apply"]["reason"]


def test_the_clock_stores_that_an_approval_has_expired(expired):
    assert "apps.migrations.services.approval.store_overdue" in registered()
    approval.store_overdue()
    assert get_migration(expired.pk).state == "draft"


def test_a_dead_run_is_shown_as_interrupted_before_it_is_stored(client, author, dead_run):
    migration = get_migration(dead_run.migration_id)
    assert status_of(migration) == Status.INTERRUPTED
    assert list(Migration.objects.with_latest_run().filter(with_status(Status.INTERRUPTED))) == [migration]
    client.force_login(author)
    [listed] = client.get("/api/v1/migrations").json()["results"]
    shown = client.get(f"/api/v1/migrations/{migration.pk}").json()
    assert (listed["status"], shown["status"], shown["runs"][0]["state"]) == ("interrupted",) * 3
    dead_run.refresh_from_db()
    assert dead_run.state == RunState.RUNNING


def test_the_clock_ends_a_dead_run(dead_run):
    approval.store_overdue()
    dead_run.refresh_from_db()
    assert dead_run.state == RunState.INTERRUPTED


@pytest.mark.parametrize("address", ["/api/v1/tasks/{}", "/admin/tasks/task/{}/change/"])
def test_a_task_that_could_be_retried_is_shown_without_storing_anything(client, author, expired, address):
    params = {"migration": expired.pk, "checksum": expired.plans.get().checksum, "override": ""}
    facts = {"plugin": "migrations", "action": "apply", "params": params, "state": TaskState.FAILED}
    error = {"kind": "refused", "sentence": "It failed.", "context": {}}
    place = {"environment": expired.target, "environment_name": expired.target.name}
    task = Task.objects.create(actor=author, error=error, finished=timezone.now(), **facts, **place)
    client.force_login(author)
    refresh_records()  # of this process: once, at its first look
    assert written_by(lambda: client.get(address.format(task.pk))) == []
    assert get_migration(expired.pk).state == "approved"
