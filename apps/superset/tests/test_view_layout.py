"""A layout as boxes, and what became of each."""

from __future__ import annotations

import copy

import pytest

from apps.superset.assets import Kind
from apps.superset.tests.builders import CHART, a_chart_node, a_layout, uuid
from apps.superset.tests.world import recorded
from apps.superset.view.layout import Box, picture

OTHER = uuid(9)


def shown(position) -> list[Box]:
    return list(picture({}, position).after)


def states(before, after) -> tuple[dict[str, str], dict[str, str]]:
    found = picture(before, after)
    return {box.id: box.state for box in found.before}, {box.id: box.state for box in found.after}


@pytest.fixture
def layout():
    return a_layout(CHART, OTHER)


def test_charts_of_a_row_stand_side_by_side(layout):
    first, second = shown(layout)
    assert (first.chart, first.name, first.x, first.y, first.width, first.height) == (CHART, "Chart a", 0, 0, 4, 50)
    assert (second.x, second.y, second.row, second.tab) == (4, 0, 1, "")


def test_rows_stand_below_each_other(layout):
    layout["ROW-2"] = {"id": "ROW-2", "type": "ROW", "children": ["CHART-z"], "meta": {}}
    layout["CHART-z"] = a_chart_node("CHART-z", uuid(10), "ROW-2")
    layout["GRID_ID"]["children"].append("ROW-2")
    *_, last = shown(layout)
    assert (last.row, last.x, last.y) == (2, 0, 50)


def test_each_tab_begins_at_its_own_top(layout):
    row = layout["GRID_ID"]["children"]
    layout["TABS-1"] = {"id": "TABS-1", "type": "TABS", "children": ["TAB-1", "TAB-2"], "meta": {}}
    layout["TAB-1"] = {"id": "TAB-1", "type": "TAB", "children": row, "meta": {"text": "One"}}
    layout["TAB-2"] = {"id": "TAB-2", "type": "TAB", "children": ["MARKDOWN-1"], "meta": {"text": "Two"}}
    layout["MARKDOWN-1"] = {"id": "MARKDOWN-1", "type": "MARKDOWN", "children": [], "meta": {"code": "# Hi"}}
    layout["ROOT_ID"]["children"] = ["TABS-1"]
    found = shown(layout)
    assert [(box.tab, box.kind, box.row, box.y) for box in found] == [
        ("One", "chart", 1, 0),
        ("One", "chart", 1, 0),
        ("Two", "markdown", 1, 0),
    ]


def test_a_moved_chart_is_marked_on_both_sides(layout):
    after = copy.deepcopy(layout)
    after["ROW-1"]["children"].reverse()
    before_states, after_states = states(layout, after)
    assert "moved" in before_states.values()
    assert before_states == after_states


def test_what_stands_in_a_moved_row_has_moved(layout):
    for number in (2, 3):
        row, chart = f"ROW-{number}", f"CHART-{number}"
        layout[row] = {"id": row, "type": "ROW", "children": [chart], "meta": {}}
        layout[chart] = a_chart_node(chart, uuid(20 + number), row)
    layout["GRID_ID"]["children"] = ["ROW-1", "ROW-2", "ROW-3"]
    after = copy.deepcopy(layout)
    after["GRID_ID"]["children"] = ["ROW-2", "ROW-3", "ROW-1"]
    _, found = states(layout, after)
    assert found == {"CHART-2": "same", "CHART-3": "same", "CHART-a": "moved", "CHART-b": "moved"}


def test_a_resized_chart_is_marked_and_those_that_it_pushes_aside_are_not(layout):
    after = copy.deepcopy(layout)
    after["CHART-a"]["meta"]["width"] = 6
    assert states(layout, after)[1] == {"CHART-a": "resized", "CHART-b": "same"}


def test_added_and_removed_charts_are_on_one_side_only(layout):
    after = copy.deepcopy(layout)
    after["ROW-1"]["children"] = ["CHART-a"]
    del after["CHART-b"]
    assert states(layout, after) == ({"CHART-a": "same", "CHART-b": "removed"}, {"CHART-a": "same"})
    assert states(after, layout)[1] == {"CHART-a": "same", "CHART-b": "added"}


def test_another_chart_in_the_same_place_is_removed_and_added(layout):
    after = copy.deepcopy(layout)
    after["CHART-a"]["meta"]["uuid"] = uuid(77)
    assert states(layout, after) == (
        {"CHART-a": "removed", "CHART-b": "same"},
        {"CHART-a": "added", "CHART-b": "same"},
    )


@pytest.mark.parametrize("broken", [None, [], {}, {"ROOT_ID": {"type": "ROOT", "children": ["ROOT_ID", 3, "gone"]}}])
def test_a_broken_layout_is_no_picture(broken):
    assert shown(broken) == []


def test_each_chart_of_the_recorded_dashboards_is_a_box_on_the_grid():
    for dashboard in recorded().of_kind(Kind.DASHBOARD):
        position = dashboard.document["position"]
        found = shown(position)
        held = {child for node in position.values() if isinstance(node, dict) for child in node.get("children", ())}
        charts = {name for name in held if position[name]["type"] == "CHART"}
        assert {box.id for box in found if box.kind == "chart"} == charts
        assert all(0 <= box.x <= 12 and 1 <= box.width <= 12 and box.height > 0 for box in found)
