"""Requests whose answers never came: the undo stays open until it is known what became of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, Damaged, NothingToDo
from apps.migrations.mail.notifications import email_of_run
from apps.migrations.models import Migration, PlanRecord, Run, Write
from apps.migrations.policies.execution import require_applicable
from apps.migrations.services import outcomes
from apps.migrations.services.ledger import RunLedger
from apps.migrations.services.runs import sweep
from apps.migrations.status import Status, left_on_target, status_of, with_status
from apps.migrations.tests.factories import BIRTHS, Silenced, commit, dead_pid
from apps.superset.bundle.bundle import read_bundle
from apps.superset.errors import Cancelled, OutcomeOpen, OutcomeUnknown, UndoBlocked, Unreachable
from apps.superset.protocol import Outcome, Silent
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import Task
from apps.tasks.periodic import registered


@pytest.fixture
def lost(stage):
    """A migration whose only request was never answered, and has not been carried out yet."""
    migration = stage.plan()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown) as unknown:
        stage.apply(migration)
    assert unknown.value.context["written"] == []
    stage.prod.__class__ = FakeSuperset
    return migration


def let_time_pass(settings):
    """Until nothing that was sent can be carried out any more."""
    Write.objects.update(sent_at=timezone.now() - settings.LATE_WRITES - timedelta(seconds=1))


def look(stage):
    return outcomes.settle(target=stage.target, reporter=Silent())


def test_an_apply_whose_outcome_is_not_known_is_interrupted_and_stays_undoable(stage, lost):
    run = lost.runs.get()
    assert (run.state, run.written, status_of(lost)) == ("interrupted", [], Status.INTERRUPTED)
    assert str(BIRTHS) in run.open
    assert left_on_target(lost) == run
    assert outcomes.open_until(lost)


def test_an_undo_meanwhile_is_not_called_done(stage, lost):
    with pytest.raises(OutcomeOpen, match="may still be carried out until"):
        stage.rollback(lost)
    run = lost.runs.last()
    assert (run.state, status_of(lost)) == ("open", Status.INTERRUPTED)
    assert list(Migration.objects.with_latest_run().filter(with_status(Status.INTERRUPTED))) == [lost]
    assert not Migration.objects.with_latest_run().filter(with_status(Status.ROLLED_BACK))


def test_what_arrives_after_the_undo_is_undone_by_the_next(stage, lost):
    before = stage.state_of_prod()
    with pytest.raises(OutcomeOpen):
        stage.rollback(lost)
    commit(stage.prod)
    assert stage.prod.id_of(BIRTHS)
    run = stage.rollback(lost)
    assert (run.state, status_of(lost)) == ("succeeded", Status.ROLLED_BACK)
    assert stage.prod.id_of(BIRTHS) is None
    assert stage.state_of_prod() == before
    with pytest.raises(NothingToDo):
        stage.rollback(lost)


def test_an_undo_is_done_once_the_clock_has_found_that_nothing_came(stage, lost, settings):
    with pytest.raises(OutcomeOpen):
        stage.rollback(lost)
    let_time_pass(settings)
    assert look(stage) == 1
    assert (status_of(lost), left_on_target(lost)) == (Status.ROLLED_BACK, None)
    assert AuditEntry.objects.get(action="migration.outcome").after["outcome"] == "absent"


def test_an_undo_is_to_be_repeated_where_the_clock_finds_that_it_came_late(stage, lost, settings):
    with pytest.raises(OutcomeOpen):
        stage.rollback(lost)
    commit(stage.prod)
    let_time_pass(settings)
    look(stage)
    undo = lost.runs.last()
    assert (undo.state, undo.error["kind"], status_of(lost)) == ("interrupted", "arrived_late", Status.INTERRUPTED)
    stage.rollback(lost)
    assert stage.prod.id_of(BIRTHS) is None
    assert status_of(lost) == Status.ROLLED_BACK


def test_without_an_undo_the_clock_reports_the_outcome(stage, lost, settings):
    let_time_pass(settings)
    look(stage)
    assert left_on_target(lost) is None
    stage.apply(lost)
    assert status_of(lost) == Status.SUCCEEDED


def test_nothing_is_sent_again_while_the_first_may_come(stage, lost):
    with pytest.raises(OutcomeOpen, match="roll back") as still_open:
        stage.apply(lost)
    assert still_open.value.context["until"]
    assert len(stage.prod.writes) == 1


def test_an_apply_goes_on_from_what_came_late(stage, lost):
    commit(stage.prod)
    stage.apply(lost)
    assert status_of(lost) == Status.SUCCEEDED
    assert lost.runs.first().keys_with("sent") == []


def test_a_request_of_a_process_that_died_is_not_known_either(stage, settings):
    migration = stage.plan()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    Run.objects.update(state="running", pid=dead_pid())
    sweep()
    assert outcomes.open_until(migration)
    commit(stage.prod)
    stage.rollback(migration)
    assert stage.prod.id_of(BIRTHS) is None


def test_the_clock_checks_once_and_again_later_where_the_target_was_away(stage, lost, settings, monkeypatch):
    outcomes.queue_due_checks()
    assert not Task.objects.filter(action="settle").exists()
    let_time_pass(settings)
    outcomes.queue_due_checks()
    outcomes.queue_due_checks()
    task = Task.objects.get(action="settle")
    assert (task.environment, task.params) == (stage.target, {"target": "prod"})

    def down(*_args, **_options):
        raise Unreachable("no answer", environment="prod")

    with monkeypatch.context() as patch:
        patch.setattr(stage.prod, "list_rows", down)
        with pytest.raises(Unreachable):
            look(stage)
    assert Write.objects.get().state == "sent"
    Write.objects.update(looked_at=timezone.now() - outcomes.RETRY_AFTER)
    outcomes.queue_due_checks()
    assert Task.objects.filter(action="settle").count() == 2


def test_while_an_undo_is_open_the_migration_is_not_applied_again(stage, lost, settings):
    with pytest.raises(OutcomeOpen):
        stage.rollback(lost)
    sent = list(stage.prod.writes)
    with pytest.raises(Conflict, match=r"may still be carried out until 2.* UTC. Wait .* Or roll back again"):
        stage.apply(lost)
    with pytest.raises(Conflict):
        require_applicable(stage.author, lost)
    assert stage.prod.writes == sent
    let_time_pass(settings)
    look(stage)
    stage.apply(lost)
    assert status_of(lost) == Status.SUCCEEDED


def test_the_email_of_an_undo_that_is_open_says_that_it_was_rolled_back_as_far_as_it_had_arrived(stage, lost):
    with pytest.raises(OutcomeOpen):
        stage.rollback(lost)
    email = email_of_run(lost.runs.last().pk)
    assert email.headline == (f"Migration {lost.pk} was rolled back on “prod”, but one request is still open")
    assert "may still be carried out until" in email.note


@pytest.fixture
def two_lost(stage, lost):
    """And a second one to the same target."""
    second = stage.plan()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(second)
    stage.prod.__class__ = FakeSuperset
    return lost, second


@pytest.mark.parametrize("harm", ["bundle", "checksum", "document"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_plan_does_not_stop_the_others_from_being_settled(stage, two_lost, settings, harm, which):
    damaged, whole = two_lost[which], two_lost[1 - which]
    changes = {
        "bundle": {"bundle_path": "bundles/gone.zip"},
        "checksum": {"checksum": "0" * 64},
        "document": {"document": "{"},
    }
    QuerySet(PlanRecord).filter(migration=damaged).update(**changes[harm])  # as nobody but a disk does
    let_time_pass(settings)
    told = Told()
    assert outcomes.settle(target=stage.target, reporter=told) == 1
    assert left_on_target(whole) is None
    assert left_on_target(damaged)
    assert any(level == "warning" and f"migration {damaged.pk}: The stored " in text for text, level in told.lines)
    with pytest.raises(Damaged):
        look(stage)


class Told(Silent):
    def __init__(self):
        self.lines = []

    def log(self, text, *, level="info", **facts):
        self.lines.append((text, level))


def test_an_undo_that_fails_on_a_late_write_closes_the_previous_undo(stage, settings):
    stage.apply(stage.plan())
    stage.rename_in_dev("Births 2")
    migration = stage.plan()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    with pytest.raises(OutcomeOpen):
        stage.rollback(migration)
    commit(stage.prod)
    ledger = RunLedger(migration.runs.first())
    ledger.settle(Write.objects.get(run__migration=migration).pk, Outcome.WRITTEN)  # its process has woken up
    stage.prod.document(BIRTHS)["dashboard_title"] = "Births of a colleague"
    with pytest.raises(UndoBlocked):
        stage.rollback(migration)
    undo = migration.runs.get(kind="rollback", error__kind="arrived_late")
    assert (undo.state, undo.result) == ("interrupted", None)


def test_an_apply_whose_answer_comes_after_an_undo_was_left_open_closes_it(stage, monkeypatch):
    migration = stage.plan()

    def slow(self, endpoint, bundle):
        self.arrived("assets/import")
        Run.objects.update(state="interrupted")  # the process sleeps, and is taken for dead
        with pytest.raises(OutcomeOpen):
            stage.rollback(migration)
        self._import(read_bundle(bundle))

    monkeypatch.setattr(FakeSuperset, "import_bundle", slow)
    with pytest.raises(Cancelled, match="took this run for dead"):
        stage.apply(migration)
    undo = migration.runs.last()
    assert (undo.kind, undo.state, undo.error["kind"]) == ("rollback", "interrupted", "arrived_late")


def test_the_scheduler_runs_the_check_of_open_outcomes():
    assert "apps.migrations.services.outcomes.queue_due_checks" in registered()
