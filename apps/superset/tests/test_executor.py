"""Applying and rolling back, on a Superset in memory."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import (
    NotVerified,
    PlanStale,
    PlanUnsafe,
    ServerFault,
    UndoBlocked,
)
from apps.superset.plan.plan import Action
from apps.superset.protocol import Act
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, Kept, World

OTHER = "99999999-9999-9999-9999-999999999999"


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


@pytest.fixture
def migrated(world: World) -> World:
    """What dev has is on prod already."""
    world.apply(world.plan())
    world.prod.writes.clear()
    return world


def state(server: FakeSuperset) -> Any:
    return copy.deepcopy((server.documents, server.members))


def test_what_was_applied_needs_nothing_more() -> None:
    world = World()
    result = world.apply(world.plan())
    assert len(result.written) == 131
    again = world.plan()
    assert not again.plan.pending
    assert again.plan.count(Action.UNCHANGED) == 131


def test_a_plan_that_changes_nothing_writes_nothing(migrated: World) -> None:
    migrated.apply(migrated.plan())
    assert migrated.prod.writes == []


def test_only_what_changed_is_sent(migrated: World) -> None:
    before = state(migrated.prod)
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    result = migrated.apply(migrated.plan())
    assert result.written == ("chart “Total Revenue”",)
    assert migrated.prod.writes == ["assets/import"]
    after = state(migrated.prod)
    revenue = migrated.prod.id_of(REVENUE)
    changed = [key for key, document in after[0][Kind.CHART].items() if document != before[0][Kind.CHART][key]]
    assert changed == [revenue]


def test_every_number_is_the_target_s_own(world: World) -> None:
    metadata = world.dev.document(SALES)["metadata"]
    chart, table = world.dev.id_of(REVENUE), world.dev.id_of(SALES_DATA)
    metadata["chart_customization_config"] = [{"id": "c", "targets": [{"datasetId": table}], "chartsInScope": [chart]}]
    metadata["expanded_slices"] = {str(chart): True}
    world.apply(world.plan("1"))
    document, own = world.prod.document(REVENUE), world.prod.id_of(REVENUE)
    dataset = world.prod.id_of(SALES_DATA)
    assert document["params"]["slice_id"] == own
    assert document["params"]["datasource"] == f"{dataset}__table"
    assert document["params"]["metric"]["column"]["id"] == world.prod.columns[dataset or 0, "sales"]
    after = world.prod.document(SALES)["metadata"]
    (customization,) = after["chart_customization_config"]
    assert customization == {"id": "c", "targets": [{"datasetId": dataset}], "chartsInScope": [own]}
    assert after["expanded_slices"] == {str(own): True}


def test_a_target_that_changed_since_the_plan_is_left_alone(migrated: World) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()
    migrated.prod.document(REVENUE)["description"] = "edited by hand"
    with pytest.raises(PlanStale, match="Total Revenue"):
        migrated.apply(planned)
    assert migrated.prod.writes == []


def test_an_asset_of_the_plan_that_others_created_makes_the_plan_stale(world: World) -> None:
    planned = world.plan("1")
    world.apply(world.plan("1"))
    world.prod.document(REVENUE)["description"] = "made by hand"
    world.prod.writes.clear()
    with pytest.raises(PlanStale, match="exists already"):
        world.apply(planned)
    assert world.prod.writes == []


def test_what_is_as_planned_already_is_neither_sent_nor_undone(world: World) -> None:
    planned = world.plan("1")
    world.apply(world.plan("1"))
    before = state(world.prod)
    world.prod.writes.clear()
    world.ledger = Kept()
    result = world.apply(planned)
    assert (result.written, len(result.unchanged), world.prod.writes) == ((), len(planned.plan.written), [])
    world.roll_back(planned)
    assert (state(world.prod), world.prod.writes) == (before, [])


def test_rolling_back_removes_what_was_created(world: World) -> None:
    before = state(world.prod)
    planned = world.plan()
    world.apply(planned)
    result = world.roll_back(planned)
    assert len(result.removed) == len(planned.plan.changes)
    assert state(world.prod) == before


def test_rolling_back_restores_what_was_overwritten(migrated: World) -> None:
    before = state(migrated.prod)
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    migrated.dev.document(SALES_DATA)["sql"] = "select 1"
    migrated.dev.document(SALES)["dashboard_title"] = "Sales, new"
    planned = migrated.plan()
    migrated.apply(planned)
    assert migrated.prod.document(SALES)["dashboard_title"] == "Sales, new"
    migrated.roll_back(planned)
    assert state(migrated.prod) == before


def test_annotation_layers_of_the_target_that_an_import_cuts_out_are_kept(migrated: World) -> None:
    layer = {"annotationType": "EVENT", "sourceType": "NATIVE", "value": 3, "name": "Releases"}
    migrated.prod.document(REVENUE)["params"]["annotation_layers"] = [layer]
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()
    migrated.apply(planned)
    assert migrated.prod.document(REVENUE)["params"]["time_range"] == "Last year"
    assert migrated.prod.document(REVENUE)["params"]["annotation_layers"] == [layer]
    assert not migrated.plan().plan.pending
    migrated.roll_back(planned)
    assert migrated.prod.document(REVENUE)["params"].get("time_range") != "Last year"
    assert migrated.prod.document(REVENUE)["params"]["annotation_layers"] == [layer]


def test_rolling_back_does_not_undo_the_later_work_of_others(migrated: World) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()
    migrated.apply(planned)
    migrated.prod.document(REVENUE)["description"] = "edited since"
    with pytest.raises(UndoBlocked, match="chart “Total Revenue” was changed"):
        migrated.roll_back(planned)
    assert migrated.prod.document(REVENUE)["description"] == "edited since"


def test_what_others_have_come_to_use_is_not_removed(world: World) -> None:
    planned = world.plan("1")
    world.apply(planned)
    position = {"CHART-x": {"type": "CHART", "meta": {"uuid": REVENUE.uuid, "chartId": world.prod.id_of(REVENUE)}}}
    document = {"uuid": OTHER, "dashboard_title": "Board of prod", "position": position, "metadata": {}}
    world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Board of prod", document))
    world.prod.writes.clear()
    with pytest.raises(PlanUnsafe, match="Board of prod"):
        world.roll_back(planned)
    assert world.prod.writes == []


def test_a_dataset_that_a_filter_of_others_has_come_to_use_is_not_removed(world: World) -> None:
    """No list tells of it; the dashboards outside the plan are read."""
    planned = world.plan("1")
    world.apply(planned)
    theirs = {"id": "f", "name": "Line", "targets": [{"datasetId": world.prod.id_of(SALES_DATA)}]}
    metadata = {"native_filter_configuration": [theirs]}
    document = {"uuid": OTHER, "dashboard_title": "Board of prod", "position": {}, "metadata": metadata}
    world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Board of prod", document))
    world.prod.writes.clear()
    with pytest.raises(PlanUnsafe, match="Board of prod"):
        world.roll_back(planned)
    assert world.prod.writes == []


def a_place(world: World, name: str, uuid: str, number: int | None) -> dict[str, Any]:
    parents = ["ROOT_ID", "GRID_ID"]
    return {"id": name, "type": "CHART", "children": [], "parents": parents, "meta": {"uuid": uuid, "chartId": number}}


def test_rolling_back_a_layout_with_a_deleted_chart_restores_all_other_charts(migrated: World) -> None:
    position = migrated.prod.document(SALES)["position"]
    migrated.prod.document(SALES)["position"] = {"CHART-gone": a_place(migrated, "CHART-gone", OTHER, 77), **position}
    links = list(migrated.prod.members.values())
    migrated.dev.document(SALES)["css"] = "a {}"
    planned = migrated.plan()
    migrated.apply(planned)
    assert "CHART-gone" not in migrated.prod.document(SALES)["position"]
    migrated.roll_back(planned)
    assert migrated.prod.document(SALES)["position"]["CHART-gone"]["meta"] == {"chartId": 77}
    assert list(migrated.prod.members.values()) == links


def test_rolling_back_leaves_a_chart_that_had_lost_its_dataset_as_migrated(migrated: World) -> None:
    """No import takes a chart without a dataset; all else is restored, and nothing crashes."""
    del migrated.prod.document(REVENUE)["dataset_uuid"]
    migrated.dev.document(SALES)["css"] = "a {}"
    planned = migrated.plan()
    assert ("chart “Total Revenue”",) in [
        each.assets for each in planned.plan.warnings if each.kind == "not_restorable"
    ]
    migrated.apply(planned)
    migrated.roll_back(planned)
    assert migrated.prod.document(REVENUE)["dataset_uuid"] == SALES_DATA.uuid
    assert migrated.prod.document(SALES)["css"] != "a {}"


def test_a_chart_that_lost_its_link_on_the_target_is_linked_again(migrated: World) -> None:
    """No export tells of links: the layout is the same, and the browser shows that there is no such chart."""
    dashboard = migrated.prod.id_of(SALES)
    assert dashboard is not None
    before = migrated.prod.members[dashboard]
    migrated.prod.members[dashboard] = [each for each in before if each != migrated.prod.id_of(REVENUE)]
    planned = migrated.plan("1")
    (change,) = planned.plan.with_action(Action.UPDATE)
    assert [each.kind for each in change.differences] == ["chart_relinked"]
    migrated.apply(planned)
    assert sorted(migrated.prod.members[dashboard]) == sorted(before)


class Unlinking(FakeSuperset):
    """Links no chart to what it imports."""

    def _link(self, dashboard_id: int, *, as_import: bool = False) -> None:
        self.members[dashboard_id] = []


def test_verification_bites_where_a_chart_is_laid_out_and_not_linked(world: World) -> None:
    world.prod.__class__ = Unlinking
    with pytest.raises(NotVerified, match="Total Revenue.* not linked"):
        world.apply(world.plan("1"))


def test_a_chart_of_an_old_type_arrives_and_goes_back_as_it_is(world: World) -> None:
    """The importer converts it; what is in the source counts."""
    world.dev.document(REVENUE).update(viz_type="dist_bar")
    world.dev.document(REVENUE)["params"]["viz_type"] = "dist_bar"
    world.apply(world.plan("1"))
    assert world.prod.document(REVENUE)["viz_type"] == "dist_bar"
    assert not world.plan("1").plan.pending
    world.dev.document(REVENUE).update(viz_type="table")
    world.dev.document(REVENUE)["params"]["viz_type"] = "table"
    before, planned = state(world.prod), world.plan("1")
    world.apply(planned)
    world.roll_back(planned)
    assert state(world.prod) == before


def test_a_stored_query_brings_no_annotation_layers_of_the_source(world: World) -> None:
    layer = {"annotationType": "EVENT", "sourceType": "NATIVE", "value": 3, "name": "Releases"}
    formula = {"annotationType": "FORMULA", "value": "x", "name": "Line"}
    context = {"form_data": {"annotation_layers": [layer]}, "queries": [{"annotation_layers": [layer, formula]}]}
    world.dev.document(REVENUE)["query_context"] = json.dumps(context)
    world.apply(world.plan("1"))
    after = json.loads(world.prod.document(REVENUE)["query_context"])
    assert after["form_data"]["annotation_layers"] == []
    assert after["queries"][0]["annotation_layers"] == [formula]
    assert not world.plan("1").plan.pending


def test_a_column_that_comes_with_the_plan_is_referred_to_by_its_new_number(migrated: World) -> None:
    migrated.dev.document(SALES_DATA)["columns"].append({"column_name": "margin", "expression": "sales - cost"})
    migrated.dev._number_columns(Kind.DATASET, migrated.dev.id_of(SALES_DATA) or 0)
    number = migrated.dev.columns[migrated.dev.id_of(SALES_DATA) or 0, "margin"]
    migrated.dev.document(REVENUE)["params"]["metric"]["column"] = {"id": number, "column_name": "margin"}
    migrated.apply(migrated.plan("1"))
    column = migrated.prod.document(REVENUE)["params"]["metric"]["column"]
    assert column["id"] == migrated.prod.columns[migrated.prod.id_of(SALES_DATA) or 0, "margin"]


class Forgetful(FakeSuperset):
    """Loses a metric of each dataset that it imports."""

    def _store(self, kind: Kind, document: dict[str, Any]) -> None:
        if kind is Kind.DATASET:
            document["metrics"] = document["metrics"][1:]
        super()._store(kind, document)


def test_verification_bites_where_the_target_lost_something(world: World) -> None:
    world.prod.__class__ = Forgetful
    with pytest.raises(NotVerified, match="metric .* removed") as failed:
        world.apply(world.plan("1"))
    assert str(SALES) in failed.value.context["written"]


class Stubborn(FakeSuperset):
    """Keeps whatever number a chart calls its own."""

    def _import_chart(self, document: dict[str, Any]) -> None:
        super()._import_chart(document)
        if "slice_id" in document["params"]:
            document["params"]["slice_id"] = 4711


def test_verification_bites_where_a_number_points_elsewhere(world: World) -> None:
    world.prod.__class__ = Stubborn
    with pytest.raises(NotVerified, match="4711"):
        world.apply(world.plan("1"))


class Refusing(Kept):
    """Stops the run at a request that writes: the first, or a later one."""

    def __init__(self, request: int) -> None:
        super().__init__()
        self.request = request

    def intend(self, act: Act, keys: Sequence[Key]) -> int:
        number = super().intend(act, keys)
        if number == self.request:
            raise ServerFault("the run was given up", environment="prod")
        return number


@pytest.mark.parametrize(("request_number", "sent"), [(1, []), (2, ["assets/import"])])
def test_nothing_is_sent_before_the_ledger_has_it(world: World, request_number: int, sent: list[str]) -> None:
    planned = world.plan("1")
    world.ledger = Refusing(request_number)
    with pytest.raises(ServerFault):
        world.apply(planned)
    assert world.prod.writes == sent
    assert world.ledger.intended[0] == {change.key for change in planned.plan.changes}


def test_removals_are_recorded_in_the_ledger(world: World) -> None:
    planned = world.plan("1")
    world.apply(planned)
    world.prod.writes.clear()
    ledger = Refusing(1)
    with pytest.raises(ServerFault):
        world.roll_back(planned, ledger=ledger)
    assert (world.prod.writes, ledger.intended) == ([], [{SALES}])


def test_a_dashboard_without_charts_is_imported_by_its_own_endpoint(world: World) -> None:
    line = {"id": "f", "type": "filter_select", "name": "Line", "targets": [{"datasetId": 3, "column": {"name": "x"}}]}
    metadata = {"native_filter_configuration": [line]}
    document = {"uuid": OTHER, "dashboard_title": "Text only", "position": {}, "metadata": metadata}
    world.dev.add(Asset(Key(Kind.DASHBOARD, OTHER), "Text only", document))
    world.apply(world.plan(OTHER))
    assert world.prod.writes == ["assets/import", "dashboard/import"]
    (target,) = world.prod.document(Key(Kind.DASHBOARD, OTHER))["metadata"]["native_filter_configuration"][0]["targets"]
    assert target["datasetId"] == world.prod.id_of(SALES_DATA)
