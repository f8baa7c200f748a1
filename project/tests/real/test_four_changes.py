"""Four changes in dev: exactly these are planned, applied, and undone."""

from __future__ import annotations

from typing import Any

import pytest

from project.tests.real.world import BIRTHS, SALES, World, edit_json, find
from rig.check.checker import snapshot
from rig.check.rest import Superset

FIRST_SQL = "SELECT *\nFROM cleaned_sales_data\nWHERE year > 2000"
SECOND_SQL = "SELECT *\nFROM cleaned_sales_data\nWHERE year > 2003"
CHANGED = {
    "Girls": ("chart", "update"),
    "cleaned_sales_data": ("dataset", "update"),
    "Sales Dashboard": ("dashboard", "update"),
    "USA Births Names": ("dashboard", "update"),
}


@pytest.fixture
def changed(world: World) -> World:
    """Two dashboards in both environments, one of them over a query; then four changes in dev."""
    dev = world.dev
    sales, births = find(dev, "dashboard", uuid=SALES), find(dev, "dashboard", slug="births")
    query, girls = find(dev, "dataset", table_name="cleaned_sales_data"), find(dev, "chart", slice_name="Girls")
    dev.update("dataset", query, {"sql": FIRST_SQL})
    edit_json(dev, "dashboard", sales, "json_metadata", lambda _: None)  # saving alone changes parts of it
    world.migrate(SALES, BIRTHS)

    edit_json(dev, "chart", girls, "params", lambda params: params.update(row_limit=17))
    dev.update("dataset", query, {"sql": SECOND_SQL})
    edit_json(dev, "dashboard", sales, "json_metadata", choose_default)
    edit_json(dev, "dashboard", births, "position_json", widen)
    return world


def choose_default(metadata: dict[str, Any]) -> None:
    chosen = next(each for each in metadata["native_filter_configuration"] if each["filterType"] == "filter_select")
    chosen["defaultDataMask"] = {"extraFormData": {}, "filterState": {"value": ["Classic Cars"]}}


def widen(position: dict[str, Any]) -> None:
    chart = next(node for node in position.values() if isinstance(node, dict) and node["type"] == "CHART")
    chart["meta"]["height"] += 7


def test_exactly_the_four_changes_are_planned(changed: World):
    planned = changed.plan(SALES, BIRTHS)
    assert planned.code == 2, planned
    found = planned.changes("create", "update", "orphan")
    assert {name: (each["kind"], each["action"]) for name, each in found.items()} == CHANGED
    differences = {name: [each["kind"] for each in change["differences"]] for name, change in found.items()}
    assert {name: len(kinds) for name, kinds in differences.items()} == dict.fromkeys(CHANGED, 1), differences


def test_the_text_of_the_plan_says_what_changed(changed: World):
    answer = changed.run(
        "migration", "plan", "dev", "prod", "--dashboard", SALES, BIRTHS, "--map-database", "examples=warehouse"
    )
    assert answer.code == 2, answer
    for arguments in ("-WHERE year > 2000", "+WHERE year > 2003", "Girls", "17", "Classic Cars"):
        assert arguments in answer.stdout


def test_applied_and_rolled_back_the_target_is_what_it_was(changed: World):
    before = snapshot(changed.prod)
    migration = changed.plan(SALES, BIRTHS).migration
    applied = changed.apply(migration)
    assert applied.code == 0, applied
    assert changed.check(SALES, BIRTHS).differences == []
    after = snapshot(changed.prod)
    assert before.changed(after) == keys(changed.prod)  # everything else is unchanged, byte for byte
    undone = changed.roll_back(migration)
    assert undone.code == 0, undone
    assert before.changed(snapshot(changed.prod)) == set()
    assert changed.check(SALES, BIRTHS).differences != []


def keys(server: Superset) -> set[tuple[str, str]]:
    columns = {"chart": "slice_name", "dataset": "table_name", "dashboard": "dashboard_title"}
    rows = ((kind, row) for kind in columns for row in server.rows(kind, "uuid", columns[kind]))
    return {(kind, row["uuid"]) for kind, row in rows if row[columns[kind]] in CHANGED}


def test_a_first_migration_rolled_back_leaves_nothing_behind(world: World):
    before = snapshot(world.prod)
    migration = world.migrate(BIRTHS)
    assert before.changed(snapshot(world.prod)) != set()
    assert world.roll_back(migration).code == 0
    assert before.changed(snapshot(world.prod)) == set()


def test_applying_an_applied_migration_again_writes_nothing(world: World):
    migration = world.migrate(BIRTHS)
    _, prod = world.logs()
    assert world.apply(migration).code == 0
    assert prod.writes() == []
