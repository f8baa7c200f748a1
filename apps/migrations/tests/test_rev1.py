"""Review."""
from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import LockstepError, NothingToDo, Refused
from apps.environments.models import Environment
from apps.migrations.models import HumanState, Migration, Write, Decision
from apps.migrations.services import outcomes, approval
from apps.migrations.services.execution import explain_apply
from apps.migrations.states import Status, left_on_target, status_of
from apps.migrations.tests.factories import BIRTHS, Silenced, commit
from apps.migrations import told
from apps.superset.errors import OutcomeOpen, OutcomeUnknown, UndoBlocked, BundleRefused
from apps.superset.protocol import Silent
from apps.superset.tests.fake_superset import FakeSuperset
from apps.migrations.tests.test_outcomes import let_time_pass, look, lost  # noqa: F401


def by_hand(prod, owner=77):
    """Somebody else brings the same content to prod."""
    commit(prod)
    for kind, documents in prod.documents.items():
        for number in documents:
            key = prod._key(kind, number)
            prod.owners[key] = [owner]




def test_p1(stage, author, settings):
    from apps.migrations.tests.people import make_person
    approver = make_person(author, "ben", "approver")
    from apps.migrations.services.approval import approve, submit
    Environment.objects.filter(pk=stage.target.pk).update(protected=True)
    stage.target.refresh_from_db()
    migration = Migration.objects.get(pk=stage.plan().pk)
    submit(actor=stage.author, migration=migration)
    approve(actor=approver, migration=migration, checksum=migration.plans.last().checksum)
    migration.refresh_from_db()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    with pytest.raises(OutcomeOpen):
        stage.roll_back(migration)
    let_time_pass(settings)
    look(stage)
    assert status_of(migration) == Status.ROLLED_BACK
    with pytest.raises(Refused):
        stage.apply(Migration.objects.get(pk=migration.pk))


def test_p2_somebody_elses_identical_work_is_not_undone(stage, lost, settings):
    by_hand(stage.prod)
    assert stage.prod.id_of(BIRTHS)
    try:
        run = stage.roll_back(lost)
        print(run.state, run.result)
    except Exception as e:
        print(repr(e), e)
    assert stage.prod.id_of(BIRTHS), "the work of another owner was removed"


def test_p2b_expired(stage, lost, settings):
    by_hand(stage.prod)
    let_time_pass(settings)
    try:
        run = stage.roll_back(lost)
        print(run.state, run.result, list(Write.objects.values_list("state", flat=True)))
    except Exception as e:
        print(repr(e), e)
    assert stage.prod.id_of(BIRTHS), "the work of another owner was removed"


@pytest.fixture
def updated(stage):
    """An update of one dashboard only was never answered."""
    first = stage.plan()
    stage.apply(first)
    stage.rename_in_dev("Births 2")
    migration = stage.plan()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    return migration


def test_p3_third_state(stage, updated, settings):
    commit(stage.prod)
    stage.prod.document(BIRTHS)["dashboard_title"] = "Changed by a colleague on top"
    let_time_pass(settings)
    look(stage)
    print(AuditEntry.objects.filter(action="migration.outcome").values_list("after", flat=True))
    assert Write.objects.filter(run__migration=updated).last().state != "absent"


def test_p3b_dead_end(stage, updated, settings):
    commit(stage.prod)
    stage.prod.document(BIRTHS)["dashboard_title"] = "Changed by a colleague on top"
    let_time_pass(settings)
    with pytest.raises(UndoBlocked):
        stage.roll_back(updated)
    stage.roll_back(updated, choice=__import__("apps.superset.stages", fromlist=["Choice"]).Choice.FORCE, reason="x")


def test_p5_the_undos_own_lost_request(stage, updated, settings):
    commit(stage.prod)
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.roll_back(updated)
    stage.prod.__class__ = FakeSuperset
    with pytest.raises(OutcomeOpen):
        stage.roll_back(updated)
    let_time_pass(settings)
    look(stage)
    undo = updated.runs.last()
    assert (undo.state, undo.error) == ("succeeded", None)


def test_p9_show(stage, updated, settings):
    answer = told.shown_answer(updated, updated.plans.last())
    print(answer.text[-700:])
    assert "Written by the last run" not in answer.text


def test_p9b_refused(stage):
    from apps.superset.errors import BundleRefused
    class Refusing(FakeSuperset):
        def import_assets(self, bundle):
            raise BundleRefused("the bundle was refused", environment="prod")
    migration = stage.plan()
    stage.prod.__class__ = Refusing
    with pytest.raises(BundleRefused):
        stage.apply(migration)
    answer = told.shown_answer(migration, migration.plans.last())
    print(answer.text[-500:])
    assert "To undo what was written" not in answer.text


def test_p57_a_failed_undo_meanwhile_keeps_it_open_for_ever(stage, lost, settings, monkeypatch):
    from apps.superset.errors import Unreachable
    with pytest.raises(OutcomeOpen):
        stage.roll_back(lost)
    def down(*_a, **_k):
        raise Unreachable("no answer", environment="prod")
    with monkeypatch.context() as patch:
        patch.setattr(stage.prod, "list_rows", down)
        with pytest.raises(Unreachable):
            stage.roll_back(lost)
    let_time_pass(settings)
    look(stage)
    assert status_of(lost) == Status.ROLLED_BACK


def test_p28_an_answer_that_comes_after_all_counts(stage, lost, settings):
    from apps.migrations.services.runs import RunLedger
    from apps.superset.protocol import Outcome
    let_time_pass(settings)
    look(stage)
    write = Write.objects.get()
    assert write.state == "absent"
    RunLedger(write.run).settle(write.pk, Outcome.WRITTEN)
    write.refresh_from_db()
    assert write.state == "written"


def test_p11_what_arrives_before_the_time_is_over_is_not_missed(stage, lost, settings, monkeypatch):
    from apps.migrations.services import engine
    real = engine.rollback
    def slow(*args, **kwargs):
        result = real(*args, **kwargs)
        commit(stage.prod)          # 599 s after it was sent, right after the verification has read
        let_time_pass(settings)     # a second later
        return result
    monkeypatch.setattr(engine, "rollback", slow)
    try:
        run = stage.roll_back(lost)
        print(run.state)
    except OutcomeOpen:
        return
    assert stage.prod.id_of(BIRTHS) is None, f"{status_of(lost)} and it is there; left: {left_on_target(lost)}"


def test_p12_crash_between_end_of_undo_and_return(stage, author, monkeypatch):
    from apps.migrations.tests.people import make_person
    from apps.migrations.services.approval import approve, submit
    from apps.migrations.services import execution
    approver = make_person(author, "ben", "approver")
    Environment.objects.filter(pk=stage.target.pk).update(protected=True)
    stage.target.refresh_from_db()
    migration = Migration.objects.get(pk=stage.plan().pk)
    submit(actor=stage.author, migration=migration)
    approve(actor=approver, migration=migration, checksum=migration.plans.last().checksum)
    stage.apply(Migration.objects.get(pk=migration.pk))
    with monkeypatch.context() as patch:
        patch.setattr(execution, "return_after_rollback", lambda _: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            stage.roll_back(Migration.objects.get(pk=migration.pk))
    with pytest.raises(Refused):
        stage.apply(Migration.objects.get(pk=migration.pk))


def test_p18_race_settle_vs_undo(stage, lost, settings, monkeypatch):
    """The clock looks while an undo runs: what the undo had removed by then is told as never carried out."""
    commit(stage.prod)
    let_time_pass(settings)
    from apps.migrations.services import engine
    real = engine.look
    def during(loaded, writes, target, reporter):
        seen = None
        class Broken_(FakeSuperset):
            def delete(self, kind, ids):
                super().delete(kind, ids)
                raise __import__("apps.superset.errors", fromlist=["x"]).ServerFault("it broke", environment="prod")
        stage.prod.__class__ = Broken_
        try:
            stage.roll_back(lost)
        except Exception as e:
            print("undo", repr(e))
        stage.prod.__class__ = FakeSuperset
        return real(loaded, writes, target, reporter)
    monkeypatch.setattr(engine, "look", during)
    look(stage)
    print(list(Write.objects.values("run__kind", "act", "state")))
