"""Differences of a layout are reported as a person would describe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.superset.assets import Asset
from apps.superset.diff.diff import Difference
from apps.superset.tests.builders import (
    CHART,
    a_chart_node,
    a_dashboard,
    a_layout,
    uuid,
)
from apps.superset.tests.differing import differences, the_one

TWO = (CHART, uuid(33))


def laid_out(change: Callable[[dict[str, Any]], Any] | None = None) -> Asset:
    position = a_layout(*TWO)
    if change:
        change(position)
    return a_dashboard(position=position)


def changed(change: Callable[[dict[str, Any]], Any]) -> list[Difference]:
    return differences(laid_out(), laid_out(change))


def test_a_resized_chart_is_one_difference():
    (found,) = changed(lambda p: p["CHART-a"]["meta"].update(width=6, height=70))
    assert found.sentence() == "chart “Chart a” resized: height 50 → 70, width 4 → 6"


def test_two_charts_that_change_places_are_one_move():
    (found,) = changed(lambda p: p["ROW-1"]["children"].reverse())
    assert found.kind == "chart_moved"


def test_a_chart_that_moves_to_another_row_is_one_move_beside_the_new_row():
    def move(position: dict[str, Any]) -> None:
        position["GRID_ID"]["children"].append("ROW-2")
        position["ROW-2"] = {"id": "ROW-2", "type": "ROW", "children": ["CHART-b"], "parents": ["ROOT_ID", "GRID_ID"]}
        position["ROW-1"]["children"].remove("CHART-b")
        position["CHART-b"]["parents"][-1] = "ROW-2"

    assert [each.sentence() for each in changed(move)] == [
        "chart “Chart b” moved: row 1, place 2 → row 2, place 1",
        "row “row 2” added in place 2",
    ]


def test_a_row_that_takes_the_place_of_another_moves_no_chart():
    def replace(position: dict[str, Any]) -> None:
        position["ROW-9"] = {**position.pop("ROW-1"), "id": "ROW-9"}
        position["GRID_ID"]["children"] = ["ROW-9"]
        for chart in ("CHART-a", "CHART-b"):
            position[chart]["parents"][-1] = "ROW-9"

    assert [each.kind for each in changed(replace)] == ["row_removed", "row_added"]


def test_of_two_charts_that_change_order_the_moved_one_is_reported():
    def laid(*names: str) -> Asset:
        def order(position: dict[str, Any]) -> None:
            for name in set(names) - position.keys():
                position[name] = a_chart_node(name, uuid(34))
            for name in {"CHART-a", "CHART-b"} - set(names):
                del position[name]
            position["ROW-1"]["children"] = list(names)

        return laid_out(order)

    for before, after in ((("CHART-c", "CHART-a", "CHART-b"), ("CHART-b", "CHART-a")),
                          (("CHART-a", "CHART-b"), ("CHART-c", "CHART-b", "CHART-a"))):  # fmt: skip
        moves = [each for each in differences(laid(*before), laid(*after)) if each.kind == "chart_moved"]
        assert moves
        for each in moves:
            assert each.before["place"] != each.after["place"]


def test_a_container_without_a_name_of_its_own_is_distinguished():
    def hold(position: dict[str, Any]) -> None:
        position["ROW-1"]["children"].remove("CHART-a")
        position["GRID_ID"]["children"].append("CHART-a")

    def hold_elsewhere(position: dict[str, Any]) -> None:
        hold(position)
        position["GRID_ID"]["children"].remove("CHART-a")
        position["ROOT_ID"]["children"] = [position["ROOT_ID"]["children"][0], "CHART-a"]

    moves = [each for each in differences(laid_out(hold), laid_out(hold_elsewhere)) if each.kind == "chart_moved"]
    (before, after) = moves[0].sentence().partition(" moved: ")[2].split(" → ")
    assert before != after


def test_an_added_chart_is_one_difference_with_its_place():
    def add(position: dict[str, Any]) -> None:
        position["ROW-1"]["children"].insert(0, "CHART-c")
        position["CHART-c"] = a_chart_node("CHART-c", uuid(34))

    (found,) = changed(add)
    assert found.sentence() == "chart “Chart c” added in row 1, place 1"
    assert found.after["node"]["meta"]["uuid"] == uuid(34)


def test_a_removed_chart_is_one_difference():
    def remove(position: dict[str, Any]) -> None:
        position["ROW-1"]["children"].remove("CHART-a")
        del position["CHART-a"]

    (found,) = changed(remove)
    assert found.sentence() == "chart “Chart a” removed"


def test_another_chart_in_the_same_place_is_reported():
    (found,) = changed(lambda p: p["CHART-a"]["meta"].update(uuid=uuid(99)))
    assert found.kind == "chart_replaced"


def test_text_is_shown_as_a_text_diff():
    def dashboard(code: str) -> Asset:
        def add(position: dict[str, Any]) -> None:
            position["ROW-1"]["children"].append("MARKDOWN-1")
            parents = ["ROOT_ID", "GRID_ID", "ROW-1"]
            position["MARKDOWN-1"] = {
                "id": "MARKDOWN-1", "type": "MARKDOWN", "children": [], "parents": parents, "meta": {"code": code},
            }  # fmt: skip

        return laid_out(add)

    found = the_one(dashboard("# Sales\nof 2003"), dashboard("# Sales\nof 2004"))
    assert found.sentence() == "text “Sales” changed"
    assert found.text.splitlines()[-2:] == ["-of 2003", "+of 2004"]


def test_a_renamed_tab_is_reported():
    def dashboard(text: str) -> Asset:
        return laid_out(lambda p: p.update({"TAB-1": {"id": "TAB-1", "type": "TAB", "meta": {"text": text}}}))

    assert the_one(dashboard("One"), dashboard("Two")).sentence() == "tab renamed: “One” → “Two”"


def test_parents_that_the_tree_does_not_explain_are_reported():
    (found,) = changed(lambda p: p["CHART-a"].update(parents=["ROOT_ID"]))
    assert (found.kind, found.path) == ("field_changed", "position.CHART-a.parents")


def test_children_that_are_no_nodes_are_reported():
    (found,) = changed(lambda p: p["ROW-1"]["children"].append("CHART-gone"))
    assert found.path == "position.ROW-1.children"


def test_a_layout_that_turns_in_a_circle_is_compared_all_the_same():
    def turn(position: dict[str, Any]) -> None:
        position["CHART-a"]["children"] = ["ROOT_ID"]

    assert changed(turn)
