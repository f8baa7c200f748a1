"""What is next with a migration in every situation, and that it is the truth: whoever is named may do it."""

from __future__ import annotations

import pytest

from apps.core.policies import verdict
from apps.migrations.approvals import decidable_by
from apps.migrations.models import Migration
from apps.migrations.policies.actions import GUARDS, allowed_actions, allowed_with_who, people
from apps.migrations.policies.next_step import ACTIONS, What, next_of
from apps.migrations.services.knowledge import read_known
from apps.migrations.services.planning import get_migration
from apps.migrations.status import Status, status_of, with_status
from apps.migrations.tests.situations import Situations

OPERATORS, PLANNERS, NOBODY = ("eve",), ("ann", "eve"), ()

TABLE = {
    "planned": (Status.PLANNED, What.SUBMIT, PLANNERS),
    "unprotected": (Status.PLANNED, What.APPLY, OPERATORS),
    "submitted": (Status.SUBMITTED, What.APPROVE, ("ben", "bob")),
    "commented": (Status.SUBMITTED, What.APPROVE, ("ben", "bob")),
    "approved_by_one_of_two": (Status.SUBMITTED, What.APPROVE, ("bob",)),
    "answered_by_an_approver": (Status.SUBMITTED, What.APPROVE, ("bob",)),
    "to_be_released": (Status.SUBMITTED, What.WAIT, NOBODY),
    "approved": (Status.APPROVED, What.APPLY, OPERATORS),
    "lapsed": (Status.APPROVED, What.APPROVE, ("bob",)),
    "expired": (Status.APPROVED, What.PLAN, PLANNERS),
    "rejected": (Status.REJECTED, What.PLAN, PLANNERS),
    "withdrawn": (Status.WITHDRAWN, What.NOTHING, NOBODY),
    "draft": (Status.DRAFT, What.PLAN, PLANNERS),
    "frozen": (Status.APPROVED, What.WAIT, NOBODY),
    "disabled": (Status.APPROVED, What.WAIT, NOBODY),
    "moved": (Status.APPROVED, What.PLAN, PLANNERS),
    "queued": (Status.APPROVED, What.WAIT, NOBODY),
    "asking": (Status.SUBMITTED, What.ANSWER, OPERATORS),
    "applying": (Status.APPLYING, What.WAIT, NOBODY),
    "dead": (Status.INTERRUPTED, What.ROLLBACK, OPERATORS),
    "succeeded": (Status.SUCCEEDED, What.NOTHING, NOBODY),
    "failed_after_writing": (Status.FAILED, What.ROLLBACK, OPERATORS),
    "failed_before_writing": (Status.FAILED, What.APPLY, OPERATORS),
    "failed_as_stale": (Status.FAILED, What.PLAN, PLANNERS),
    "lapsed_after_failing": (Status.FAILED, What.ROLLBACK, OPERATORS),
    "interrupted": (Status.INTERRUPTED, What.ROLLBACK, OPERATORS),
    "rolling_back": (Status.ROLLING_BACK, What.WAIT, NOBODY),
    "failed_to_roll_back": (Status.SUCCEEDED, What.NOTHING, NOBODY),
    "rolled_back": (Status.ROLLED_BACK, What.NOTHING, NOBODY),
    "open": (Status.INTERRUPTED, What.WAIT, NOBODY),
}


@pytest.fixture
def situations(stage, settings):
    return Situations(stage, settings)


def test_every_status_has_a_situation():
    assert {status for status, _, _ in TABLE.values()} == {*Status}
    assert {what for _, what, _ in TABLE.values()} == {*What}
    assert {name for name in vars(Situations) if name[0] != "_" and name != "made"} == {*TABLE}


@pytest.mark.parametrize("name", TABLE)
def test_what_is_next_is_the_truth(situations, name):
    migration = situations.made(name)
    status, what, who = TABLE[name]
    assert status_of(migration) is status
    assert Migration.objects.with_latest_run().filter(with_status(status)).get() == migration
    read_known([migration], people())
    assert status_of(migration) is status
    found = next_of(migration, people())
    assert (found.what, found.who) == (what, who), found.sentence
    assert not found.sentence[0].islower()
    assert found.sentence[-1] in ".)”"
    if what in ACTIONS:
        assert {name for name in situations.people if may(situations, name, ACTIONS[what], migration)} == {*who}


@pytest.mark.parametrize("name", TABLE)
def test_what_was_read_at_once_is_what_the_actions_ask(situations, name):
    """The verdicts of rows are those of an attempt, and so is what awaits a decision; who is named may do it."""
    migration = situations.made(name)
    for person in (*situations.people.values(), situations.admin):
        alone = allowed_actions(person, get_migration(migration.pk))
        read_known([migration], people())
        listed = allowed_with_who(person, migration, people())
        assert {action: (each.allowed, each.reason) for action, each in listed.items()} == {
            action: (each.allowed, each.reason) for action, each in alone.items()
        }
        assert decidable_by(person).exists() is alone["approve"].allowed, person
        for action, each in listed.items():
            assert person.username not in each.who
            assert not (each.allowed and each.who)
            for other in each.who:
                assert other == "author" or may(situations, other, action, migration), (action, other)


def may(situations, name, action, migration):
    person = situations.people[name]
    person.__dict__.pop("access", None)
    return verdict(lambda: GUARDS[action](person, get_migration(migration.pk))).allowed


def test_the_reasons_name_who_else_may(situations):
    migration = situations.made("submitted")
    read_known([migration], people())

    def who(name):
        found = allowed_with_who(situations.people[name], migration, people())
        return {action: each.who for action, each in found.items() if each.who}

    assert who("ann")["approve"] == who("ann")["reject"] == ("ben", "bob")
    assert who("ben")["withdraw"] == who("kim")["replan"] == ("ann", "eve")
    assert "apply" not in who("ben"), "nobody may apply it yet"
    assert "approve" not in who("bob")


def test_the_administrator_is_named_only_where_nobody_else_may(situations):
    migration = situations.made("submitted")
    for name in ("ben", "bob"):
        situations.people[name].grants.all().delete()
    read_known([migration], people())
    assert next_of(migration, people()).who == ("author",)
    assert allowed_with_who(situations.people["ann"], migration, people())["approve"].who == ("author",)


def test_what_nobody_may_decide_says_how_to_go_on(situations):
    migration = situations.made("submitted")
    for name in ("ben", "bob"):
        situations.people[name].grants.all().delete()
    situations.admin.is_active = False
    situations.admin.save()
    read_known([migration], people())
    found = next_of(migration, people())
    assert (found.what, found.who) == (What.APPROVE, ())
    assert "takes another person with the role approver on “prod” and viewer on “dev”" in found.sentence


def test_sentences_say_why_it_waits(situations, settings):
    frozen = situations.made("frozen")
    read_known([frozen], people())
    assert "frozen" in next_of(frozen, people()).sentence


def test_nobody_is_named_who_does_not_see_it(situations):
    migration = situations.made("submitted")
    for grant in situations.people["ben"].grants.all():
        grant.where = "prod"
        grant.save()
    read_known([migration], people())
    assert next_of(migration, people()).who == ("bob",)
