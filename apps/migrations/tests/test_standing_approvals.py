"""An approval is worth what the person who gave it may say now."""

from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import Refused
from apps.core.tests.pages import Pages
from apps.migrations.approvals import approvals_of, waiting_for
from apps.migrations.models import Decision
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.services.approval import approve, review_approvals, submit
from apps.migrations.services.execution import apply_migration, explain_apply
from apps.migrations.services.planning import get_migration
from apps.migrations.services.queueing import queue_apply
from apps.migrations.status import Status, status_of
from apps.migrations.tests.people import make_person
from apps.superset.protocol import Silent
from apps.tasks.models import Task
from apps.users.models import Role, User
from apps.users.services.grants import get_role, grant_role
from conftest import api_of


@pytest.fixture
def people(author):
    return {name: make_person(author, name, "approver") for name in ("ann", "ben", "cat")}


@pytest.fixture
def approved(stage, people):
    """By ann and ben, as its target asks."""
    stage.target.protected, stage.target.approvals_needed = True, 2
    stage.target.save()
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    for name in ("ann", "ben"):
        agree(people[name], migration)
    return get_migration(migration.pk)


def agree(person, migration):
    found = get_migration(migration.pk)
    return approve(actor=User.objects.get(pk=person.pk), migration=found, checksum=found.plans.last().checksum)


def deactivate(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def lose_the_role(user):
    user.grants.all().delete()


def hold_it_elsewhere(user):
    user.grants.update(where="dev")


def lose_it_for_the_target(user):
    role = Role.objects.create(slug="half", title="Half")
    role.permissions.create(what="migrations.approve", where="tier:dev")
    user.grants.update(role=role)


MAY_NOT = "ben may no longer approve on “prod”"
ENDS = {
    "deactivated": (deactivate, "ben's account was deactivated"),
    "without a role": (lose_the_role, MAY_NOT),
    "approver elsewhere": (hold_it_elsewhere, MAY_NOT),
    "a role for another tier": (lose_it_for_the_target, MAY_NOT),
}


@pytest.fixture(params=ENDS)
def fallen(request, approved, people):
    """What ended, and the reason that is told."""
    end, reason = ENDS[request.param]
    end(people["ben"])
    return reason


def checksum_of(migration):
    return migration.plans.last().checksum


def test_an_approval_of_somebody_who_may_not_any_more_does_not_count(stage, approved, fallen):
    told = f"1 of 2 approvals stands: {fallen}"
    assert approvals_of(approved).explanation == told
    with pytest.raises(Refused, match=told):
        queue_apply(actor=stage.author, migration=approved, checksum=checksum_of(approved))
    with pytest.raises(Refused, match=told):
        apply_migration(actor=stage.author, migration=approved, reporter=Silent())
    with pytest.raises(Refused, match=told):
        explain_apply(migration=approved)
    assert told in allowed_actions(stage.author, approved)["apply"].reason
    assert stage.prod.writes == []
    assert not Task.objects.exists()


def test_standing_of_the_approver_is_checked_again_right_before_the_first_write(stage, approved, people):
    class Meanwhile(Silent):
        def log(self, text, **_):
            if text.startswith("Preflight"):
                deactivate(people["ben"])

    with pytest.raises(Refused, match="1 of 2 approvals stands"):
        apply_migration(actor=stage.author, migration=approved, reporter=Meanwhile())
    assert stage.prod.writes == []


def test_another_person_replaces_an_approval_that_no_longer_counts(stage, approved, people, fallen):
    assert waiting_for(User.objects.get(pk=people["cat"].pk)).get() == approved
    assert not waiting_for(User.objects.get(pk=people["ann"].pk)).exists()
    agree(people["cat"], approved)
    stage.apply(get_migration(approved.pk))
    assert status_of(get_migration(approved.pk)) == Status.SUCCEEDED


def test_who_approved_and_fell_does_not_approve_once_more(approved, people):
    lose_the_role(people["ben"])
    with pytest.raises(Refused, match="have the permission migrations.approve"):
        agree(people["ben"], approved)


def test_an_approval_counts_again_once_the_role_is_given_back(stage, author, approved, people):
    deactivate(people["ben"])
    assert approvals_of(approved).lacking == 1
    User.objects.filter(pk=people["ben"].pk).update(is_active=True)
    stage.apply(get_migration(approved.pk))
    assert status_of(get_migration(approved.pk)) == Status.SUCCEEDED


def test_an_approval_that_fell_does_not_help_to_approve(stage, people):
    stage.target.protected, stage.target.approvals_needed = True, 2
    stage.target.save()
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    agree(people["ben"], migration)
    deactivate(people["ben"])
    agree(people["ann"], migration)
    assert get_migration(migration.pk).state == "submitted"
    assert waiting_for(User.objects.get(pk=people["cat"].pk)).exists()
    agree(people["cat"], migration)
    assert get_migration(migration.pk).state == "approved"


def test_an_approval_that_no_longer_counts_expires_nothing(stage, approved, people, settings):
    """Its place was taken by a younger one."""
    first = Decision.objects.filter(kind="approve").order_by("pk").first()
    assert first
    deactivate(first.actor)
    agree(people["cat"], approved)
    settings.APPROVAL_LASTS = Decision.objects.order_by("-pk").first().at - first.at
    review_approvals()
    assert approvals_of(approved).fallen


def test_an_approved_migration_is_applied_after_its_author_was_deactivated(stage, approved, author):
    operator = make_person(author, "operator", "operator")
    deactivate(stage.author)
    apply_migration(actor=operator, migration=approved, reporter=Silent())
    assert status_of(get_migration(approved.pk)) == Status.SUCCEEDED
    assert AuditEntry.objects.get(action="migration.apply").actor == operator


class TestTold:
    def test_the_api_says_that_an_approval_no_longer_counts(self, api, approved, fallen):
        told = api.get(f"/api/v1/migrations/{approved.pk}").json()
        assert (told["approvals"]["needed"], told["approvals"]["given"]) == (2, 1)
        (one,) = told["approvals"]["fallen"]
        assert (one["actor"], one["reason"]) == ("ben", fallen)
        answer = api.post(f"/api/v1/migrations/{approved.pk}/apply", {"checksum": checksum_of(approved)})
        assert answer.status_code == 403
        assert f"1 of 2 approvals stands: {fallen}" in answer.json()["detail"]

    def test_the_command_says_that_an_approval_no_longer_counts(self, transactional_db, manage, approved, fallen):
        _, said, _ = manage("migration", "show", approved.pk)
        assert f"1 of 2 approvals stands: {fallen}. Waiting for 1 more approval by others" in said
        assert "To apply it" not in said

    def test_the_page_says_that_an_approval_no_longer_counts_and_offers_to_approve(self, approved, people, fallen):
        User.objects.filter(pk=people["cat"].pk).update(is_staff=True)
        page = Pages(User.objects.get(pk=people["cat"].pk)).see(f"migrations/migration/{approved.pk}/change/")
        assert "1 of 2 approvals stands" in page
        assert f"migrations/migration/{approved.pk}/approve/" in page

    def test_the_front_page_says_that_an_approval_no_longer_counts(self, author, approved, fallen):
        assert "was approved and needs further approvals" in Pages(author).see()

    def test_approvers_learn_that_an_approval_no_longer_counts(self, approved, people, author, fallen):
        answer = api_of(User.objects.get(pk=people["cat"].pk)).get(f"/api/v1/migrations/{approved.pk}").json()
        assert answer["allowed_actions"]["approve"]["allowed"]


def test_a_role_that_is_given_back_needs_no_new_approval(author, stage, approved, people):
    lose_the_role(people["ben"])
    grant_role(actor=author, user=people["ben"], role=get_role("approver"), where="prod")
    assert approvals_of(approved).enough
