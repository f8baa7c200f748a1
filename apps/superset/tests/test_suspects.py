"""What looks like a reference and is at no known place is reported; what only sounds like one is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.checks.suspects import NOT_REFERENCES, is_reference_name, suspect_notes, suspects
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.symbolise import symbolise
from apps.superset.tests.builders import (
    CHART,
    RECORDED,
    a_chart,
    a_column,
    a_dashboard,
    a_database,
    a_dataset,
    a_filter,
    a_metric,
)

LAYERS = {"filterType": "chart_customization_deckgl_layer_visibility"}


def reported(asset: Asset) -> list[tuple[str, int | str]]:
    return [(each.path, each.value) for each in suspects(asset)]


def a_chart_that_asks(**context: Any) -> Asset:
    return a_chart(query_context=context)


# --- reported ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(5, [("", 5)], id="number"),
        pytest.param("5", [("", "5")], id="text"),
        pytest.param({"value": 5, "label": "sales"}, [(".value", 5)], id="value with a label"),
        pytest.param([5, "6", {"value": 7}], [(".0", 5), (".1", "6"), (".2.value", 7)], id="list"),
        pytest.param({"5": {"color": "red"}, "x": 1}, [(".5", "5")], id="keys"),
        pytest.param("5__table", [("", "5__table")], id="dataset with its type"),
        pytest.param(["chart-5-layer-0"], [(".0", "chart-5-layer-0")], id="layer"),
        pytest.param('{"chart_id": 5}', [(".chart_id", 5)], id="JSON in a text"),
        pytest.param(json.dumps({"params": json.dumps({"slice_id": 5})}), [(".params.slice_id", 5)], id="JSON in JSON"),
    ],
)
def test_a_number_below_a_suspicious_name_is_found_in_every_shape(value: Any, found: list[tuple[str, Any]]):
    expected = [(f"params.target_charts{path}", number) for path, number in found]
    assert reported(a_chart(params={"target_charts": value})) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("report_id", "reportId", "reportIds", "owner_pk", "deck_slices", "drillSlices", "dataset", "targetDataset"),
        *("dashboards", "chartsInScope", "excluded", "immune", "layers", "theme_id", "dataset_ref", "databaseID", "id"),
    ],
)
def test_names_that_suggest_a_number_are_recognised(name: str):
    assert is_reference_name(name)
    assert reported(a_dashboard(metadata={"plugin": {name: 7}})) == [(f"metadata.plugin.{name}", 7)]


def test_a_component_of_a_plugin_in_the_layout_is_looked_through():
    dashboard = a_dashboard()
    meta = {"componentKey": "links", "metadata": {"links": [{"dashboardId": 12}]}}
    dashboard.document["position"]["DYNAMIC-1"] = {"type": "DYNAMIC", "id": "DYNAMIC-1", "meta": meta}
    assert reported(dashboard) == [("position.DYNAMIC-1.meta.metadata.links.0.dashboardId", 12)]


def test_what_each_kind_of_document_holds_is_looked_through():
    extra = {"certification": {"dashboard_id": 3}}
    dataset = a_dataset(
        extra=extra,
        params={"chart_id": 4},
        columns=[a_column("country", extra={"dataset_id": 5})],
        metrics=[a_metric("count", "COUNT(*)", extra={"slice_id": 6})],
    )
    assert sorted(reported(dataset)) == [
        ("columns.0.extra.dataset_id", 5),
        ("extra.certification.dashboard_id", 3),
        ("metrics.0.extra.slice_id", 6),
        ("params.chart_id", 4),
    ]
    assert reported(a_dashboard(theme_id=2)) == [("theme_id", 2)]


@pytest.mark.parametrize("value", [5, "5", {"value": 5, "label": "Events"}])
@pytest.mark.parametrize("source", ["NATIVE", "line", "table"])
def test_an_annotation_layer_names_something_by_its_value(source: str, value: Any):
    """Those of a chart and of its stored query travel by choice or are listed as losses; elsewhere, nobody knows."""
    layer = {"name": "events", "annotationType": "EVENT", "sourceType": source, "value": value}
    assert reported(a_chart_that_asks(queries=[{"annotation_layers": [layer]}])) == []
    assert reported(a_chart_that_asks(form_data={"annotation_layers": [layer]})) == []
    chart = a_chart(params={"more": {"annotation_layers": [layer]}})
    assert [each.value for each in suspects(chart)] == [value["value"] if isinstance(value, dict) else value]


def test_the_state_of_a_dashboard_in_a_stored_query_lists_charts():
    state = {
        "dataMask": {"7": {"extraFormData": {}}, "NATIVE_FILTER-a": {}},
        "nativeFilters": {"NATIVE_FILTER-a": {"scope": [8], "values": [9]}},
    }
    assert sorted(reported(a_chart_that_asks(form_data=state))) == [
        ("query_context.form_data.dataMask.7", "7"),
        ("query_context.form_data.nativeFilters.NATIVE_FILTER-a.scope.0", 8),
    ]


def test_a_formula_of_a_stored_query_may_be_a_number():
    layer = {"name": "line", "annotationType": "FORMULA", "sourceType": "", "value": "5"}
    assert reported(a_chart_that_asks(queries=[{"annotation_layers": [layer]}])) == []


def test_a_choice_of_deck_gl_layers_is_a_choice_of_charts():
    mask = {"filterState": {"value": [5]}, "extraFormData": {"visible_deckgl_layers": [6]}}
    customization = {"id": "CHART_CUSTOMIZATION-a", **LAYERS, "defaultDataMask": mask}
    path = "metadata.chart_customization_config.0.defaultDataMask"
    assert reported(a_dashboard(metadata={"chart_customization_config": [customization]})) == [
        (f"{path}.filterState.value.0", 5),
        (f"{path}.extraFormData.visible_deckgl_layers.0", 6),
    ]


def test_the_address_that_a_chart_was_opened_by_is_reported_where_its_names_are_supersets():
    links = {"dataset_id": "5", "dashboard_id": "6", "customer_id": "7", "id": "8"}
    assert reported(a_chart(params={"url_params": links})) == [
        ("params.url_params.dataset_id", "5"),
        ("params.url_params.dashboard_id", "6"),
    ]


# --- not reported -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"row_limit": 100, "page_length": 5, "cache_timeout": 60}, id="limits"),
        pytest.param({"matrixify_charts_per_row": 4, "chart_size": 3, "slice_opacity": 80}, id="measures of charts"),
        pytest.param({"slice_name": "2012", "dashboard_title": "12", "dataset_name": "7"}, id="names of digits"),
        pytest.param({"label_colors": {"2012": "#fff", "dashboards": "#000", "slice": "1"}}, id="labels"),
        pytest.param({"column_config": {"user_id": {"columnWidth": 5}, "chart": {"1": {}}}}, id="columns"),
        pytest.param({"adhoc_filters": [{"subject": "dataset_id", "comparator": 5}]}, id="a filter on such a column"),
        pytest.param({"adhoc_filters": [{"layerFilterScope": [-1, 0, 1]}]}, id="positions of layers"),
        pytest.param({"layer_filter_scope": {"NATIVE_FILTER-a": [0, 1]}}, id="positions by filter"),
        pytest.param({"groupby": ["dashboard_id", "slice_id"], "columns": ["5"]}, id="columns by name"),
        pytest.param({"id": "5", "parent": "3", "root_node_id": "1"}, id="columns and values of a tree"),
        pytest.param({"tooltip_contents": [{"column_name": "country", "id": 7}]}, id="a column by number and name"),
        pytest.param({"size": {"metric_name": "count", "id": 7}}, id="a metric by number and name"),
        pytest.param({"remote_id": 5, "import_time": 1700000000}, id="an import of long ago"),
        pytest.param({"slice_id": 0, "chart_id": -1, "dataset_id": None, "layers": True}, id="no numbers"),
        pytest.param({"dataset_id": "05", "chart_id": "5.0", "dashboard": "Sales 5"}, id="other texts"),
        pytest.param({"annotation_layers": [{"sourceType": "NATIVE", "value": 5}]}, id="layers that do not travel"),
        pytest.param({"annotation_layers": [{"annotationType": "FORMULA", "value": "5"}]}, id="a formula"),
        pytest.param({"code": "{% set a = 5 %}", "handlebarsTemplate": "[5"}, id="no JSON"),
        pytest.param({"url_params": {"preselect_filters": '{"5": {"customer_id": [7]}}'}}, id="filters of an address"),
    ],
)
def test_what_only_looks_like_a_reference_in_a_chart_stays_unreported(params: dict[str, Any]):
    assert reported(a_chart(params=params)) == []


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"refresh_frequency": 30, "import_time": 1700000000, "remote_id": 3}, id="settings"),
        pytest.param({"native_filter_configuration": [a_filter(cascadeParentIds=["NATIVE_FILTER-b"])]}, id="filters"),
        pytest.param(
            {
                "native_filter_configuration": [
                    a_filter(
                        tabsInScope=["TAB-1"],
                        defaultDataMask={
                            "filterState": {"value": [2012], "filters": {"dataset_id": [5]}},
                            "extraFormData": {"filters": [{"col": "chart_id", "op": "IN", "val": [5]}]},
                        },
                    )
                ]
            },
            id="values of filters",
        ),
        pytest.param({"color_scheme_domain": ["5"], "shared_label_colors": ["2012"]}, id="colours"),
    ],
)
def test_what_only_looks_like_a_reference_in_a_dashboard_stays_unreported(metadata: dict[str, Any]):
    assert reported(a_dashboard(metadata=metadata)) == []


def test_the_row_that_an_export_appends_has_a_digit_for_a_key():
    dashboard = a_dashboard()
    dashboard.document["position"]["ROW-1"]["meta"] = {"0": "ROOT_ID", "background": "BACKGROUND_TRANSPARENT"}
    assert reported(dashboard) == []


def test_a_connection_is_never_migrated():
    assert reported(a_database(extra={"project_id": 5})) == []


def test_every_name_that_is_none_has_its_reason():
    assert all(NOT_REFERENCES.values())
    assert not any(is_reference_name(name) for name in NOT_REFERENCES)


@pytest.mark.parametrize("recording", ["6.1", "6.1-imported"])
def test_a_recorded_export_holds_no_suspect_once_it_is_symbolic(recording: str):
    """132 assets of a real server: every number in them is at a known place, or is no reference."""
    folder = RECORDED.parent.parent / recording
    inventory = _inventory(folder)
    symbolic = [symbolise(asset, inventory)[0] for asset in read_bundle((folder / "all.zip").read_bytes())]
    assert len(symbolic) == 132
    assert [(str(asset), *each) for asset in symbolic for each in reported(asset)] == []


def test_json_in_json_in_json_ends_no_plan():
    text = '{"chart_id": 5}'
    for _ in range(8):
        text = json.dumps({"a": [[[[[[[[[[text]]]]]]]]]]})
    assert [value for _, value in reported(a_chart(params={"note": text}))] == [5]


def test_an_export_holds_suspects_before_it_is_made_symbolic():
    found = [path for asset in read_bundle(RECORDED.read_bytes()) for path, _ in reported(asset)]
    assert len(found) > 300
    assert any(path.endswith(".meta.chartId") for path in found)
    assert any(path == "params.datasource" for path in found)


# --- the note ---------------------------------------------------------------------------------------------------------


def test_the_warning_names_asset_path_and_value():
    chart = a_chart(params={"target_chart": 5})
    (note,) = suspect_notes(Bundle.of([chart, a_dataset(), a_dashboard()]))
    assert note.kind == "unknown_references"
    assert note.assets == ("chart “Revenue”: params.target_chart = 5",)


def test_nothing_is_reported_where_nothing_is_suspected():
    assert suspect_notes(Bundle.of([a_chart(), a_dataset(), a_dashboard()])) == ()


def test_a_reference_is_not_reported_and_what_is_beside_it_in_the_same_json_is():
    held = {"id": 1, "slice_name": "Sales", "report_id": 7, "params": json.dumps({"slice_id": 1, "layer_id": "8"})}
    inventory = Inventory.of([Entry(Key(Kind.CHART, CHART), 1, "Revenue", {})])
    symbolic, stale = symbolise(a_chart(params={"selected_chart": json.dumps(held)}), inventory)
    assert not stale
    assert reported(symbolic) == [
        ("params.selected_chart.report_id", 7),
        ("params.selected_chart.params.layer_id", "8"),
    ]


def test_suspects_of_an_asset_do_not_drown_those_of_others():
    chart = a_chart(params={"target_charts": list(range(1, 100))})
    (note,) = suspect_notes([chart, a_dashboard(metadata={"report_id": 4})])
    assert len(note.assets) == 7
    assert note.assets[5:] == ("chart “Revenue”: 94 more", "dashboard “Sales”: metadata.report_id = 4")


def test_a_path_cannot_break_the_line():
    (note,) = suspect_notes([a_chart(params={"a\nb": {"chart_id": 5}})])
    assert note.assets == ("chart “Revenue”: params.a\\nb.chart_id = 5",)


def _inventory(folder: Path) -> Inventory:
    lists = ((kind, json.loads((folder / f"{kind}.json").read_text())) for kind in Kind)
    rows = ((kind, row) for kind, answer in lists for row in (answer if isinstance(answer, list) else answer["result"]))
    return Inventory.of(_entry(kind, row) for kind, row in rows)


def _entry(kind: Kind, row: dict[str, Any]) -> Entry:

    return Entry(Key(kind, row["uuid"]), row["id"], "", row)
