"""Several people, or one in several sessions, at the very same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.migrations.models import Decision, Migration
from apps.migrations.services import approval
from apps.migrations.services.approval import submit
from apps.migrations.tests.people import make_person
from conftest import api_of

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def submitted(stage):
    stage.target.protected = True
    stage.target.save()
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    return migration


def at_once(migration, *calls):
    """Each call by a client of its own, all of which are let go together; the answers in that order."""
    start = threading.Barrier(len(calls))

    def call(client, deed, sent):
        start.wait(timeout=10)
        try:
            answer = client.post(f"/api/v1/migrations/{migration.pk}/{deed}", sent)
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call, *each) for each in calls]]


def approving(person, migration):
    return api_of(person), "approve", {"checksum": migration.plans.get().checksum}


def test_of_two_approvers_at_once_exactly_one_makes_it_approved(submitted, author):
    first, second = (make_person(author, name, "approver") for name in ("ann", "bob"))
    answers = at_once(submitted, approving(first, submitted), approving(second, submitted))
    assert sorted(status for status, _ in answers) == [200, 409]
    loser = next(told for status, told in answers if status == 409)
    decision = Decision.objects.get(kind="approve")
    assert loser["code"] == "conflict"
    assert f"has already been approved by {decision.actor}" in loser["detail"]
    assert Migration.objects.get().state == "approved"
    assert AuditEntry.objects.filter(action="migration.approve").count() == 1


def test_an_approver_with_two_sessions_counts_once_where_two_are_needed(submitted, author, stage):
    stage.target.approvals_needed = 2
    stage.target.save()
    ann = make_person(author, "ann", "approver")
    answers = at_once(submitted, approving(ann, submitted), approving(ann, submitted))
    assert sorted(status for status, _ in answers) == [200, 409]
    assert Migration.objects.get().state == "submitted"


def test_the_author_is_refused_in_two_sessions_at_once(submitted, author):
    answers = at_once(submitted, *(approving(author, submitted) for _ in range(2)))
    assert [(status, told["code"]) for status, told in answers] == [(403, "not_allowed")] * 2
    assert Migration.objects.get().state == "submitted"
    assert not Decision.objects.filter(kind="approve").exists()


def test_an_approval_and_a_withdrawal_at_once_leave_one_clear_state(submitted, author):
    ann = make_person(author, "ann", "approver")
    (approved, _), (withdrawn, _) = at_once(
        submitted, approving(ann, submitted), (api_of(author), "withdraw", {"note": ""})
    )
    # Withdrawing is allowed before and after an approval, approving only before the withdrawal
    assert (withdrawn, Migration.objects.get().state) == (200, "withdrawn")
    assert approved in {200, 409}
    kinds = set(Decision.objects.values_list("kind", flat=True))
    assert kinds == {"submit", "withdraw", *(["approve"] if approved == 200 else [])}


def test_a_state_that_was_changed_behind_the_lock_is_a_conflict(submitted, author, monkeypatch):
    """The lock keeps others out; were it gone, the comparison of the state would."""
    ann = make_person(author, "ann", "approver")
    original = approval._state_after

    def meanwhile(kind, migration):
        Migration.objects.filter(pk=migration.pk).update(state="withdrawn")
        return original(kind, migration)

    monkeypatch.setattr(approval, "_state_after", meanwhile)
    (answer,) = at_once(submitted, approving(ann, submitted))
    assert (answer[0], answer[1]["code"]) == (409, "conflict")
    assert not Decision.objects.filter(kind="approve").exists()
