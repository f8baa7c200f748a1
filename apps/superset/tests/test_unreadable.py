"""One asset that Superset cannot export: the job it belongs to names it, and no other job is stopped by it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.checks.outside_dashboards import read_outsiders
from apps.superset.errors import NotVerified, PlanUnsafe, ServerFault, UndoBlocked
from apps.superset.execution.readback import Arrival, Write, arrival, hashes, look
from apps.superset.execution.stages import Choice
from apps.superset.inventory import read_inventory
from apps.superset.protocol import Act, Silent
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World

UNTITLED = "77777777-7777-4777-8777-777777777777"


class RecordingReporter(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self.lines.append(text)


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


def add_untitled(
    server: FakeSuperset, number: int = 0, *, charts: tuple[int, ...] = (), metadata: dict[str, Any] | None = None
) -> Key:
    """A dashboard whose title is NULL, with these charts in its layout."""
    key = Key(Kind.DASHBOARD, f"{UNTITLED[:-4]}{number:04}")
    uuids = {each: server.documents[Kind.CHART][each]["uuid"] for each in charts}
    nodes = {
        f"CHART-{each}": {"type": "CHART", "id": f"CHART-{each}", "meta": {"chartId": each, "uuid": uuids[each]}}
        for each in charts
    }
    document = {"dashboard_title": None, "uuid": key.uuid, "position": nodes, "metadata": metadata or {}}
    server.add(Asset(key, "", document))
    return key


class TestPlanning:
    def test_a_selected_dashboard_without_a_title_is_named_with_what_to_do(self, world: World) -> None:
        key = add_untitled(world.dev)
        with pytest.raises(PlanUnsafe) as refused:
            world.plan()
        (reason,) = refused.value.context["reasons"]
        number = world.dev.id_of(key)
        assert reason["kind"] == "unreadable"
        assert f"dashboard {number} (without a name) of dev cannot be exported until it has a title" in reason["text"]
        assert "give it one, or leave it out" in reason["text"]

    def test_readable_dashboards_can_be_planned_by_name(self, world: World) -> None:
        add_untitled(world.dev)
        assert world.plan("1", "births").plan.pending

    def test_every_dashboard_that_cannot_be_exported_is_named_at_once(self, world: World) -> None:
        world.dev.unexportable = {SALES}
        add_untitled(world.dev)
        with pytest.raises(PlanUnsafe, match="Sales Dashboard") as refused:
            world.plan()
        assert [reason["kind"] for reason in refused.value.context["reasons"]] == ["unreadable", "unreadable"]
        assert "open and save it in Superset, or leave it out" in str(refused.value)

    def test_an_unreadable_dashboard_on_the_target_in_the_plan_is_named(self, world: World) -> None:
        world.apply(world.plan())
        world.prod.unexportable = {SALES}
        with pytest.raises(PlanUnsafe, match="“Sales Dashboard” of prod cannot be exported"):
            world.plan()

    def test_an_unreadable_dashboard_on_the_target_outside_the_plan_is_ignored(self, world: World) -> None:
        add_untitled(world.prod)
        world.apply(world.plan())
        assert not world.plan().plan.pending

    def test_a_source_that_exports_nothing_says_what_it_says(self) -> None:
        world = World()
        world.dev.unexportable = set(_keys(world.dev))
        for number in range(20):
            world.dev.unexportable.add(_titled(world.dev, number))
        with pytest.raises(ServerFault, match="Fatal error"):
            world.plan()


def _keys(server: FakeSuperset) -> list[Key]:
    return [Key(kind, each["uuid"]) for kind, found in server.documents.items() for each in found.values()]


def _titled(server: FakeSuperset, number: int) -> Key:
    key = Key(Kind.DASHBOARD, f"66666666-6666-4666-8666-{number:012}")
    document = {"dashboard_title": f"Board {number}", "uuid": key.uuid, "position": {}, "metadata": {}}
    server.add(Asset(key, "", document))
    return key


class TestRollingBack:
    def test_a_stranger_without_a_title_does_not_stop_an_undo(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        key = add_untitled(world.prod)
        world.roll_back(planned)
        assert list(world.prod.documents[Kind.DASHBOARD]) == [world.prod.id_of(key)]
        assert world.prod.documents[Kind.CHART] == {}

    def test_a_hundred_strangers_without_a_title_do_not_stop_an_undo(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        for number in range(100):
            add_untitled(world.prod, number)
        before = world.prod.requests["GET"]
        world.roll_back(planned)
        assert len(world.prod.documents[Kind.DASHBOARD]) == 100
        assert world.prod.requests["GET"] - before < 200

    def test_strangers_with_an_empty_title_come_in_one_batch(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        for number in range(40):
            world.prod.documents[Kind.DASHBOARD][world.prod.id_of(add_untitled(world.prod, number)) or 0][
                "dashboard_title"
            ] = ""
        before = world.prod.requests["GET"]
        world.roll_back(planned)
        assert world.prod.requests["GET"] - before < 25

    def test_what_a_stranger_without_a_title_shows_is_not_removed(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        add_untitled(world.prod, charts=(world.prod.id_of(REVENUE) or 0,))
        world.prod.writes.clear()
        with pytest.raises(
            PlanUnsafe, match=r"chart “Total Revenue” would be removed but is used by dashboard [0-9]+ .without a name."
        ):
            world.roll_back(planned)
        assert world.prod.writes == []

    def test_the_dataset_of_a_filter_of_a_dashboard_without_a_name_is_not_removed(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        number = world.prod.id_of(SALES_DATA)
        targets = [{"datasetId": number, "column": {"name": "country"}}]
        add_untitled(world.prod, metadata={"native_filter_configuration": [{"id": "f", "targets": targets}]})
        with pytest.raises(PlanUnsafe, match=r"would be removed but is used by dashboard [0-9]+ \(without"):
            world.roll_back(planned)

    def test_an_undo_names_an_own_asset_that_became_unreadable(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        world.prod.document(SALES)["dashboard_title"] = None
        world.prod.writes.clear()
        with pytest.raises(
            UndoBlocked, match="dashboard “Sales Dashboard” was changed .*and can no longer be exported"
        ):
            world.roll_back(planned)
        assert world.prod.writes == []

    def test_a_partial_undo_keeps_an_unreadable_asset_and_its_charts(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        world.prod.document(SALES)["dashboard_title"] = None
        charts = list(world.prod.members[world.prod.id_of(SALES) or 0])
        world.roll_back(planned, choice=Choice.KEEP_CHANGED)
        assert list(world.prod.documents[Kind.DASHBOARD]) == [world.prod.id_of(SALES)]
        assert sorted(world.prod.documents[Kind.CHART]) == sorted(charts)

    def test_a_dashboard_that_lost_its_title_can_be_undone_by_force(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        world.prod.document(SALES)["dashboard_title"] = None
        world.roll_back(planned, choice=Choice.FORCE)
        assert world.prod.documents[Kind.DASHBOARD] == {}

    def test_an_asset_that_cannot_be_read_is_not_taken_for_one_that_never_came(self, world: World) -> None:
        planned = world.plan()
        world.apply(planned)
        world.prod.document(SALES)["dashboard_title"] = None
        found, inventory = look([change.key for change in planned.plan.changes], world.prod)
        assert hashes(SALES, found, inventory) == frozenset()
        write = Write(1, Act.IMPORT, {SALES: "0" * 64})
        assert arrival(write, found, inventory) is Arrival.UNCLEAR


def test_an_unreadable_stranger_is_reported_by_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.apply(world.plan())
    key = add_untitled(world.prod)

    def get(kind: Kind, asset_id: int) -> dict[str, Any]:
        raise ServerFault("Superset failed with 500")

    monkeypatch.setattr(world.prod, "get", get)
    reporter = RecordingReporter()
    found = read_outsiders(world.prod, read_inventory(world.prod, also=world.prod.profile.columns.usage), (), reporter)
    assert key not in found
    assert SALES in found
    assert f"dashboard {world.prod.id_of(key)} (without a name)" in reporter.lines[-1]


def test_a_layout_that_is_no_json_refers_to_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = add_untitled(world.prod)
    monkeypatch.setattr(world.prod, "get", lambda *_: {"position_json": "{", "json_metadata": json.dumps([1])})
    found = read_outsiders(world.prod, read_inventory(world.prod, also=world.prod.profile.columns.usage), (), Silent())
    assert found.assets[key].document["position"] == {}


def leave_out(world: World, kind: Kind, patch: pytest.MonkeyPatch) -> None:
    """From now on prod's exports hold nothing of this kind, which its lists still name."""
    whole = world.prod.export

    def without(asked: Kind, ids: Any) -> bytes:
        bundle = read_bundle(whole(asked, ids))
        return write_bundle(Bundle.of(each for each in bundle if each.key.kind is not kind))

    patch.setattr(world.prod, "export", without)


class TestAnExportThatLeavesSomethingOut:
    @pytest.mark.parametrize("kind", [Kind.DASHBOARD, Kind.CHART, Kind.DATASET])
    @pytest.mark.parametrize("choice", list(Choice))
    def test_an_undo_does_not_take_for_gone_what_the_list_still_names(
        self, world: World, kind: Kind, choice: Choice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planned = world.plan()
        world.apply(planned)
        leave_out(world, kind, monkeypatch)
        names = {change.name for change in planned.plan.changes if change.key.kind is kind}
        before = len(world.prod.writes)
        if choice is not Choice.REFUSE:
            result = world.roll_back(planned, choice=choice)
            named = (*result.kept, *result.removed)
            assert {name for name in names if not any(f"“{name}”" in each for each in named)} == set()
            return
        with pytest.raises((UndoBlocked, PlanUnsafe), match="the export omits it") as refused:
            world.roll_back(planned)
        assert [name for name in names if name not in str(refused.value)] == []
        assert len(world.prod.writes) == before

    def test_an_undo_needs_no_connection_out_of_an_export(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        before = copy.deepcopy(world.prod.documents)
        planned = world.plan()
        world.apply(planned)
        leave_out(world, Kind.DATABASE, monkeypatch)
        world.roll_back(planned)
        assert world.prod.documents == before

    @pytest.mark.parametrize("kind", [Kind.DASHBOARD, Kind.CHART, Kind.DATASET])
    def test_an_apply_does_not_verify_what_the_export_leaves_out(
        self, world: World, kind: Kind, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planned = world.plan()
        leave_out(world, kind, monkeypatch)
        with pytest.raises(NotVerified):
            world.apply(planned)


def export_without_layout(server: FakeSuperset) -> None:
    """No Superset exports a layout of null: something between does."""
    whole = server._exported

    def exported(kind: Kind, asset_id: int) -> dict[str, Any]:
        document = whole(kind, asset_id)
        return {**document, "position": None} if Key(kind, document["uuid"]) == SALES else document

    server._exported = exported  # type: ignore[method-assign]


class TestALayoutOfNull:
    """Superset would lay it out anew, unasked."""

    def test_a_null_layout_is_refused_by_name_and_field_and_stops_no_other_plan(self, world: World) -> None:
        export_without_layout(world.dev)
        with pytest.raises(PlanUnsafe, match="Sales Dashboard.*“position” that is null"):
            world.plan(str(world.dev.id_of(SALES)))
        assert world.plan(str(world.dev.id_of(BIRTHS))).plan.pending

    def test_a_null_layout_on_the_target_is_refused_before_anything_is_sent(self, world: World) -> None:
        world.apply(world.plan())
        export_without_layout(world.prod)
        sent = len(world.prod.writes)
        with pytest.raises(PlanUnsafe, match="Sales Dashboard.*“position” that is null"):
            world.plan()
        assert len(world.prod.writes) == sent
