"""What Superset's import loses, keeps or leaves half-done: charts, memberships, numbers, links."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
import yaml

from project.tests.real.world import BIRTHS, MISC, SALES, World, edit_json, find
from rig.check.checker import snapshot
from rig.check.exports import Ids
from rig.servers.tamper import editing, tampering

# --- trap 5: a failed import leaves a connection behind


def lose_datasets(files: dict[str, bytes]) -> None:
    for name in [name for name in files if "/datasets/" in name]:
        del files[name]


def break_a_chart(files: dict[str, bytes]) -> None:
    name = next(name for name in files if "/charts/" in name)
    files[name] = yaml.safe_dump({**yaml.safe_load(files[name]), "no such field": 1}).encode()


@pytest.mark.parametrize("edit", [lose_datasets, break_a_chart])
def test_5_a_refused_import_leaves_nothing_behind(world: World, edit: Callable[[dict[str, bytes]], None]):
    before = snapshot(world.prod)
    with tampering(world.pair.prod.url, upload=editing(edit)) as proxy:
        assert world.register("tampered", proxy.url).code == 0
        applied = world.apply(world.plan(BIRTHS, target="tampered").migration)
        assert proxy.spoiled == 1, "no write is repeated blindly"
    assert applied.code == 1
    assert before.changed(snapshot(world.prod)) == set()


# --- traps 6 and 7: existing charts are left alone, removed ones stay linked


def test_6_a_chart_that_exists_is_updated(world: World):
    world.migrate(BIRTHS)
    girls = find(world.dev, "chart", slice_name="Girls")
    edit_json(world.dev, "chart", girls, "params", lambda params: params.update(row_limit=3))
    world.migrate(BIRTHS)
    found = world.prod.one("chart", find(world.prod, "chart", slice_name="Girls"))
    assert json.loads(found["params"])["row_limit"] == 3
    assert world.check(BIRTHS).equal


def test_7_a_chart_taken_off_a_dashboard_is_unlinked_there_and_reported(world: World):
    world.migrate(BIRTHS)
    take_off(world, "Girls")
    planned = world.plan(BIRTHS)
    assert set(planned.changes("orphan")) == {"Girls"}
    assert world.apply(planned.migration).code == 0
    assert world.check(BIRTHS).equal  # the checker compares the links between charts and dashboards
    assert find(world.prod, "chart", slice_name="Girls"), "reported, not deleted"


def take_off(world: World, chart: str) -> None:
    """Remove a chart from a dashboard as its editor does, from the layout and the list of charts."""
    pk, births = find(world.dev, "chart", slice_name=chart), find(world.dev, "dashboard", slug="births")
    position = json.loads(world.dev.one("dashboard", births)["position_json"])
    node = next(
        name for name, each in position.items() if isinstance(each, dict) and each.get("meta", {}).get("chartId") == pk
    )
    del position[node]
    for each in position.values():
        if isinstance(each, dict):
            each["children"] = [child for child in each.get("children", []) if child != node]
    world.dev.update("dashboard", births, {"position_json": json.dumps(position)})
    others = [row["id"] for row in world.dev.one("chart", pk)["dashboards"] if row["id"] != births]
    world.dev.update("chart", pk, {"dashboards": others})


# --- trap 9: a dashboard without charts leaves a row of nothing


def test_9_a_dashboard_without_charts_leaves_no_empty_link(world: World):
    pk = world.dev.create("dashboard", {"dashboard_title": "Notes", "slug": "notes"})
    edit = {
        "position_json": json.dumps(
            {"ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": []}, "DASHBOARD_VERSION_KEY": "v2"}
        )
    }
    world.dev.update("dashboard", pk, edit)
    world.migrate("notes")
    with closing(sqlite3.connect(world.pair.prod.database)) as database:
        links = database.execute("SELECT dashboard_id, slice_id FROM dashboard_slices").fetchall()
    assert links == []
    assert world.plan("notes").code == 0


# --- trap 10: numbers that the import does not translate


@pytest.fixture
def numbered(world: World) -> World:
    """prod has other numbers than dev, and the dashboard of dev uses every place that holds a number."""
    world.migrate(MISC)
    dev = world.dev
    sales = find(dev, "dashboard", uuid=SALES)
    charts = dev.charts_of(sales)
    dataset = find(dev, "dataset", table_name="cleaned_sales_data")
    edit_json(dev, "dashboard", sales, "json_metadata", lambda metadata: number(metadata, charts, dataset))
    columns = {each["column_name"]: each["id"] for each in dev.one("dataset", dataset)["columns"]}
    edit_json(dev, "chart", charts[0], "params", lambda form: number_chart(form, charts[0], sales, dataset, columns))
    context = {
        "datasource": {"id": dataset, "type": "table"},
        "form_data": {"slice_id": charts[0], "datasource": f"{dataset}__table", "dashboards": [sales]},
        "queries": [{"columns": ["deal_size"], "metrics": ["count"]}],
    }
    dev.update("chart", charts[0], {"query_context": json.dumps(context)})
    return world


def number(metadata: dict[str, Any], charts: list[int], dataset: int) -> None:
    first, second, *_ = charts
    scope = {"rootPath": ["ROOT_ID"], "excluded": [second]}
    metadata["timed_refresh_immune_slices"] = [first]
    metadata["expanded_slices"] = {str(first): True}
    metadata["chart_configuration"] = {
        str(first): {"id": first, "crossFilters": {"scope": scope, "chartsInScope": charts[2:]}}
    }
    metadata["global_chart_configuration"] = {"scope": scope, "chartsInScope": charts[2:]}
    for each in metadata["native_filter_configuration"]:
        each["scope"] = scope
        each["chartsInScope"] = charts[2:]
    metadata["chart_customization_config"] = [
        {
            "id": "CHART_CUSTOMIZATION-1",
            "type": "CHART_CUSTOMIZATION",
            "filterType": "chart_customization_dynamic_groupby",
            "name": "Group by",
            "scope": scope,
            "chartsInScope": charts[2:],
            "targets": [{"datasetId": dataset, "column": {"name": "deal_size"}}],
            "controlValues": {},
            "defaultDataMask": {},
        }
    ]


def number_chart(form: dict[str, Any], chart: int, dashboard: int, dataset: int, columns: dict[str, int]) -> None:
    column = {"column_name": "sales", "id": columns["sales"], "type": "DOUBLE PRECISION"}
    metric = {"expressionType": "SIMPLE", "aggregate": "SUM", "label": "SUM(sales)", "column": column}
    form.update(slice_id=chart, dashboards=[dashboard], datasource=f"{dataset}__table", metrics=[metric])


def test_10_every_number_points_at_the_corresponding_asset(numbered: World):
    numbered.migrate(SALES)
    assert numbered.check(SALES).differences == []
    document = dashboard_of(numbered)
    dataset = find(numbered.prod, "dataset", table_name="cleaned_sales_data")
    assert dataset != find(numbered.dev, "dataset", table_name="cleaned_sales_data"), "or the test shows nothing"
    assert document["chart_customization_config"][0]["targets"][0]["datasetId"] == dataset
    charts = set(numbered.prod.charts_of(find(numbered.prod, "dashboard", uuid=SALES)))
    for each in (*document["native_filter_configuration"], *document["chart_customization_config"]):
        assert len(each["chartsInScope"]) == len(charts) - 2
        assert set(each["chartsInScope"]) | set(each["scope"]["excluded"]) < charts
    assert set(document["chart_configuration"]) <= {str(pk) for pk in charts}
    assert numbered.plan(SALES).code == 0


def test_10_every_number_in_a_chart_is_its_own(numbered: World):
    numbered.migrate(SALES)
    ids = Ids.of(numbered.prod)
    dataset = find(numbered.prod, "dataset", table_name="cleaned_sales_data")
    contexts = 0
    for pk in numbered.prod.charts_of(find(numbered.prod, "dashboard", uuid=SALES)):
        chart = numbered.prod.one("chart", pk)
        form = json.loads(chart["params"])
        assert form["datasource"] == f"{dataset}__table"
        assert form.get("slice_id", pk) == pk
        assert all(ids.uuid("dashboard", each) for each in form.get("dashboards", []))
        if chart["query_context"]:
            contexts += 1
            context = json.loads(chart["query_context"])
            assert context["datasource"]["id"] == dataset
            assert context["form_data"]["slice_id"] == pk
            assert context["form_data"]["datasource"] == f"{dataset}__table"
    assert contexts == 1


def dashboard_of(world: World) -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads(
        world.prod.one("dashboard", find(world.prod, "dashboard", uuid=SALES))["json_metadata"]
    )
    return metadata


# --- trap 11: a chart of the layout that the export does not bring


def unlink(world: World, chart: int, dashboard: int) -> None:
    """An old dashboard whose layout shows a chart that its list of charts lacks."""
    with closing(sqlite3.connect(world.pair.dev.database)) as database, database:
        database.execute("DELETE FROM dashboard_slices WHERE slice_id = ? AND dashboard_id = ?", (chart, dashboard))


def test_11_a_chart_that_only_the_layout_names_arrives_and_is_linked(world: World):
    births, girls = find(world.dev, "dashboard", slug="births"), find(world.dev, "chart", slice_name="Girls")
    unlink(world, girls, births)
    world.migrate(BIRTHS)
    there = find(world.prod, "dashboard", slug="births")
    position = json.loads(world.prod.one("dashboard", there)["position_json"])
    shown = {
        each["meta"]["chartId"] for each in position.values() if isinstance(each, dict) and each.get("type") == "CHART"
    }
    linked = set(world.prod.charts_of(there))
    assert shown == linked
    assert find(world.prod, "chart", slice_name="Girls") in linked
    assert world.plan(BIRTHS).code == 0


def test_11_a_chart_of_the_layout_that_is_gone_stops_the_plan(world: World):
    world.dev.delete("chart", find(world.dev, "chart", slice_name="Girls"))
    _, prod = world.logs()
    planned = world.plan(BIRTHS)
    if planned.code == 2:  # Superset took it out of the layout as well
        assert "Girls" not in planned.changes("create")
        assert world.apply(planned.migration).code == 0
        assert world.check(BIRTHS).equal
    else:
        assert "USA Births Names" in planned.stderr
        assert prod.writes() == []


# --- trap 12: a dataset deleted under its charts


def test_12_a_chart_whose_dataset_was_deleted_is_named(world: World):
    world.dev.delete("dataset", find(world.dev, "dataset", table_name="birth_names"))
    _, prod = world.logs()
    planned = world.plan(BIRTHS)
    assert planned.code == 1
    assert "chart “Girls”" in planned.stderr
    assert prod.writes() == []


# --- trap 14: the date of the last change says nothing


def test_14_an_identical_import_is_no_drift(world: World):
    world.migrate(BIRTHS)
    girls = find(world.dev, "chart", slice_name="Girls")
    edit_json(world.dev, "chart", girls, "params", lambda params: params.update(row_limit=3))
    planned = world.plan(BIRTHS)
    moved = changed_on(world)
    births = find(world.prod, "dashboard", slug="births")
    world.prod.upload(
        "assets", without_connections(world.prod.export("dashboard", [births])), part="bundle", sparse="true"
    )
    assert changed_on(world) != moved
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    assert world.check(BIRTHS).equal


def changed_on(world: World) -> dict[int, str]:
    return {row["id"]: row["changed_on_utc"] for row in world.prod.rows("chart", "id", "changed_on_utc")}


def without_connections(bundle: bytes) -> bytes:
    def edit(files: dict[str, bytes]) -> None:
        for name in [name for name in files if "/databases/" in name]:
            del files[name]
        name = next(name for name in files if name.endswith("/metadata.yaml"))
        files[name] = yaml.safe_dump({**yaml.safe_load(files[name]), "type": "assets"}).encode()

    return editing(edit)(bundle)
