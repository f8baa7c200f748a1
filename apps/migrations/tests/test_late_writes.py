"""What arrives late, or never, or from somebody else: no undo takes it for what it is not, and none is lost."""

from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import Refused
from apps.environments.models import Environment
from apps.migrations.models import Migration, Write
from apps.migrations.services import engine, execution
from apps.migrations.services.approval import approve, submit
from apps.migrations.services.ledger import RunLedger
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import BIRTHS, Forgetful, Silenced, commit
from apps.migrations.tests.people import make_person
from apps.migrations.tests.test_outcomes import let_time_pass, look
from apps.superset.errors import NotVerified, OutcomeOpen, OutcomeUnknown, UndoBlocked, Unreachable
from apps.superset.execution.stages import Choice
from apps.superset.protocol import Outcome
from apps.superset.tests.fake_superset import FakeSuperset


def lose(stage, migration):
    """Its request is never answered, and not carried out yet."""
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    return migration


@pytest.fixture
def created(stage):
    return lose(stage, stage.plan())


@pytest.fixture
def updated(stage):
    """An update of one dashboard."""
    stage.apply(stage.plan())
    stage.rename_in_dev("Births 2")
    return lose(stage, stage.plan())


@pytest.fixture
def approved(stage, author):
    Environment.objects.filter(pk=stage.target.pk).update(protected=True)
    stage.target.refresh_from_db()
    migration = Migration.objects.get(pk=stage.plan().pk)
    submit(actor=author, migration=migration)
    approve(
        actor=make_person(author, "ben", "approver"),
        migration=migration,
        checksum=migration.plans.last().checksum,
    )
    return Migration.objects.get(pk=migration.pk)


def bring_by_hand(prod, owner=77):
    """Somebody else brings the same content to prod."""
    commit(prod)
    for kind, documents in prod.documents.items():
        for number in documents:
            prod.owners[prod._key(kind, number)] = [owner]


@pytest.mark.parametrize("later", [False, True])
def test_the_same_content_of_another_owner_is_not_undone(stage, created, settings, later):
    bring_by_hand(stage.prod)
    if later:
        let_time_pass(settings)
    with pytest.raises(UndoBlocked, match="USA Births Names"):
        stage.rollback(created)
    assert stage.prod.id_of(BIRTHS)


def edited_since_it_came(stage):
    commit(stage.prod)
    stage.prod.document(BIRTHS)["dashboard_title"] = "edited since"


def test_what_was_changed_since_it_came_is_not_called_absent(stage, updated, settings):
    edited_since_it_came(stage)
    let_time_pass(settings)
    look(stage)
    assert AuditEntry.objects.get(action="migration.outcome").after["outcome"] != "absent"
    with pytest.raises(UndoBlocked, match="was changed"):
        stage.rollback(updated)


def test_the_advice_of_a_refused_undo_works(stage, updated, settings):
    edited_since_it_came(stage)
    let_time_pass(settings)
    with pytest.raises(UndoBlocked):
        stage.rollback(updated)
    stage.rollback(updated, choice=Choice.FORCE, reason="it was ours")
    assert stage.prod.document(BIRTHS)["dashboard_title"] == "USA Births Names"


def test_what_was_written_otherwise_than_planned_can_be_undone(stage, settings):
    stage.apply(stage.plan())
    stage.rename_in_dev("Births 2")
    migration = stage.plan()
    stage.prod.__class__ = Forgetful
    with pytest.raises(NotVerified):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    let_time_pass(settings)
    look(stage)
    stage.rollback(migration, choice=Choice.FORCE, reason="it went wrong")
    assert stage.prod.document(BIRTHS)["dashboard_title"] == "USA Births Names"


def test_a_lost_request_of_an_undo_is_not_reported_for_the_apply(stage, updated, settings):
    commit(stage.prod)
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.rollback(updated)
    stage.prod.__class__ = FakeSuperset
    with pytest.raises(OutcomeOpen):
        stage.rollback(updated)
    let_time_pass(settings)
    look(stage)
    undo = updated.runs.last()
    assert (undo.state, undo.error) == ("succeeded", None)


def test_a_failed_undo_does_not_keep_another_open(stage, created, settings, monkeypatch):
    with pytest.raises(OutcomeOpen):
        stage.rollback(created)

    def down(*_args, **_options):
        raise Unreachable("no answer", environment="prod")

    with monkeypatch.context() as patch:
        patch.setattr(stage.prod, "list_rows", down)
        with pytest.raises(Unreachable):
            stage.rollback(created)
    let_time_pass(settings)
    look(stage)
    assert status_of(created) == Status.ROLLED_BACK


def test_a_late_answer_counts(stage, created, settings):
    let_time_pass(settings)
    look(stage)
    write = Write.objects.get()
    assert write.state == "absent"
    RunLedger(write.run).settle(write.pk, Outcome.WRITTEN)
    write.refresh_from_db()
    assert write.state == "written"


def test_what_arrives_while_an_undo_ends_is_not_missed(stage, created, settings, monkeypatch):
    original = engine.rollback

    def slow(*args, **options):
        result = original(*args, **options)
        commit(stage.prod)  # right after the verification has read
        let_time_pass(settings)
        return result

    monkeypatch.setattr(engine, "rollback", slow)
    with pytest.raises(OutcomeOpen):
        stage.rollback(created)


def test_an_approval_is_used_up_by_an_undo_that_the_clock_closes(stage, approved, settings):
    lose(stage, approved)
    with pytest.raises(OutcomeOpen):
        stage.rollback(approved)
    let_time_pass(settings)
    look(stage)
    assert status_of(approved) == Status.ROLLED_BACK
    with pytest.raises(Refused):
        stage.apply(Migration.objects.get(pk=approved.pk))


def test_an_approval_is_used_up_although_the_process_died_before_it_said_so(stage, approved, monkeypatch):
    stage.apply(approved)

    def die(_migration):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(execution, "return_after_rollback", die)
        with pytest.raises(SystemExit):
            stage.rollback(Migration.objects.get(pk=approved.pk))
    with pytest.raises(Refused, match="used up its approval"):
        stage.apply(Migration.objects.get(pk=approved.pk))


def test_what_an_earlier_import_left_half_written_is_not_taken_for_a_later_one(stage, created):
    commit(stage.prod)
    run = created.runs.get()
    first = run.writes.get()
    Write.objects.filter(pk=first.pk).update(state="written")
    later = Write.objects.create(run=run, act="import", keys=first.keys, state="sent", sent_at=first.sent_at)
    from_here = execution.outcomes.as_sent([later], engine.load(run.plan).plan)[0]
    assert {str(key) for key in from_here.unfinished} == set(first.keys)
