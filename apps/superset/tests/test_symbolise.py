"""Numbers of one environment become references; what they named is what counts, not where they stood."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.localise import localise
from apps.superset.references.reference import Column, Form, Numbers, Own, Ref
from apps.superset.references.symbolise import symbolise
from apps.superset.tests.builders import chart_ref, dashboard_ref, dataset_ref

TABLE, CHART, OTHER, BOARD = (f"{n}0000000-0000-0000-0000-000000000000" for n in "1234")


def inventory() -> Inventory:
    return Inventory.of(
        [
            Entry(Key(Kind.DATASET, TABLE), 7, "sales", {}),
            Entry(Key(Kind.CHART, CHART), 11, "Revenue", {}),
            Entry(Key(Kind.CHART, OTHER), 12, "Elsewhere", {}),
            Entry(Key(Kind.DASHBOARD, BOARD), 3, "Board", {}),
        ]
    )


def dashboard(**metadata: object) -> Asset:
    position = {"CHART-a": {"type": "CHART", "meta": {"uuid": CHART, "chartId": 11, "width": 4}}}
    return Asset(Key(Kind.DASHBOARD, BOARD), "Board", {"uuid": BOARD, "position": position, "metadata": metadata})


def chart(params: dict[str, object], query_context: object = None) -> Asset:
    document = {"uuid": CHART, "dataset_uuid": TABLE, "params": params, "query_context": query_context}
    return Asset(Key(Kind.CHART, CHART), "Revenue", document)


def test_the_chart_that_the_browser_shows_decides_over_a_stale_uuid_in_the_layout() -> None:
    asset = dashboard()
    asset.document["position"]["CHART-a"]["meta"]["chartId"] = 12
    symbolic, _ = symbolise(asset, inventory())
    assert symbolic.document["position"]["CHART-a"]["meta"] == {"uuid": OTHER, "width": 4}


def test_a_chart_that_was_deleted_keeps_its_place_in_the_layout_by_number_alone() -> None:
    """With a UUID that is nowhere the importer fails, or leaves later charts unlinked."""
    asset = dashboard()
    gone = "90000000-0000-0000-0000-000000000000"
    asset.document["position"]["CHART-b"] = {"type": "CHART", "meta": {"uuid": gone, "chartId": 99, "width": 4}}
    symbolic, _ = symbolise(asset, inventory())
    assert symbolic.document["position"]["CHART-b"]["meta"] == {"chartId": 99, "width": 4}


def test_the_layers_that_a_filter_applies_to_name_their_chart() -> None:
    scope = {"rootPath": ["ROOT_ID"], "selectedLayers": ["chart-11-layer-0", "chart-99-layer-1", "other"]}
    symbolic, stale = symbolise(dashboard(native_filter_configuration=[{"id": "f", "scope": scope}]), inventory())
    (after,) = symbolic.document["metadata"]["native_filter_configuration"]
    assert after["scope"]["selectedLayers"] == [Ref(Key(Kind.CHART, CHART), Form.LAYER, "0"), "other"]
    assert [each.value for each in stale] == ["chart-99-layer-1"]
    numbers = Numbers({Key(Kind.CHART, CHART): 110}.get)
    (local,) = localise(symbolic, numbers).document["metadata"]["native_filter_configuration"]
    assert local["scope"]["selectedLayers"] == ["chart-110-layer-0", "other"]


@pytest.mark.parametrize("number", ["99", 99])
def test_a_bare_number_among_layers_that_names_no_chart_of_the_dashboard_is_removed(number: str | int) -> None:
    """It might name a chart of the target."""
    scope = {"selectedLayers": [number, "other"]}
    symbolic, stale = symbolise(dashboard(native_filter_configuration=[{"id": "f", "scope": scope}]), inventory())
    assert symbolic.document["metadata"]["native_filter_configuration"][0]["scope"] == {"selectedLayers": ["other"]}
    assert [each.value for each in stale] == [number]


def test_a_choice_is_removed_with_its_value() -> None:
    """Alone, in a list, and where the target has no number for it."""
    custom = {"customization": {"datasetInfo": {"value": 99, "label": "x"}}, "deck_slices": [choice(11), choice(99)]}
    symbolic, stale = symbolise(dashboard(chart_customization_config=[custom]), inventory())
    (after,) = symbolic.document["metadata"]["chart_customization_config"]
    assert after == {"customization": {}, "deck_slices": [{"value": chart_ref(CHART), "label": "x"}]}
    assert [each.value for each in stale] == [99, 99]
    (local,) = localise(symbolic, Numbers(lambda _: None)).document["metadata"]["chart_customization_config"]
    assert local == {"customization": {}, "deck_slices": []}


def choice(number: int) -> dict[str, object]:
    return {"value": number, "label": "x"}


def test_json_text_in_which_nothing_is_named_any_more_is_text() -> None:
    """Else it would differ for ever from what the target holds."""
    symbolic, stale = symbolise(chart({"selected_chart": json.dumps({"id": 99, "x": 1})}), inventory())
    assert symbolic.document["params"]["selected_chart"] == json.dumps({"x": 1})
    assert [each.value for each in stale] == [99]


def test_a_name_stays_a_name() -> None:
    title = "see /superset/dashboard/3/"
    asset = dashboard()
    symbolic, _ = symbolise(asset.with_document({**asset.document, "dashboard_title": title}), inventory())
    assert symbolic.document["dashboard_title"] == title


def test_filters_that_are_no_mappings_are_left_as_they_are() -> None:
    symbolic, _ = symbolise(dashboard(native_filter_configuration=[None, "x"]), inventory())
    assert symbolic.document["metadata"]["native_filter_configuration"] == [None, "x"]


def test_a_filter_of_a_deck_gl_chart_repeats_its_charts() -> None:
    layered = {"expressionType": "SIMPLE", "subject": "x", "deck_slices": [12, 11], "layerFilterScope": [0]}
    symbolic, _ = symbolise(chart({"deck_slices": [12, 11], "adhoc_filters": [layered, "x"]}), inventory())
    tokens = [chart_ref(OTHER), chart_ref(CHART)]
    assert symbolic.document["params"] == {
        "deck_slices": tokens,
        "adhoc_filters": [{**layered, "deck_slices": tokens}, "x"],
    }


def test_every_numeric_place_of_a_dashboard_becomes_a_reference() -> None:
    named = chart_ref(CHART)
    scoped = {"scope": {"rootPath": ["ROOT_ID"], "excluded": [11]}, "chartsInScope": [11]}
    symbolic, stale = symbolise(
        dashboard(
            timed_refresh_immune_slices=[11],
            expanded_slices={"11": True},
            filter_scopes={"11": {"region": {"scope": ["ROOT_ID"], "immune": [11]}}},
            chart_configuration={"11": {"id": 11, "crossFilters": scoped}},
            global_chart_configuration=scoped,
            native_filter_configuration=[{**scoped, "targets": [{"datasetUuid": TABLE, "column": {"name": "x"}}]}],
            chart_customization_config=[{"targets": [{"datasetId": 7, "column": {"name": "x"}}]}],
        ),
        inventory(),
    )
    scoped_after = {"scope": {"rootPath": ["ROOT_ID"], "excluded": [named]}, "chartsInScope": [named]}
    assert stale == ()
    assert symbolic.document["metadata"] == {
        "timed_refresh_immune_slices": [named],
        "expanded_slices": {named: True},
        "filter_scopes": {named: {"region": {"scope": ["ROOT_ID"], "immune": [named]}}},
        "chart_configuration": {named: {"id": named, "crossFilters": scoped_after}},
        "global_chart_configuration": scoped_after,
        "native_filter_configuration": [{**scoped_after, "targets": [{"datasetUuid": TABLE, "column": {"name": "x"}}]}],
        "chart_customization_config": [{"targets": [{"datasetId": dataset_ref(TABLE), "column": {"name": "x"}}]}],
    }


@pytest.mark.parametrize("write", [int, str, lambda number: {"value": int(number), "label": "sales"}])
def test_the_dataset_of_a_dynamic_group_by_is_translated_in_every_shape(write: Callable[[int], object]) -> None:
    custom = {"customization": {"dataset": write(7), "column": "x"}, "targets": [{}]}
    symbolic, stale = symbolise(dashboard(chart_customization_config=[custom]), inventory())
    local = localise(symbolic, Numbers({Key(Kind.DATASET, TABLE): 70, Key(Kind.CHART, CHART): 110}.get))
    (after,) = local.document["metadata"]["chart_customization_config"]
    chosen = after["customization"]["dataset"]
    assert stale == ()
    assert after["customization"]["column"] == "x"
    assert chosen == write(70)


def test_numbers_of_charts_that_are_not_on_the_dashboard_are_left_out_and_reported() -> None:
    symbolic, stale = symbolise(dashboard(expanded_slices={"12": True, "99": True}), inventory())
    assert symbolic.document["metadata"]["expanded_slices"] == {}
    assert [(each.path, each.value) for each in stale] == [
        ("metadata.expanded_slices", "12"),
        ("metadata.expanded_slices", "99"),
    ]


def test_a_chart_names_its_own_dataset_itself_and_its_columns() -> None:
    column = {"column": {"id": 501, "column_name": "amount"}, "aggregate": "SUM"}
    symbolic, _ = symbolise(
        chart({"datasource": "999__table", "slice_id": 999, "dashboards": [3, 99], "metrics": [column]}), inventory()
    )
    assert symbolic.document["params"] == {
        "datasource": dataset_ref(TABLE, "__table"),
        "slice_id": Own(),
        "dashboards": [dashboard_ref(BOARD)],
        "metrics": [{"column": {"id": Column("amount"), "column_name": "amount"}, "aggregate": "SUM"}],
    }


def test_a_stored_query_is_read_as_what_it_says() -> None:
    query = {
        "datasource": {"id": 7, "type": "table"},
        "form_data": {"slice_id": 11, "datasource": "7__table", "dashboardId": 99, "url_params": {"slice_id": "11"}},
        "queries": [{"datasource": {"id": 7, "type": "table"}, "row_limit": 100}],
    }
    symbolic, stale = symbolise(chart({}, json.dumps(query)), inventory())
    where = {"id": dataset_ref(TABLE), "type": "table"}
    assert symbolic.document["query_context"] == {
        "datasource": where,
        "form_data": {
            "slice_id": Own(),
            "datasource": dataset_ref(TABLE, "__table"),
            "url_params": {"slice_id": Ref(Key(Kind.CHART, CHART), Form.TEXT)},
        },
        "queries": [{"datasource": where, "row_limit": 100}],
    }
    assert [each.value for each in stale] == [99]


def test_a_chart_remembers_by_which_other_chart_it_was_opened() -> None:
    """One that was saved under another name has the address of the first; its settings are its own."""
    symbolic, _ = symbolise(chart({"slice_id": 12, "url_params": {"slice_id": "12"}}), inventory())
    named = Ref(Key(Kind.CHART, OTHER), Form.TEXT)
    assert symbolic.document["params"] == {"slice_id": Own(), "url_params": {"slice_id": named}}


def test_a_stored_query_that_is_no_json_is_dropped_and_reported() -> None:
    symbolic, stale = symbolise(chart({}, "{"), inventory())
    assert symbolic.document["query_context"] is None
    assert [each.path for each in stale] == ["query_context"]


def test_a_word_where_a_number_may_stand_stays() -> None:
    """A parameter of an address is often the user's own: `url_param('dataset_id')` may be anything."""
    links = {"dataset_id": "customers", "dashboard_id": "my-slug", "focused_chart": "99"}
    symbolic, stale = symbolise(chart({"url_params": links}), inventory())
    assert symbolic.document["params"] == {"url_params": {"dataset_id": "customers", "dashboard_id": "my-slug"}}
    assert [each.value for each in stale] == ["99"]


def test_the_number_of_a_query_is_not_that_of_a_dataset() -> None:
    symbolic, stale = symbolise(chart({"url_params": {"datasource": "7__query"}}), inventory())
    assert symbolic.document["params"] == {"url_params": {}}
    assert [each.value for each in stale] == ["7__query"]
