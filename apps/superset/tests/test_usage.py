"""Who uses on the target what a plan overwrites or takes away: listed in the plan, and checked again at apply."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.checks import outside_dashboards
from apps.superset.errors import PlanStale
from apps.superset.plan.plan import Change, Note
from apps.superset.tests.world import REVENUE, SALES, SALES_DATA, World

OTHER = Key(Kind.DASHBOARD, "99999999-9999-9999-9999-999999999999")
OTHER_CHART = Key(Kind.CHART, "99999999-9999-9999-9999-999999999998")


@pytest.fixture
def world() -> World:
    """The sales dashboard on both sides."""
    world = World(SALES)
    world.apply(world.plan())
    return world


def add_dashboard(
    world: World, *charts: Key, key: Key = OTHER, title: str = "Theirs", metadata: dict[str, Any] | None = None
) -> None:
    position = {
        f"CHART-{number}": {"type": "CHART", "meta": {"uuid": chart.uuid, "chartId": world.prod.id_of(chart)}}
        for number, chart in enumerate(charts)
    }
    document = {"uuid": key.uuid, "dashboard_title": title, "slug": None, "position": position}
    document["metadata"] = metadata or {}
    world.prod.add(Asset(key, title, document))


def native_filter(world: World, name: str = "Country", column: str = "country", **fields: Any) -> dict[str, Any]:
    """As prod has it: with prod's own number."""
    target = {"datasetId": world.prod.id_of(SALES_DATA), "column": {"name": column}}
    return {"id": f"NATIVE_FILTER-{name}", "name": name, "targets": [target], "scope": {}, **fields}


def with_filter(world: World, **fields: Any) -> dict[str, Any]:
    return {"native_filter_configuration": [native_filter(world, **fields)]}


def change_of(world: World, key: Key) -> Change:
    return next(change for change in world.plan().plan.changes if change.key == key)


def edit_dataset(world: World) -> None:
    world.dev.document(SALES_DATA)["description"] = "edited"


# --- the blast radius ------------------------------------------------------------------------------------------------


def test_a_dashboard_that_uses_a_dataset_through_a_filter_alone_is_reported(world: World) -> None:
    add_dashboard(world, metadata=with_filter(world))
    edit_dataset(world)
    assert change_of(world, SALES_DATA).used_by == ("Theirs",)


@pytest.mark.parametrize("target", [{}, {"column": {"name": "country"}}])
def test_a_dashboard_whose_filter_is_about_another_dataset_is_not_listed(world: World, target: Any) -> None:
    add_dashboard(world, metadata={"native_filter_configuration": [{**native_filter(world), "targets": [target]}]})
    edit_dataset(world)
    assert change_of(world, SALES_DATA).used_by == ()


def test_nothing_is_read_where_no_dataset_is_overwritten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    add_dashboard(world, metadata=with_filter(world))
    world.dev.document(REVENUE)["description"] = "edited"
    monkeypatch.setattr(world.prod, "get", None)
    assert change_of(world, REVENUE).used_by == ()


def test_what_was_not_looked_into_is_reported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_dashboards, "MOST", 0)
    add_dashboard(world)
    edit_dataset(world)
    (note,) = notes(world, "users_unknown")
    assert note.assets == ("dashboard “Theirs”",)


# --- asked again at apply --------------------------------------------------------------------------------------------


def test_a_chart_that_another_dashboard_has_come_to_show_refuses_the_apply(world: World) -> None:
    world.dev.document(REVENUE)["description"] = "edited"
    planned = world.plan()
    add_dashboard(world, REVENUE)
    writes = list(world.prod.writes)
    with pytest.raises(PlanStale, match="chart “Total Revenue” is now also used by dashboard “Theirs”"):
        world.apply(planned)
    assert world.prod.writes == writes


def test_a_dataset_that_a_filter_has_come_to_use_stops_the_apply(world: World) -> None:
    edit_dataset(world)
    planned = world.plan()
    add_dashboard(world, metadata=with_filter(world))
    with pytest.raises(PlanStale, match="dataset “cleaned_sales_data” is now also used by dashboard “Theirs”"):
        world.apply(planned)


def test_dashboards_of_the_same_title_are_distinguished(world: World) -> None:
    add_dashboard(world, REVENUE)
    world.dev.document(REVENUE)["description"] = "edited"
    planned = world.plan()
    add_dashboard(world, REVENUE, key=Key(Kind.DASHBOARD, OTHER_CHART.uuid))
    with pytest.raises(PlanStale):
        world.apply(planned)


def test_former_dependents_and_those_of_unchanged_assets_do_not_refuse_the_apply(world: World) -> None:
    add_dashboard(world, REVENUE)
    world.dev.document(REVENUE)["description"] = "edited"
    planned = world.plan()
    world.prod.members[world.prod.id_of(OTHER) or 0] = []
    add_dashboard(world, *other_charts(world), key=Key(Kind.DASHBOARD, OTHER_CHART.uuid))
    assert world.apply(planned).verified


def other_charts(world: World) -> list[Key]:
    charts = [Key(Kind.CHART, document["uuid"]) for document in world.prod.documents[Kind.CHART].values()]
    return [key for key in charts if key != REVENUE][:2]


def test_new_dependents_do_not_stop_an_undo(world: World) -> None:
    world.dev.document(REVENUE)["description"] = "edited"
    planned = world.plan()
    world.apply(planned)
    add_dashboard(world, REVENUE)
    assert world.roll_back(planned).verified


# --- what a plan takes away ------------------------------------------------------------------------------------------


def notes(world: World, kind: str) -> list[Note]:
    return [note for note in world.plan().plan.warnings if note.kind == kind]


def drop(world: World, what: str, name: str) -> None:
    """From the dataset in dev."""
    document = world.dev.document(SALES_DATA)
    document[what] = [each for each in document[what] if each[f"{what[:-1]}_name"] != name]


def keep_on_prod(world: World, what: str, name: str) -> None:
    """One that prod has besides."""
    document = world.prod.document(SALES_DATA)
    member = {**copy.deepcopy(document[what][0]), f"{what[:-1]}_name": name}
    member |= {"expression": f"expression_of({name})"}
    document[what] = [*document[what], member]


def add_chart(world: World, **params: Any) -> None:
    """On prod alone."""
    document = {**copy.deepcopy(world.prod.document(REVENUE)), "uuid": OTHER_CHART.uuid, "slice_name": "Ours"}
    document["params"] = {"viz_type": "table", "datasource": f"{world.prod.id_of(SALES_DATA)}__table", **params}
    world.prod.add(Asset(OTHER_CHART, "Ours", {**document, "query_context": None}))


ADHOC = {"expressionType": "SIMPLE", "column": {"column_name": "margin", "type": "DOUBLE"}, "aggregate": "SUM"}
SQL = {"expressionType": "SQL", "sqlExpression": "SUM(margin) / 2", "label": "half"}
COLUMN_PLACES: dict[str, dict[str, Any]] = {
    "groupby": {"groupby": ["margin"]},
    "metric": {"metric": ADHOC},
    "metrics": {"metrics": [SQL]},
    "adhoc_filters": {"adhoc_filters": [{"expressionType": "SIMPLE", "subject": "margin", "operator": ">"}]},
    "x_axis": {"x_axis": "margin"},
    "order_by_cols": {"order_by_cols": ['["margin", true]']},
    "column_config": {"column_config": {"margin": {"horizontalAlign": "left"}}},
}


@pytest.mark.parametrize("place", COLUMN_PLACES)
def test_a_chart_outside_the_plan_that_uses_a_column_which_goes_is_named(world: World, place: str) -> None:
    keep_on_prod(world, "columns", "margin")
    add_chart(world, **COLUMN_PLACES[place])
    (note,) = notes(world, "used_though_removed")
    assert note.assets == ("chart “Ours”",)
    assert "column “margin” of dataset “cleaned_sales_data”" in note.text
    assert f"chart “Ours” ({place})" in note.text


METRIC_PLACES: dict[str, dict[str, Any]] = {
    "metrics": {"metrics": ["margin"]},
    "timeseries_limit_metric": {"timeseries_limit_metric": "margin"},
    "size": {"size": "margin"},
}


@pytest.mark.parametrize("place", METRIC_PLACES)
def test_a_chart_setting_that_uses_a_removed_metric_is_named(world: World, place: str) -> None:
    keep_on_prod(world, "metrics", "margin")
    add_chart(world, **METRIC_PLACES[place])
    (note,) = notes(world, "used_though_removed")
    assert "metric “margin”" in note.text
    assert f"chart “Ours” ({place})" in note.text


@pytest.mark.parametrize(
    "params",
    [
        {"groupby": ["margins"]},
        {"metrics": [{**SQL, "sqlExpression": "SUM(net_margin)"}]},
        {"x_axis_title": "margin", "viz_type": "margin"},
        {"adhoc_filters": [{"expressionType": "SIMPLE", "subject": "country", "comparator": ["margin"]}]},
        {"metrics": [{**ADHOC, "column": {"column_name": "sales"}, "label": "margin"}]},
    ],
)
def test_text_that_only_looks_like_a_removed_column_is_not_named(world: World, params: dict[str, Any]) -> None:
    keep_on_prod(world, "columns", "margin")
    add_chart(world, **params)
    assert notes(world, "used_though_removed") == []


def test_a_metric_is_not_taken_for_a_column_of_the_same_name(world: World) -> None:
    keep_on_prod(world, "metrics", "margin")
    add_chart(world, groupby=["margin"], metrics=[ADHOC])
    assert notes(world, "used_though_removed") == []


def test_a_renamed_metric_says_its_new_name(world: World) -> None:
    keep_on_prod(world, "metrics", "margin")
    dev = world.dev.document(SALES_DATA)
    added = world.prod.document(SALES_DATA)["metrics"][-1]
    dev["metrics"] = [*dev["metrics"], {**added, "metric_name": "margin_net"}]
    add_chart(world, metrics=["margin"])
    (note,) = notes(world, "used_though_removed")
    assert "becomes “margin_net”" in note.text


def test_a_planned_chart_that_still_uses_a_removed_column_is_named(world: World) -> None:
    name = world.dev.document(SALES_DATA)["columns"][0]["column_name"]
    drop(world, "columns", name)
    for chart in world.dev.documents[Kind.CHART].values():
        chart["params"] = {"viz_type": "table", "datasource": chart["params"]["datasource"]}
    world.dev.document(REVENUE)["params"]["groupby"] = [name]
    (note,) = notes(world, "used_though_removed")
    assert note.assets == ("chart “Total Revenue”",)


def test_a_column_beside_a_macro_is_seen_as_well(world: World) -> None:
    number = world.dev.id_of(SALES_DATA)
    name = world.dev.document(SALES_DATA)["columns"][0]["column_name"]
    drop(world, "columns", name)
    for chart in world.dev.documents[Kind.CHART].values():
        chart["params"] = {"viz_type": "table", "datasource": chart["params"]["datasource"]}
    sql = f"SUM({name}) + (SELECT 1 FROM {{{{ dataset({number}) }}}})"
    world.dev.document(REVENUE)["params"]["metric"] = {"expressionType": "SQL", "sqlExpression": sql}
    (note,) = notes(world, "used_though_removed")
    assert note.assets == ("chart “Total Revenue”",)


FILTERS: dict[str, Any] = {
    "target": {"column": "margin"},
    "sort": {"controlValues": {"sortMetric": "margin"}},
    "prefilter": {"adhoc_filters": [{"expressionType": "SQL", "sqlExpression": "margin > 2"}]},
}


@pytest.mark.parametrize("way", FILTERS)
@pytest.mark.parametrize("holder", ["native_filter_configuration", "chart_customization_config"])
def test_filters_of_other_dashboards_are_named(world: World, way: str, holder: str) -> None:
    keep_on_prod(world, "metrics" if way == "sort" else "columns", "margin")
    add_dashboard(world, metadata={holder: [native_filter(world, "Margin", **FILTERS[way])]})
    (note,) = notes(world, "used_though_removed")
    noun = "native filter" if holder.startswith("native") else "chart customization"
    assert f"{noun} “Margin” of dashboard “Theirs”" in note.text


def test_a_dynamic_group_by_that_names_its_dataset_by_number_alone_is_named(world: World) -> None:
    keep_on_prod(world, "columns", "margin")
    chosen = {"dataset": world.prod.id_of(SALES_DATA), "column": "margin"}
    each = {"id": "CHART_CUSTOMIZATION-x", "name": "By", "targets": [{}], "scope": {}, "customization": chosen}
    add_dashboard(world, metadata={"chart_customization_config": [each]})
    (note,) = notes(world, "used_though_removed")
    assert "chart customization “By” of dashboard “Theirs”" in note.text


def test_filters_of_the_plan_that_use_a_removed_column_are_named(world: World) -> None:
    keep_on_prod(world, "columns", "margin")
    metadata = world.dev.document(SALES)["metadata"]
    target = {"datasetUuid": SALES_DATA.uuid, "column": {"name": "margin"}}
    each = {"id": "NATIVE_FILTER-m", "name": "Margin", "targets": [target], "scope": {}}
    metadata["native_filter_configuration"] = [*metadata.get("native_filter_configuration", []), each]
    number = world.dev.id_of(SALES_DATA)
    for holder in metadata["native_filter_configuration"]:
        for one in holder["targets"]:
            if one.pop("datasetUuid", None):
                one["datasetId"] = number
    (note,) = notes(world, "used_though_removed")
    assert "native filter “Margin” of dashboard “Sales Dashboard”" in note.text


def test_what_nobody_uses_is_no_warning(world: World) -> None:
    keep_on_prod(world, "columns", "margin")
    add_chart(world, groupby=["country"])
    add_dashboard(world, metadata=with_filter(world))
    assert notes(world, "used_though_removed") == []


def test_settings_that_are_no_json_are_no_obstacle(world: World) -> None:
    keep_on_prod(world, "columns", "margin")
    add_chart(world, groupby=["margin"])
    world.prod.rows[OTHER_CHART] = {"params": "{"}
    assert notes(world, "used_though_removed") == []
    assert json.dumps(world.plan().plan.to_json())
