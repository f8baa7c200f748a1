"""Nothing waits for approvals that its target does not ask for any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, Refused
from apps.migrations.services import approval
from apps.migrations.services.approval import approve, submit
from apps.migrations.services.planning import get_migration, replan
from apps.migrations.status import Status, status_of
from apps.migrations.tests.people import make_person
from apps.superset.protocol import Silent


@pytest.fixture
def stage(stage):
    stage.target.protected = True
    stage.target.save()
    return stage


@pytest.fixture
def people(author):
    return {name: make_person(author, name, "approver") for name in ("approver", "second")}


@pytest.fixture
def submitted(stage):
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    return get_migration(migration.pk)


def agree(person, migration):
    return approve(actor=person, migration=migration, checksum=migration.plans.last().checksum)


def state_of(migration):
    return get_migration(migration.pk).state


@pytest.fixture
def half(stage, people):
    """Approved by one of two."""
    ask(stage, approvals_needed=2)
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    agree(people["approver"], migration)
    return get_migration(migration.pk)


def ask(stage, **changes):
    for name, value in changes.items():
        setattr(stage.target, name, value)
    stage.target.save()


def test_a_migration_with_enough_approvals_after_the_change_is_applied(stage, half):
    approval.store_overdue()
    assert state_of(half) == "submitted"
    ask(stage, approvals_needed=1)
    approval.store_overdue()
    migration = get_migration(half.pk)
    released = migration.decisions.last()
    assert (migration.state, released.kind, released.actor) == ("approved", "release", None)
    assert released.note == "“prod” now needs 1 approval"
    entry = AuditEntry.objects.get(action="migration.approve", after__state="approved")
    assert (entry.actor, entry.before, entry.after["note"]) == (None, {"state": "submitted"}, released.note)
    approval.store_overdue()
    assert migration.decisions.filter(kind="release").count() == 1
    stage.apply(migration)
    assert status_of(get_migration(half.pk)) == Status.SUCCEEDED


def test_removing_the_protection_removes_the_need_for_approval(stage, submitted):
    ask(stage, protected=False)
    approval.store_overdue()
    migration = get_migration(submitted.pk)
    assert (migration.state, migration.decisions.last().note) == ("approved", "“prod” is no longer protected")
    stage.apply(migration)
    assert status_of(get_migration(submitted.pk)) == Status.SUCCEEDED


def test_restoring_the_protection_restores_the_need_for_approval(stage, submitted, people):
    ask(stage, protected=False)
    approval.store_overdue()
    ask(stage, protected=True)
    with pytest.raises(Refused, match="0 of 1 approvals"):
        stage.apply(get_migration(submitted.pk))
    agree(people["approver"], submitted)
    stage.apply(get_migration(submitted.pk))


def test_a_voluntary_submission_waits_for_the_decision(stage):
    ask(stage, protected=False)
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    approval.store_overdue()
    assert state_of(migration) == "submitted"


def test_approvals_of_another_plan_do_not_count(stage, half):
    replan(actor=stage.author, migration=half, reporter=Silent())
    submit(actor=stage.author, migration=half)
    ask(stage, approvals_needed=1)
    approval.store_overdue()
    assert state_of(half) == "submitted"


def test_expired_approvals_do_not_count(stage, half, settings):
    settings.APPROVAL_LASTS = timedelta(0)
    ask(stage, approvals_needed=1)
    approval.store_overdue()
    assert state_of(half) == "draft"


def test_a_surplus_approver_is_told_that_no_approval_is_needed(stage, half, people):
    ask(stage, approvals_needed=1)
    with pytest.raises(Conflict, match="has already been approved by approver"):
        agree(people["second"], half)
    assert state_of(half) == "approved"
