"""Planning, applying and undoing, with Supersets in memory."""

from __future__ import annotations

import json

import pytest

from apps.audit.models import AuditEntry
from apps.catalogue.services.mappings import set_mappings
from apps.core.append_only import AppendOnlyError
from apps.core.errors import Conflict, Damaged, LockstepError, NothingToDo, NotThere, Refused
from apps.migrations.models import Migration, PlannedAsset, PlanRecord, Run
from apps.migrations.services import engine
from apps.migrations.services.engine import make_plan
from apps.migrations.services.execution import explain_apply, explain_rollback
from apps.migrations.services.planning import get_migration, plan_migration
from apps.migrations.status import Status, status_of, with_status
from apps.migrations.tests.factories import BIRTHS, PAIR, Failing, Forgetful, Unstable
from apps.superset.assets import Kind
from apps.superset.errors import Cancelled, NotVerified, PlanStale, PlanUnsafe, ServerFault, UndoBlocked
from apps.superset.execution.stages import Choice
from apps.superset.plan.plan import Plan
from apps.superset.protocol import Silent
from apps.superset.selection import Selection
from apps.superset.tests.fake_superset import FakeSuperset


def broken(*_):
    raise ServerFault("it broke", environment="prod")


class TestPlanning:
    def test_a_plan_with_changes_is_kept_with_its_content_and_checksum(self, stage):
        migration = stage.plan()
        record = migration.plans.get()
        plan = Plan.from_json(json.loads(record.document))
        assert plan.checksum == record.checksum
        assert plan.content == record.bundle_sha256
        assert record.bundle.read()[:2] == b"PK"
        assert (migration.title, migration.state, status_of(migration)) == ("USA Births Names", "planned", "planned")
        assert stage.prod.writes == []

    def test_planning_is_audited(self, stage):
        migration = stage.plan()
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.action, entry.object_id) == (stage.author, "migration.plan", str(migration.pk))
        assert entry.after["checksum"] == migration.plans.get().checksum

    def test_a_plan_that_changes_nothing_is_not_kept(self, stage):
        stage.apply(stage.plan())
        created = plan_migration(
            actor=stage.author,
            source=stage.source,
            target=stage.target,
            selection=Selection(everything=True),
            database_pairs=[PAIR],
            reporter=Silent(),
        )
        assert (created.migration, created.plan.pending) == (None, False)
        assert Migration.objects.count() == 1

    def test_a_confirmed_mapping_is_used(self, stage):
        with pytest.raises(PlanUnsafe, match="is not mapped"):
            stage.plan(database_pairs=[])
        set_mappings(actor=stage.author, source=stage.source, target=stage.target, pairs=[PAIR])
        assert stage.plan(database_pairs=[])

    def test_a_mapping_to_what_is_not_there_is_refused(self, stage):
        with pytest.raises(NotThere, match="There is no database “lake” in prod. prod has “warehouse”"):
            stage.plan(database_pairs=["examples=lake"])

    def test_a_limit_is_lifted_by_an_explicit_word(self, stage, monkeypatch):
        stage.apply(stage.plan())
        stage.rename_in_dev("New title")
        monkeypatch.setattr("apps.migrations.services.engine.OverwriteLimit", lambda: OverwriteLimit(overwritten=0))
        from apps.superset.planning.refusals import OverwriteLimit

        with pytest.raises(PlanUnsafe):
            stage.plan()
        assert stage.plan(allow_many=True)

    def test_nothing_selected_or_the_same_side_twice_is_refused(self, stage):
        with pytest.raises(LockstepError, match="No dashboards are selected"):
            stage.plan(selection=Selection())
        stage.target = stage.source
        with pytest.raises(LockstepError, match="Source and target are both “dev”"):
            stage.plan()

    def test_every_client_is_closed_even_when_planning_fails(self, stage):
        with pytest.raises(PlanUnsafe):
            stage.plan(database_pairs=[])
        assert stage.servers.closed == stage.servers.opened != {}

    def test_who_cancels_during_the_last_read_gets_no_plan(self, stage, monkeypatch):
        class Impatient(Silent):
            is_over = False

            def check_cancelled(self):
                if self.is_over:
                    raise Cancelled("Stopped at the request of ann")

        def last_read(here, there, request, reporter):
            planned = make_plan(here, there, request, reporter)
            reporter.is_over = True
            return planned

        monkeypatch.setattr(engine, "make_plan", last_read)
        with pytest.raises(Cancelled):
            stage.plan(reporter=Impatient())
        assert not Migration.objects.exists()

    def test_a_plan_is_never_changed(self, stage):
        record = stage.plan().plans.get()
        record.checksum = "0" * 64
        for attempt in (record.save, record.delete, lambda: PlanRecord.objects.update(checksum="")):
            with pytest.raises(AppendOnlyError):
                attempt()

    def test_an_unknown_migration_is_reported(self, db):
        with pytest.raises(NotThere, match="There is no migration 7"):
            get_migration(7)


class TestApplying:
    def test_the_target_becomes_what_the_plan_says(self, stage):
        migration = stage.plan()
        run = stage.apply(migration)
        assert (run.state, status_of(migration)) == ("succeeded", Status.SUCCEEDED)
        assert len(run.written) == len(json.loads(migration.plans.get().document)["changes"])
        assert stage.prod.document(BIRTHS)["dashboard_title"] == "USA Births Names"
        assert run.snapshot.read()[:2] == b"PK"
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
        assert actions == ["migration.plan", "migration.apply", "migration.apply.end"]

    def test_what_was_planned_is_what_ships(self, stage):
        migration = stage.plan()
        stage.rename_in_dev("Changed after the plan")
        stage.apply(migration)
        assert stage.prod.document(BIRTHS)["dashboard_title"] == "USA Births Names"

    def test_a_second_apply_has_nothing_to_do(self, stage):
        migration = stage.plan()
        stage.apply(migration)
        with pytest.raises(NothingToDo, match="has already been applied"):
            stage.apply(migration)
        assert Run.objects.count() == 1

    def test_a_checksum_that_differs_is_refused(self, stage):
        migration = stage.plan()
        with pytest.raises(Conflict, match="The checksum does not match the plan of migration"):
            explain_apply(migration=migration, checksum="0" * 64)
        assert explain_apply(migration=migration, checksum=migration.plans.get().checksum.upper()).stages

    def test_a_protected_target_is_refused(self, stage):
        migration = stage.plan()
        stage.target.protected = True
        stage.target.save()
        migration.refresh_from_db()
        with pytest.raises(Refused, match="“prod” is protected, so its changes need approval"):
            stage.apply(migration)
        assert stage.prod.writes == []

    @pytest.mark.parametrize("state", ["draft", "rejected", "withdrawn", "submitted"])
    def test_only_a_planned_migration_is_applied(self, stage, state):
        migration = stage.plan()
        Migration.objects.update(state=state)
        with pytest.raises(Refused, match=f"is (a )?{state}"):
            stage.apply(migration)

    def test_a_target_that_changed_since_the_plan_is_not_written_to(self, stage):
        stage.apply(stage.plan())
        stage.rename_in_dev("New title")
        migration = stage.plan()
        stage.prod.document(BIRTHS)["css"] = "changed by somebody"
        stage.prod.writes.clear()
        with pytest.raises(PlanStale):
            stage.apply(migration)
        run = migration.runs.get()
        assert (run.state, run.written, status_of(migration)) == ("failed", [], Status.DRAFT)
        assert run.error["kind"] == "plan_stale"
        assert stage.prod.writes == []

    def test_what_was_lost_on_the_way_makes_it_fail(self, stage):
        migration = stage.plan()
        stage.prod.__class__ = Forgetful
        with pytest.raises(NotVerified):
            stage.apply(migration)
        run = migration.runs.get()
        assert (run.state, run.error["kind"]) == ("failed", "not_verified")
        assert str(BIRTHS) in run.written

    def test_a_fault_of_ours_is_kept_as_interrupted_and_not_hidden(self, stage):
        migration = stage.plan()
        stage.prod.__class__ = Unstable
        with pytest.raises(ZeroDivisionError):
            stage.apply(migration)
        run = migration.runs.get()
        assert (run.state, run.error["kind"]) == ("interrupted", "unexpected")
        assert run.error["sentence"] == "Ended unexpectedly. The target may have been partly written to."
        assert run.finished

    def test_a_run_that_is_stopped_is_interrupted(self, stage):
        class Impatient(Silent):
            def check_cancelled(self):
                raise Cancelled("stopped on request")

        from apps.migrations.services.execution import apply_migration

        migration = stage.plan()
        with pytest.raises(Cancelled):
            apply_migration(actor=stage.author, migration=migration, reporter=Impatient())
        assert (status_of(migration), stage.prod.writes) == (Status.INTERRUPTED, [])

    def test_a_changed_bundle_or_plan_is_not_applied(self, stage, data_dir):
        migration = stage.plan()
        (data_dir / "files" / migration.plans.get().bundle_path).write_bytes(b"PK other")
        with pytest.raises(Damaged, match="was changed after it was written"):
            stage.apply(migration)
        other = stage.plan()
        document = other.plans.get().document.replace("USA Births Names", "Something else")
        for each in (PlannedAsset.objects.filter(plan__migration=other), PlanRecord.objects.filter(migration=other)):
            each._raw_delete("default")
        tampered = PlanRecord(migration=other, number=1, document=document, checksum=migration.plans.get().checksum)
        tampered.bundle_sha256 = migration.plans.get().bundle_sha256
        tampered.save()
        with pytest.raises(Damaged, match="was changed after it was made"):
            stage.apply(other)
        assert stage.prod.writes == []

    def test_a_dry_run_shows_the_stages_and_writes_nothing(self, stage):
        migration = stage.plan()
        opened = stage.servers.opened["prod"]
        stages = explain_apply(migration=migration).stages
        assert stages[0].startswith("Preflight: ")
        assert stages[-1] == "Finish"
        assert (stage.servers.opened["prod"], stage.prod.writes, Run.objects.count()) == (opened, [], 0)


class TestRollingBack:
    def test_what_was_created_is_removed(self, stage):
        before = stage.state_of_prod()
        migration = stage.plan()
        stage.apply(migration)
        run = stage.rollback(migration)
        assert (run.state, status_of(migration)) == ("succeeded", Status.ROLLED_BACK)
        assert stage.state_of_prod() == before

    def test_what_was_updated_is_restored(self, stage):
        stage.apply(stage.plan())
        stage.rename_in_dev("New title")
        migration = stage.plan()
        stage.apply(migration)
        assert stage.prod.document(BIRTHS)["dashboard_title"] == "New title"
        stage.rollback(migration)
        assert stage.prod.document(BIRTHS)["dashboard_title"] == "USA Births Names"

    def test_a_run_that_stopped_half_way_is_taken_back(self, stage):
        before = stage.state_of_prod()
        migration = stage.plan()
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(migration)
        assert migration.runs.get().written
        stage.prod.__class__ = FakeSuperset
        stage.rollback(migration)
        assert stage.state_of_prod() == before

    def test_owners_that_an_interrupted_apply_did_not_give_back_are_given_back_by_the_next(self, stage, monkeypatch):
        stage.apply(stage.plan())
        stage.prod.owners[BIRTHS] = [8]
        stage.rename_in_dev("Second")
        migration = stage.plan()
        with monkeypatch.context() as patch:
            patch.setattr(stage.prod, "update", broken)
            with pytest.raises(ServerFault):
                stage.apply(migration)
        assert stage.prod.owners[BIRTHS] == [8, stage.prod.account_id]
        stage.apply(migration)
        assert stage.prod.owners[BIRTHS] == [8]

    def test_owners_that_an_apply_did_not_come_to_give_back_are_given_back_by_its_rollback(self, stage, monkeypatch):
        stage.apply(stage.plan())
        stage.prod.owners[BIRTHS] = [8]
        stage.rename_in_dev("Second")
        migration = stage.plan()
        with monkeypatch.context() as patch:
            patch.setattr(stage.prod, "update", broken)
            with pytest.raises(ServerFault):
                stage.apply(migration)
        stage.rollback(migration)
        assert stage.prod.owners[BIRTHS] == [8]

    def test_later_work_of_others_is_not_lost(self, stage):
        migration = stage.plan()
        stage.apply(migration)
        stage.prod.document(BIRTHS)["css"] = "changed by somebody"
        with pytest.raises(UndoBlocked, match="dashboard “USA Births Names” was changed"):
            stage.rollback(migration)
        assert stage.prod.document(BIRTHS)["css"] == "changed by somebody"

    def test_an_undo_that_was_refused_leaves_the_migration_done(self, stage):
        migration = stage.plan()
        stage.apply(migration)
        stage.prod.document(BIRTHS)["css"] = "changed by somebody"
        with pytest.raises(UndoBlocked):
            stage.rollback(migration)
        assert status_of(migration) == Status.SUCCEEDED
        assert list(Migration.objects.with_latest_run().filter(with_status(Status.SUCCEEDED))) == [migration]
        with pytest.raises(NothingToDo, match="has already been applied"):
            stage.apply(migration)
        assert migration.runs.last().writes.count() == 0

    def test_a_partial_undo_keeps_what_others_changed(self, stage):
        migration = stage.plan()
        stage.apply(migration)
        chart = next(iter(stage.prod.documents[Kind.CHART].values()))
        chart["slice_name"] = "renamed by somebody"
        run = stage.rollback(migration, choice=Choice.KEEP_CHANGED)
        assert (run.state, status_of(migration)) == ("succeeded", Status.ROLLED_BACK)
        assert stage.prod.id_of(BIRTHS) is None
        assert chart in stage.prod.documents[Kind.CHART].values()
        assert len(run.result["kept"]) == 2  # and its dataset
        assert AuditEntry.objects.get(action="migration.rollback.choice").after["choice"] == "keep_changed"

    def test_others_work_is_undone_for_a_reason_that_is_audited(self, stage):
        before = stage.state_of_prod()
        migration = stage.plan()
        stage.apply(migration)
        stage.prod.document(BIRTHS)["css"] = "changed by somebody"
        with pytest.raises(LockstepError, match="Say why"):
            stage.rollback(migration, choice=Choice.FORCE)
        stage.rollback(migration, choice=Choice.FORCE, reason="it was a test")
        assert stage.state_of_prod() == before
        assert AuditEntry.objects.get(action="migration.rollback.choice").after["reason"] == "it was a test"

    def test_a_later_migration_guards_its_work_against_the_rollback_of_a_failed_one(self, stage):
        first = stage.plan()
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(first)
        stage.prod.__class__ = FakeSuperset
        stage.rename_in_dev("Second")
        stage.apply(stage.plan())
        with pytest.raises(UndoBlocked, match="dashboard “USA Births Names” was changed"):
            stage.rollback(first)
        assert stage.prod.document(BIRTHS)["dashboard_title"] == "Second"

    def test_an_earlier_migration_is_not_undone_below_a_later_one_that_wrote_the_same(self, stage):
        first = stage.plan()
        stage.apply(first)
        stage.prod.document(BIRTHS)["dashboard_title"] = "Edited in prod"
        second = stage.plan()
        stage.apply(second)  # and now everything is on the target as the first one left it
        before, runs = stage.state_of_prod(), Run.objects.count()
        with pytest.raises(UndoBlocked, match=f"“USA Births Names” was changed by migration {second.pk}"):
            stage.rollback(first)
        assert (stage.state_of_prod(), Run.objects.count(), status_of(first)) == (before, runs, "succeeded")
        stage.rollback(second)
        with pytest.raises(UndoBlocked, match="was changed"):  # by hand, as it was before the second
            stage.rollback(first)

    def test_where_a_later_one_wrote_all_of_it_nothing_is_left_to_keep_apart(self, stage):
        first = stage.plan()
        stage.apply(first)
        stage.prod.document(BIRTHS)["dashboard_title"] = "Edited in prod"  # it stands on all the rest
        second = stage.plan()
        stage.apply(second)
        with pytest.raises(Conflict, match=f"Roll back {second.pk} first"):
            stage.rollback(first, choice=Choice.KEEP_CHANGED)

    def test_an_earlier_migration_is_undone_below_a_later_one_for_a_reason(self, stage):
        empty = stage.state_of_prod()
        first = stage.plan()
        stage.apply(first)
        stage.prod.document(BIRTHS)["dashboard_title"] = "Edited in prod"
        stage.apply(stage.plan())
        stage.rollback(first, choice=Choice.FORCE, reason="the later one was a mistake")
        assert stage.state_of_prod() == empty

    def test_there_is_nothing_to_undo_before_the_apply_and_after_the_rollback(self, stage):
        with pytest.raises(NothingToDo, match="has written nothing"):
            stage.rollback(migration := stage.plan())
        stage.apply(migration)
        stage.rollback(migration)
        with pytest.raises(NothingToDo, match="has already been rolled back"):
            stage.rollback(migration)

    def test_what_was_rolled_back_can_be_applied_again(self, stage):
        migration = stage.plan()
        for status in (Status.SUCCEEDED, Status.ROLLED_BACK, Status.SUCCEEDED, Status.ROLLED_BACK):
            (stage.apply if status is Status.SUCCEEDED else stage.rollback)(migration)
            assert status_of(migration) == status

    def test_a_dry_run_shows_the_inverse_plan_and_writes_nothing(self, stage):
        stage.apply(migration := stage.plan())
        stage.prod.writes.clear()
        explained = explain_rollback(migration=migration)
        assert {change.action for change in explained.plan.changes} == {"remove"}
        assert stage.prod.writes == []
