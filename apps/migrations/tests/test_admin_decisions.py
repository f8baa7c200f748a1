from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.tests.pages import Pages
from apps.freezes.services import add_freeze
from apps.migrations.models import Migration
from apps.migrations.services.approval import submit
from apps.migrations.tests.factories import PAIR
from apps.migrations.tests.people import make_person
from apps.tasks.models import Task
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role

LIST = "migrations/migration/"


@pytest.fixture
def pages(author):
    return Pages(author)


@pytest.fixture
def other(db):
    """A second administrator."""
    return User.objects.create_superuser("other", password="only-for-tests")


@pytest.fixture
def planned(stage):
    stage.target.protected = True
    stage.target.save()
    return stage.plan()


def page_of(migration, action="change"):
    return f"{LIST}{migration.pk}/{action}/"


def test_a_migration_is_submitted_and_approved_by_another_who_sees_the_plan(pages, planned, other):
    assert "is submitted" in pages.send(page_of(planned, "submit"), confirmed="yes", note="Please")
    theirs, checksum = Pages(other), planned.plans.get().checksum
    asked = theirs.see(page_of(planned, "approve"))
    for told in ("12 to create", "dashboard “USA Births Names”", f'name="checksum" value="{checksum}"', "<textarea"):
        assert told in asked
    page = theirs.send(page_of(planned, "approve"), confirmed="yes", checksum=checksum, note="Fine <b>")
    assert "is approved" in page
    for told in (
        "<strong>Submitted</strong> by author",
        "Please",
        "<strong>Approved</strong> by other",
        "Fine &lt;b&gt;",
    ):
        assert told in page
    assert "1 of 1, until" in page


def test_who_submits_is_told_if_nobody_may_approve(pages, planned):
    page = pages.send(page_of(planned, "submit"), confirmed="yes")
    assert "Nobody may approve it yet. That takes another person with the role approver on “prod”" in page


def test_an_approver_who_cannot_read_the_source_does_not_count(pages, planned, author, manage):
    ann = make_person(author, "ann", "approver", "prod")
    said = manage("migration", "submit", planned.pk)[1]
    assert "Nobody may approve it yet." in said
    assert said.endswith("To grant a role: lockstep user grant NAME approver --where prod\n")
    grant_role(actor=author, user=ann, role=get_role("viewer"), where="dev")
    assert "Nobody may approve it yet." not in manage("migration", "show", planned.pk)[1]


def test_the_author_is_told_why_not(pages, planned, author):
    submit(actor=author, migration=planned)
    assert "Approve: You planned or submitted migration" in pages.see(page_of(planned))
    pages.send(page_of(planned, "approve"), confirmed="yes", checksum=planned.plans.get().checksum)
    assert Migration.objects.get().state == "submitted"


def test_an_approval_with_another_checksum_is_refused(planned, other, author):
    submit(actor=author, migration=planned)
    assert "Read the plan again" in Pages(other).send(page_of(planned, "approve"), confirmed="yes", checksum="0" * 64)
    assert Migration.objects.get().state == "submitted"


def test_a_migration_is_rejected_with_a_reason_and_withdrawn(pages, planned, other, author):
    submit(actor=author, migration=planned)
    checksum = planned.plans.get().checksum
    assert "Say why" in Pages(other).send(page_of(planned, "reject"), confirmed="yes", checksum=checksum, note="")
    Pages(other).send(page_of(planned, "reject"), confirmed="yes", checksum=checksum, note="Not today")
    assert Migration.objects.get().state == "rejected"
    page = pages.see(page_of(planned))
    assert page_of(planned, "apply") not in page
    assert "Your comment was added." in pages.send(page_of(planned, "comment"), confirmed="yes", note="A pity")
    assert "is withdrawn" in pages.send(page_of(planned, "withdraw"), confirmed="yes")


def test_a_worker_plans_a_migration_again(pages, planned):
    pages.send(page_of(planned, "replan"), confirmed="yes")
    assert Task.objects.get().params["migration"] == planned.pk


def test_a_freeze_is_reported_and_overridden_with_a_reason_only(pages, stage, author):
    migration = stage.plan()
    assert page_of(migration, "override") not in pages.see(page_of(migration))
    now = timezone.now()
    add_freeze(actor=author, reason="Quarter end", starts=now, ends=now + timedelta(hours=1))
    page = pages.see(page_of(migration))
    assert "Frozen until" in page
    assert "Apply: “prod” is frozen until" in page
    assert "Reason for applying now" in pages.see(page_of(migration, "override"))
    given = {"confirmed": "yes", "checksum": migration.plans.get().checksum}
    assert "Say why the freeze is overridden" in pages.send(page_of(migration, "override"), **given, override=" ")
    assert not Task.objects.exists()
    pages.send(page_of(migration, "override"), **given, override="Sales are wrong")
    assert Task.objects.get().params["override"] == "Sales are wrong"


def test_the_front_page_shows_what_waits_for_whom(pages, planned, author, other):
    told = f"Migration {planned.pk} to “prod” (USA Births Names)"
    assert f"{told} is planned and can be submitted for approval." in pages.see()
    submit(actor=author, migration=planned)
    assert f"{told} is waiting for approval." in pages.see()
    assert f"{told} is waiting for your approval." in Pages(other).see()


class TestCommand:
    def test_the_command_submits_and_withdraws_but_does_not_approve(self, planned, author, manage):
        make_person(author, "ann", "approver")
        number = planned.pk
        code, _, complaint = manage("migration", "submit", number, "--as", "ann")
        assert (code, "have the permission migrations.submit" in complaint) == (1, True)
        code, said, _ = manage("migration", "submit", number, "--note", "Please")
        assert code == 0
        assert said.startswith(f"Migration {number} is submitted. Waiting for 1 more approval by others")
        assert manage("migration", "approve", number)[0] == 1
        assert "submitted by author (plan 1): Please" in manage("migration", "show", number)[1]
        assert manage("migration", "apply", number)[0] == 1
        assert manage("migration", "withdraw", number)[1] == f"Migration {number} is withdrawn.\n"
        assert Migration.objects.get().state == "withdrawn"

    def test_a_plan_for_a_protected_target_says_the_next_step(self, stage, planned, manage):
        words = ("dev", "prod", "--dashboard", "births", "--map-database", PAIR)
        said = manage("migration", "plan", *words)[1]
        assert "To submit it for approval: lockstep migration submit" in said

    def test_the_command_plans_a_migration_again(self, stage, planned, manage):
        stage.rename_in_dev("New title")
        code, said, _ = manage("migration", "replan", planned.pk)
        assert (code, "New title" in said) == (2, True)
        assert Migration.objects.get().plans.count() == 2
