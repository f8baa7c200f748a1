"""Four eyes: who may decide on what, and what ends an approval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.core.append_only import AppendOnlyError
from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.freezes.services import add_freeze
from apps.migrations.approvals import approvals_of
from apps.migrations.models import Decision, Migration
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.services import approval
from apps.migrations.services.approval import approve, comment, reject, submit, withdraw
from apps.migrations.services.execution import apply_migration
from apps.migrations.services.planning import get_migration, replan
from apps.migrations.services.queueing import queue_apply, queue_replan
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import BIRTHS, Failing
from apps.migrations.tests.people import make_person
from apps.superset.errors import PlanStale, ServerFault
from apps.superset.execution.stages import Choice
from apps.superset.protocol import Silent
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import Task
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role


@pytest.fixture
def stage(stage):
    stage.target.protected = True
    stage.target.save()
    return stage


@pytest.fixture
def people(author):
    people = {"approver": "approver", "second": "approver", "operator": "operator", "analyst": "analyst"}
    return {name: make_person(author, name, role) for name, role in people.items()}


@pytest.fixture
def approver(people):
    return people["approver"]


@pytest.fixture
def submitted(stage):
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    return get_migration(migration.pk)


def checksum_of(migration):
    return migration.plans.last().checksum


def agree(person, migration, **given):
    return approve(actor=person, migration=migration, checksum=checksum_of(migration), **given)


def state_of(migration):
    return get_migration(migration.pk).state


class TestDeciding:
    def test_what_somebody_else_approved_is_applied(self, stage, submitted, approver):
        decision = agree(approver, submitted, note="Fine")
        assert state_of(submitted) == "approved"
        stage.apply(get_migration(submitted.pk))
        assert status_of(get_migration(submitted.pk)) == Status.SUCCEEDED
        assert (decision.actor, decision.note, decision.checksum) == (approver, "Fine", checksum_of(submitted))
        entry = AuditEntry.objects.get(action="migration.approve")
        facts = {"state": "approved", "plan": 1, "checksum": decision.checksum, "note": "Fine"}
        assert (entry.actor, entry.before, entry.after) == (approver, {"state": "submitted"}, facts)

    def test_nothing_is_written_before_the_approval(self, stage, submitted):
        with pytest.raises(Refused, match="is submitted. Only an approved migration"):
            stage.apply(submitted)
        assert stage.prod.writes == []

    def test_the_author_does_not_approve_nor_reject_whatever_the_role(self, submitted, author):
        assert author.is_superuser
        for decide in (agree, lambda person, migration: reject(actor=person, migration=migration, note="no")):
            with pytest.raises(Refused, match="Somebody else has to decide"):
                decide(author, submitted)
        assert state_of(submitted) == "submitted"

    def test_who_submitted_or_replanned_a_migration_does_not_decide_on_it(self, stage, author, people):
        both = make_person(author, "both", "approver")
        grant_role(actor=author, user=both, role=get_role("operator"))
        migration = stage.plan()
        submit(actor=both, migration=migration)
        with pytest.raises(Refused, match="Somebody else has to decide"):
            agree(both, migration)
        other = stage.plan()
        replan(actor=both, migration=other, reporter=Silent())
        submit(actor=author, migration=other)
        with pytest.raises(Refused, match="Somebody else has to decide"):
            agree(both, other)

    def test_approving_requires_the_permission_on_the_target(self, stage, submitted, people, author):
        elsewhere = make_person(author, "elsewhere", "approver", where="dev")
        for person in (people["analyst"], people["operator"], elsewhere):
            with pytest.raises(Refused, match="have the permission migrations.approve on"):
                agree(person, submitted)
        here = make_person(author, "here", "approver", where="prod")
        with pytest.raises(Refused, match="have the permission catalogue.view on “dev”"):
            agree(here, submitted)
        grant_role(actor=author, user=here, role=get_role("viewer"), where="dev")
        agree(User.objects.get(pk=here.pk), submitted)

    def test_the_plan_that_was_read_is_approved_and_no_other(self, submitted, approver):
        with pytest.raises(Conflict, match="Read the plan again"):
            approve(actor=approver, migration=submitted, checksum="0" * 64)
        assert not Decision.objects.filter(kind="approve").exists()

    def test_what_was_not_submitted_is_not_approved(self, stage, approver):
        with pytest.raises(Conflict, match="is planned and cannot be approved"):
            agree(approver, stage.plan())

    def test_two_approvals_are_needed_where_configured_and_each_person_counts_once(self, stage, submitted, people):
        stage.target.approvals_needed = 2
        stage.target.save()
        agree(people["approver"], submitted)
        assert state_of(submitted) == "submitted"
        with pytest.raises(Conflict, match="You have already decided on this plan of migration"):
            agree(people["approver"], submitted)
        agree(people["second"], submitted)
        assert state_of(submitted) == "approved"
        assert AuditEntry.objects.filter(action="migration.approve").count() == 2

    def test_a_raised_number_of_approvals_asks_for_one_more(self, stage, submitted, people):
        agree(people["approver"], submitted)
        stage.target.approvals_needed = 2
        stage.target.save()
        with pytest.raises(Refused, match="has 1 of 2 approvals"):
            stage.apply(get_migration(submitted.pk))
        agree(people["second"], submitted)
        assert stage.apply(get_migration(submitted.pk)).state == "succeeded"

    def test_a_surplus_approval_is_a_conflict_that_names_the_first_approver(self, submitted, people):
        agree(people["approver"], submitted)
        with pytest.raises(Conflict, match="has already been approved by approver"):
            agree(people["second"], submitted)

    def test_a_rejection_gives_a_reason_and_ends_the_migration(self, stage, submitted, approver):
        with pytest.raises(LockstepError, match="Say why"):
            reject(actor=approver, migration=submitted, note=" ")
        reject(actor=approver, migration=submitted, note="Not on a Friday")
        assert state_of(submitted) == "rejected"
        with pytest.raises(Refused, match="is rejected"):
            stage.apply(get_migration(submitted.pk))

    def test_what_is_approved_can_still_be_rejected_by_another(self, submitted, people):
        agree(people["approver"], submitted)
        reject(actor=people["second"], migration=submitted, note="Wait")
        assert state_of(submitted) == "rejected"

    def test_author_and_operator_withdraw_a_migration_for_good(self, stage, people):
        for person in (stage.author, people["operator"]):
            migration = stage.plan()
            withdraw(actor=person, migration=migration)
            assert state_of(migration) == "withdrawn"
            with pytest.raises(NothingToDo, match="is already withdrawn"):
                withdraw(actor=person, migration=migration)
        with pytest.raises(Conflict, match="is withdrawn and cannot be planned again"):
            queue_replan(actor=stage.author, migration=migration)

    def test_only_author_and_operators_submit_and_withdraw(self, stage, people):
        migration = stage.plan()
        for decide in (submit, withdraw):
            for person in (people["analyst"], people["approver"]):
                with pytest.raises(Refused, match="have the permission"):
                    decide(actor=person, migration=migration)

    def test_only_who_sees_a_migration_comments_on_it(self, submitted, people, viewer):
        comment(actor=people["analyst"], migration=submitted, note="Looks good to me")
        assert state_of(submitted) == "submitted"
        with pytest.raises(Refused):
            comment(actor=viewer, migration=submitted, note="hello")
        with pytest.raises(LockstepError, match="Write a comment"):
            comment(actor=people["analyst"], migration=submitted, note="")

    def test_a_decision_is_never_changed(self, submitted, approver):
        decision = agree(approver, submitted)
        for attempt in (decision.save, decision.delete, Decision.objects.all().delete):
            with pytest.raises(AppendOnlyError):
                attempt()


class TestWhatEndsAnApproval:
    def test_a_new_plan_ends_the_approval(self, stage, submitted, approver):
        agree(approver, submitted)
        stage.rename_in_dev("New title")
        replan(actor=stage.author, migration=get_migration(submitted.pk), reporter=Silent())
        migration = get_migration(submitted.pk)
        assert (migration.state, migration.plans.count(), approvals_of(migration).given) == ("planned", 2, ())
        with pytest.raises(Refused, match="so its changes need approval"):
            stage.apply(migration)
        submit(actor=stage.author, migration=migration)
        agree(approver, migration)
        stage.apply(get_migration(migration.pk))
        assert stage.prod.document(BIRTHS)["dashboard_title"] == "New title"

    def test_the_checksum_of_a_replaced_plan_approves_and_applies_nothing(self, stage, submitted, people):
        old = checksum_of(submitted)
        stage.rename_in_dev("New title")
        replan(actor=stage.author, migration=submitted, reporter=Silent())
        submit(actor=stage.author, migration=submitted)
        with pytest.raises(Conflict, match="Read the plan again"):
            approve(actor=people["approver"], migration=submitted, checksum=old)
        agree(people["approver"], submitted)
        with pytest.raises(Conflict, match="Read the plan again"):
            queue_apply(actor=stage.author, migration=submitted, checksum=old)

    def test_a_target_that_others_changed_ends_the_approval(self, stage, approver):
        stage.target.protected = False
        stage.target.save()
        stage.apply(stage.plan())
        stage.target.protected = True
        stage.target.save()
        stage.rename_in_dev("New title")
        migration = stage.plan()
        submit(actor=stage.author, migration=migration)
        agree(approver, migration)
        stage.prod.document(BIRTHS)["css"] = "changed by somebody"
        with pytest.raises(PlanStale, match=f"Migration {migration.pk} is a draft again"):
            stage.apply(get_migration(migration.pk))
        migration = get_migration(migration.pk)
        assert (migration.state, status_of(migration)) == ("draft", Status.DRAFT)
        returned = migration.decisions.last()
        assert (returned.kind, returned.actor) == ("return", None)
        assert returned.note.startswith("the target changed since the plan was made")
        assert AuditEntry.objects.get(action="migration.return").before == {"state": "approved"}
        with pytest.raises(Refused, match=r"is a draft again \(the target changed since .*\). Plan it again"):
            stage.apply(migration)

    def test_a_half_done_run_does_not_end_the_approval(self, stage, submitted, approver):
        agree(approver, submitted)
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(get_migration(submitted.pk))
        stage.prod.__class__ = FakeSuperset
        stage.prod.document(BIRTHS)["css"] = "changed by somebody"
        with pytest.raises(PlanStale):
            stage.apply(get_migration(submitted.pk))
        migration = get_migration(submitted.pk)
        assert (migration.state, status_of(migration)) == ("approved", Status.FAILED)
        for decide in (
            withdraw,
            lambda **who: reject(note="no", **(who | {"actor": make_person(stage.author, "x", "approver")})),
        ):
            with pytest.raises(Conflict, match="Roll it back first"):
                decide(actor=stage.author, migration=migration)
        stage.rollback(migration, choice=Choice.FORCE, reason="it was half done")

    def test_a_rollback_ends_the_approval(self, stage, submitted, approver):
        """An approval is for one apply."""
        agree(approver, submitted)
        stage.apply(get_migration(submitted.pk))
        stage.rollback(get_migration(submitted.pk))
        migration = get_migration(submitted.pk)
        assert (migration.state, status_of(migration)) == ("draft", Status.ROLLED_BACK)
        with pytest.raises(Refused, match="is a draft again"):
            stage.apply(migration)

    def test_what_is_half_done_is_completed_on_the_same_approval(self, stage, submitted, approver):
        agree(approver, submitted)
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(get_migration(submitted.pk))
        stage.prod.__class__ = FakeSuperset
        stage.apply(get_migration(submitted.pk))
        assert status_of(get_migration(submitted.pk)) == Status.SUCCEEDED

    def test_an_approval_ends_after_its_lifetime(self, stage, submitted, approver, settings):
        agree(approver, submitted)
        settings.APPROVAL_LASTS = timedelta(0)
        with pytest.raises(Refused, match="has expired|is a draft again"):
            stage.apply(get_migration(submitted.pk))
        approval.store_overdue()
        migration = get_migration(submitted.pk)
        assert (migration.state, migration.decisions.last().note) == ("draft", "the approval expired after 0 days")

    def test_a_migration_applied_in_time_stays_applied(self, stage, submitted, approver, settings):
        agree(approver, submitted)
        stage.apply(get_migration(submitted.pk))
        settings.APPROVAL_LASTS = timedelta(0)
        approval.store_overdue()
        assert status_of(get_migration(submitted.pk)) == Status.SUCCEEDED

    def test_the_first_of_two_required_approvals_expires(self, stage, submitted, approver, settings):
        stage.target.approvals_needed = 2
        stage.target.save()
        agree(approver, submitted)
        settings.APPROVAL_LASTS = timedelta(0)
        approval.store_overdue()
        assert state_of(submitted) == "draft"

    def test_the_approval_is_checked_again_between_claim_and_first_write(self, stage, submitted, people):
        agree(people["approver"], submitted)

        class Meanwhile(Silent):
            def log(self, text, **_):
                if text.startswith("Preflight"):
                    reject(actor=people["second"], migration=submitted, note="Stop")

        with pytest.raises(Refused, match="is rejected"):
            apply_migration(actor=stage.author, migration=get_migration(submitted.pk), reporter=Meanwhile())
        assert stage.prod.writes == []
        run = submitted.runs.get()
        assert (run.state, run.written, run.snapshot) == ("failed", [], None)


class TestUndoing:
    def test_a_rollback_of_a_protected_target_needs_no_approval_and_is_audited(self, stage, submitted, people):
        agree(people["approver"], submitted)
        before = stage.state_of_prod()
        stage.apply(get_migration(submitted.pk))
        stage.author = people["operator"]
        stage.rollback(get_migration(submitted.pk))
        assert stage.state_of_prod() == before
        assert AuditEntry.objects.get(action="migration.rollback").actor == people["operator"]

    def test_a_rollback_is_allowed_during_a_freeze(self, stage, submitted, approver, author):
        agree(approver, submitted)
        stage.apply(get_migration(submitted.pk))
        add_freeze(
            actor=author, reason="Holidays", from_day="mon", from_time="00:00", until_day="mon", until_time="00:00"
        )
        stage.rollback(get_migration(submitted.pk))
        assert status_of(get_migration(submitted.pk)) == Status.ROLLED_BACK

    def test_a_migration_planned_again_after_a_rollback_has_nothing_to_undo(self, stage, submitted, approver):
        agree(approver, submitted)
        stage.apply(get_migration(submitted.pk))
        stage.rollback(get_migration(submitted.pk))
        replan(actor=stage.author, migration=get_migration(submitted.pk), reporter=Silent())
        with pytest.raises(NothingToDo):
            stage.rollback(get_migration(submitted.pk))


class TestWhatIsOffered:
    def allowed(self, person, migration):
        return {
            name for name, verdict in allowed_actions(person, get_migration(migration.pk)).items() if verdict.allowed
        }

    def test_each_person_is_offered_their_own_actions(self, stage, author, people):
        migration = stage.plan()
        assert self.allowed(author, migration) == {"replan", "submit", "withdraw", "comment"}
        assert self.allowed(people["approver"], migration) == {"comment"}
        submit(actor=author, migration=migration)
        assert self.allowed(people["approver"], migration) == {"approve", "reject", "comment"}
        assert self.allowed(people["operator"], migration) == {"replan", "withdraw", "comment"}
        agree(people["approver"], migration)
        assert self.allowed(people["operator"], migration) == {"replan", "withdraw", "comment", "apply"}
        assert self.allowed(people["second"], migration) == {"reject", "comment"}

    def test_what_waits_for_somebody_is_what_they_may_approve(self, stage, author, people, viewer):
        migration = stage.plan()
        stage.plan()
        submit(actor=author, migration=migration)
        for person in (*people.values(), author, viewer):
            waits = list(Migration.objects.waiting_for(person)) == [migration]
            assert waits is allowed_actions(person, get_migration(migration.pk))["approve"].allowed, person
        stage.target.approvals_needed = 2
        stage.target.save()
        agree(people["approver"], migration)
        assert not Migration.objects.waiting_for(people["approver"]).exists()
        assert Migration.objects.waiting_for(people["second"]).exists()

    def test_work_that_goes_on_is_not_moved_and_a_mail_is_no_work(self, stage, submitted, people, author):
        agree(people["approver"], submitted)
        Task.objects.create(plugin="migrations", action="mail", actor=author, params={"migration": submitted.pk})
        queue_apply(actor=author, migration=submitted, checksum=checksum_of(submitted))
        with pytest.raises(Conflict, match="Wait until it has ended"):
            withdraw(actor=author, migration=submitted)
