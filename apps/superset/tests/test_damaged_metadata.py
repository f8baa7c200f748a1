"""What is broken on the source is refused or reported by name: an export would make it empty, or make it up."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.assets import Kind
from apps.superset.checks.losses import stale_notes
from apps.superset.errors import PlanUnsafe
from apps.superset.plan.plan import Note
from apps.superset.planning.damaged_metadata import is_made_up, layout_faults
from apps.superset.references.lookup import Stale
from apps.superset.tests.builders import CHART, a_layout
from apps.superset.tests.world import REVENUE, SALES, World, recorded

DEFAULT = {
    "DASHBOARD_VERSION_KEY": "v2",
    "ROOT_ID": {"children": ["GRID_ID"], "id": "ROOT_ID", "type": "ROOT"},
    "GRID_ID": {"children": [], "id": "GRID_ID", "parents": ["ROOT_ID"], "type": "GRID"},
    "HEADER_ID": {"id": "HEADER_ID", "meta": {"text": "Sales Dashboard"}, "type": "HEADER"},
}
"""What an export makes of a layout that it cannot read (6.1.0, commands/dashboard/export.py: get_default_position)."""


@pytest.fixture
def world() -> World:
    return World(SALES)


def refused(world: World, **request: Any) -> list[dict[str, Any]]:
    with pytest.raises(PlanUnsafe) as error:
        world.plan("1", **request)
    reasons: list[dict[str, Any]] = error.value.context["reasons"]
    return reasons


def notes(world: World, kind: str) -> list[Note]:
    return [note for note in world.plan("1").plan.warnings if note.kind == kind]


@pytest.mark.parametrize("text", ["{broken", "{'a': 1}", " ", "\x00", "[" * 5000])
def test_metadata_that_is_no_json_is_refused(world: World, text: str) -> None:
    world.dev.stored[SALES] = {"json_metadata": text}
    (reason,) = refused(world)
    assert reason["kind"] == "damaged"
    assert "dashboard “Sales Dashboard” has no JSON object in json_metadata on the source" in reason["text"]


@pytest.mark.parametrize("text", ["{broken", "[]", '""', "0"])
def test_a_layout_that_is_no_object_is_refused(world: World, text: str) -> None:
    world.dev.stored[SALES] = {"position_json": text}
    (reason,) = refused(world)
    assert "in position_json on the source" in reason["text"]


def test_damaged_metadata_and_layout_give_one_refusal(world: World) -> None:
    world.dev.stored[SALES] = {"json_metadata": "{", "position_json": "{"}
    (reason,) = refused(world)
    assert "in json_metadata and position_json on the source" in reason["text"]
    assert reason["acknowledge"] == f"damaged:{SALES}"


def test_damage_acknowledged_by_name_arrives_as_exported_with_a_warning(world: World) -> None:
    world.dev.stored[SALES] = {"json_metadata": "{"}
    planned = world.plan("1", acknowledged=frozenset({f"damaged:{SALES}"}))
    assert [note.assets for note in planned.plan.warnings if note.kind == "damaged"] == [("Sales Dashboard",)]
    assert world.apply(planned).verified
    assert world.prod.document(SALES)["metadata"]["native_filter_configuration"] == []


@pytest.mark.parametrize(
    "stored", [{"json_metadata": "{}"}, {"position_json": "{}"}, {"position_json": ""}, {"position_json": "null"}]
)
def test_what_is_empty_was_not_lost(world: World, stored: dict[str, str]) -> None:
    world.dev.stored[SALES] = stored
    assert world.plan("1").plan.changes


def test_only_what_looks_lost_is_asked_for(world: World) -> None:
    world.plan("1")
    assert world.dev.fetched == []
    world.dev.stored[SALES] = {"json_metadata": "{}"}
    world.plan("1")
    assert world.dev.fetched == [SALES]


def test_the_layout_that_an_export_makes_up_is_known() -> None:
    row = {"ROW-N-ABCD1234": {"type": "ROW", "children": ["CHART-ABCD1234"]}}
    grid = {"GRID_ID": {**DEFAULT["GRID_ID"], "children": list(row)}}  # type: ignore[dict-item]
    assert is_made_up(DEFAULT)
    assert is_made_up({**DEFAULT, **grid, **row})
    assert not is_made_up(a_layout(CHART))
    assert not any(is_made_up(each.document["position"]) for each in recorded().of_kind(Kind.DASHBOARD))


def test_what_a_snapshot_of_the_target_holds_as_empty_is_reported(world: World) -> None:
    world.apply(world.plan("1"))
    assert notes(world, "damaged_on_target") == []
    world.prod.stored[SALES] = {"json_metadata": "{broken"}
    (note,) = notes(world, "damaged_on_target")
    assert note.assets == ("dashboard “Sales Dashboard” (json_metadata)",)


@pytest.mark.parametrize("params", [[], 0, False])
def test_settings_that_are_no_object_are_refused(world: World, params: Any) -> None:
    world.dev.document(REVENUE)["params"] = params
    (reason,) = refused(world)
    assert "chart “Total Revenue” has settings (params) that are not an object" in reason["text"]


@pytest.mark.parametrize("params", ["{broken", "[1]", [1], 5, True])
def test_settings_that_are_no_json_are_refused(world: World, params: Any) -> None:
    world.dev.document(REVENUE)["params"] = params
    (reason,) = refused(world)
    assert "Superset cannot import chart “Total Revenue”: params is" in reason["text"]


@pytest.mark.parametrize("query", ["{broken", "[]", "[1]", "5", '"text"', "null"])
def test_a_stored_query_that_is_no_object_is_reported(world: World, query: str) -> None:
    world.dev.document(REVENUE)["query_context"] = query
    assert [note.assets for note in notes(world, "query_context_broken")] == [("chart “Total Revenue”",)]


def test_a_stored_query_that_is_no_json_is_not_reported_as_a_number() -> None:
    stale = [Stale(REVENUE, "query_context", "not JSON")]
    assert list(stale_notes(stale, {REVENUE: "chart “Total Revenue”"})) == []


def test_no_query_was_not_lost(world: World) -> None:
    world.dev.document(REVENUE)["query_context"] = None
    assert notes(world, "query_context_broken") == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ROOT_ID": None}, "ROOT_ID is no object"),
        ({"ROW-1": 5}, "ROW-1 is no object"),
        ({"ROW-1": {"type": "ROW", "children": ["CHART-gone", 7]}}, "ROW-1 holds CHART-gone, which is not there"),
        ({"ROW-1": {"type": "ROW", "children": {}}}, "the children of ROW-1 are no list"),
    ],
)
def test_a_broken_layout_says_where(changed: dict[str, Any], message: str) -> None:
    assert message in list(layout_faults({**a_layout(CHART), **changed}))


def test_a_layout_without_its_root_is_reported_by_name(world: World) -> None:
    del world.dev.document(SALES)["position"]["ROOT_ID"]
    (note,) = notes(world, "layout_broken")
    assert note.assets == ("dashboard “Sales Dashboard”: ROOT_ID is missing",)
    assert world.apply(world.plan("1")).verified


def test_a_layout_without_its_grid_needs_tabs() -> None:
    layout = a_layout(CHART)
    del layout["GRID_ID"]
    assert "GRID_ID is missing" in list(layout_faults(layout))
    tabs = {"ROOT_ID": {"type": "ROOT", "children": ["TABS-1"]}, "TABS-1": {"type": "TABS", "children": ["ROW-1"]}}
    assert list(layout_faults({**layout, **tabs})) == []


def test_a_whole_layout_has_no_faults() -> None:
    assert list(layout_faults(a_layout(CHART))) == []
    assert list(layout_faults({})) == []
    assert [list(layout_faults(each.document["position"])) for each in recorded().of_kind(Kind.DASHBOARD)] == [[]] * 9


def test_of_many_faults_the_first_are_named(world: World) -> None:
    world.dev.document(SALES)["position"]["GRID_ID"]["children"] += [f"ROW-gone{number}" for number in range(20)]
    (note,) = notes(world, "layout_broken")
    assert note.assets[0].endswith("; and 15 more")
