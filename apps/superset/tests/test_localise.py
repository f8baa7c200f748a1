"""References become the numbers of the environment that is written to."""

from __future__ import annotations

import json

from apps.superset.assets import Asset, Key, Kind
from apps.superset.references.localise import column_references, localise
from apps.superset.references.reference import Column, Form, Numbers, Own, symbols
from apps.superset.tests.builders import chart_ref, dashboard_ref, dataset_ref

TABLE, CHART, OTHER, BOARD = (f"{n}0000000-0000-0000-0000-000000000000" for n in "1234")
IDS = {Key(Kind.DATASET, TABLE): 70, Key(Kind.CHART, CHART): 110, Key(Kind.DASHBOARD, BOARD): 30}
NUMBERS = Numbers(IDS.get, lambda dataset, column: {(TABLE, "amount"): 5010}.get((dataset, column)))


def chart(**document: object) -> Asset:
    whole = {"uuid": CHART, "dataset_uuid": TABLE, "params": {}, "query_context": None, **document}
    return Asset(Key(Kind.CHART, CHART), "Revenue", whole)


def test_a_chart_gets_the_numbers_of_the_environment() -> None:
    params = {
        "datasource": dataset_ref(TABLE, "__table"),
        "slice_id": Own(),
        "dashboards": [dashboard_ref(BOARD), dashboard_ref(OTHER)],
        "metric": {"column": {"id": Column("amount"), "column_name": "amount"}},
        "percent": {"column": {"id": Column("gone"), "column_name": "gone"}},
    }
    local = localise(
        chart(params=params, query_context={"form_data": {"url_params": {"slice_id": Own(Form.TEXT)}}}), NUMBERS
    )
    assert local.document["params"] == {
        "datasource": "70__table",
        "slice_id": 110,
        "dashboards": [30],
        "metric": {"column": {"id": 5010, "column_name": "amount"}},
        "percent": {"column": {"column_name": "gone"}},
    }
    assert json.loads(local.document["query_context"]) == {"form_data": {"url_params": {"slice_id": "110"}}}


LOOKALIKES = {
    "label": "@self",
    "slice_id": "@self",
    "column": "@column/amount",
    "deck_slices": [f"@chart/{CHART}", f"@dataset/{TABLE}__table"],
}


def test_text_that_only_looks_like_a_reference_to_itself_stays() -> None:
    local = localise(chart(params=LOOKALIKES), NUMBERS)
    assert local.document["params"] == LOOKALIKES


def test_a_dashboard_gets_the_numbers_of_the_environment() -> None:
    known, unknown = chart_ref(CHART), chart_ref(OTHER)
    node = {"type": "CHART", "meta": {"uuid": CHART, "width": 4}}
    metadata = {
        "chart_configuration": {known: {"id": known, "crossFilters": {"chartsInScope": [known, unknown]}}},
        "expanded_slices": {unknown: True},
    }
    document = {"uuid": BOARD, "position": {"CHART-a": node, "VERSION": "v2"}, "metadata": metadata}
    local = localise(Asset(Key(Kind.DASHBOARD, BOARD), "Board", document), NUMBERS)
    assert local.document["position"] == {
        "CHART-a": {"type": "CHART", "meta": {"uuid": CHART, "width": 4, "chartId": 110}},
        "VERSION": "v2",
    }
    assert local.document["metadata"] == {
        "chart_configuration": {"110": {"id": 110, "crossFilters": {"chartsInScope": [110]}}},
        "expanded_slices": {},
    }


def test_what_an_asset_refers_to_can_be_listed() -> None:
    asset = chart(params={"metric": {"column": {"id": Column("amount"), "column_name": "amount"}}})
    assert column_references(asset) == {"amount"}
    assert list(symbols({chart_ref(CHART): [dataset_ref(TABLE, "__table"), "plain"]})) == [
        chart_ref(CHART),
        dataset_ref(TABLE, "__table"),
    ]


def test_other_parameters_of_the_address_keep_their_types() -> None:
    links = {"slice_id": Own(Form.TEXT), "standalone": True, "n": 3, "none": None}
    params = localise(chart(params={"url_params": links}), NUMBERS).document["params"]
    assert params == {"url_params": {"slice_id": "110", "standalone": True, "n": 3, "none": None}}
