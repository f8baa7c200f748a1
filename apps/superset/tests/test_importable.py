"""What the importer would refuse or spoil is known beforehand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.superset.assets import Asset
from apps.superset.errors import BundleInvalid
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.symbolise import symbolise
from apps.superset.releases.base import Release
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.builders import (
    CHART,
    DATASET,
    a_chart,
    a_column,
    a_dashboard,
    a_dataset,
    a_filter,
    a_layout,
    a_metric,
)
from apps.superset.tests.world import recorded, recorded_ids
from apps.superset.validation import importable
from apps.superset.validation.importable import checked, is_restorable


def obstacles(asset: Asset, release: Release) -> list[str]:
    return [str(each) for each in importable.obstacles(asset, release)]


def test_ordinary_assets_meet_no_obstacle() -> None:
    assets = [
        a_dataset(template_params="", extra="", params=None),
        a_dataset(extra={"a": 1}, template_params={}),
        a_chart(),
        a_dashboard(),
    ]
    assert [obstacles(asset, RELEASE) for asset in assets] == [[], [], [], []]


@pytest.mark.parametrize(
    ("asset", "message"),
    [
        (a_dataset(template_params="{broken"), "template_params is a text where an object was expected"),
        (a_dataset(template_params=[1]), "template_params is a list where an object was expected"),
        (a_dataset(extra="{broken"), "extra is a text where an object was expected"),
        (a_dataset(params=""), "params is a text where an object was expected"),
        (a_dataset(table_name=None), "table_name is null, which the importer refuses"),
        (a_dataset(offset="x"), "offset is a text where a number was expected"),
        (a_dataset(offset="5"), "offset is a text where a number was expected"),
        (a_dataset(offset=2**40), "offset is a number that does not fit into Superset's database"),
        (a_dataset(normalize_columns="yes"), "normalize_columns is a text where true or false was expected"),
        (a_dataset(cache_timeout=True), "cache_timeout is true or false where a number was expected"),
        (a_dataset(colour="red"), "colour is a field that this release does not know"),
        (a_dataset(database_uuid="7"), "database_uuid is no UUID"),
        (a_dataset(data="https://example.org/x.csv"), "data would make the target load rows from an address"),
        (a_dataset(params={"a": "x" * 1000}), "params has 1009 characters, and 1000 is the most"),
        (a_dataset(columns={"a": 1}), "columns is an object where a list was expected"),
        (a_dataset(columns=["a"]), "columns[0] is a text where an object was expected"),
        (
            a_dataset(columns=[a_column("country", extra="x")]),
            "columns[0].extra (column “country”) is a text that is no JSON",
        ),
        (
            a_dataset(columns=[a_column("country"), a_column("amount", groupby="yes")]),
            "columns[1].groupby (column “amount”) is a text where true or false was expected",
        ),
        (
            a_dataset(columns=[a_column("country", uuid=DATASET)]),
            "columns[0].uuid (column “country”) is a field that this release does not know",
        ),
        (
            a_dataset(columns=[a_column("country"), a_column("country")]),
            "columns has 2 of the name “country”, and an import would make them one",
        ),
        (
            a_dataset(metrics=[a_metric("count", "COUNT(*)", extra="x")]),
            "metrics[0].extra (metric “count”) is a text that is no JSON",
        ),
        (
            a_dataset(metrics=[{"metric_name": "count"}]),
            "metrics[0].expression (metric “count”) is missing",
        ),
        (
            a_dataset(metrics=[a_metric("count", "COUNT(*)", currency={"symbol": 5})]),
            "metrics[0].currency.symbol (metric “count”) is a number where a text was expected",
        ),
        (
            a_dataset(metrics=[a_metric("count", "COUNT(*)", currency={"symbol": "E" * 129})]),
            "metrics[0].currency.symbol (metric “count”) has 129 characters, and 128 is the most",
        ),
        (
            a_dataset(folders=[{"uuid": DATASET, "type": "drawer", "name": "A", "children": []}]),
            "folders[0].type is none of metric, column, folder",
        ),
        (
            a_dataset(folders=[{"uuid": DATASET, "name": "A"}]),
            "folders[0].children is missing, though the folder has a name",
        ),
        (
            a_dataset(folders=[{"uuid": DATASET, "name": "A", "children": [{"name": "B", "children": []}]}]),
            "folders[0].children[0].uuid is missing",
        ),
        (a_chart(slice_name=7), "slice_name is a number where a text was expected"),
        (a_chart(viz_type=None), "viz_type is null, which the importer refuses"),
        (a_chart(cache_timeout=[1]), "cache_timeout is a list where a number was expected"),
        (a_chart(roles=["Admin"]), "roles is a field that this release does not know"),
        (a_chart(query_context={"form_data": "{}"}), "query_context.form_data is a text where an object was expected"),
        (a_chart(query_context={"queries": {}}), "query_context.queries is an object where a list was expected"),
        (a_chart(query_context={"queries": [5]}), "query_context.queries[0] is a number where an object was expected"),
        (a_dashboard(slug=5), "slug is a number where a text was expected"),
        (a_dashboard(published="x"), "published is a text where true or false was expected"),
        (a_dashboard(roles=["Admin"]), "roles is a field that this release does not know"),
        (
            a_dashboard(metadata={"timed_refresh_immune_slices": {}}),
            "metadata.timed_refresh_immune_slices is an object where a list was expected",
        ),
        (
            a_dashboard(metadata={"expanded_slices": [1]}),
            "metadata.expanded_slices is a list where an object was expected",
        ),
        (
            a_dashboard(metadata={"native_filter_configuration": [a_filter(targets=[None])]}),
            "metadata.native_filter_configuration[0].targets[0] is null where an object was expected",
        ),
        (
            a_dashboard(metadata={"native_filter_configuration": [a_filter(scope="all")]}),
            "metadata.native_filter_configuration[0].scope is a text where an object was expected",
        ),
        (
            a_dashboard(metadata={"native_filter_configuration": [a_filter(scope={"excluded": 5})]}),
            "metadata.native_filter_configuration[0].scope.excluded is a number where a list was expected",
        ),
        (
            a_dashboard(metadata={"global_chart_configuration": {"scope": "global"}}),
            "metadata.global_chart_configuration.scope is a text where an object was expected",
        ),
        (
            a_dashboard(metadata={"chart_configuration": {"a": {"crossFilters": []}}}),
            "metadata.chart_configuration.a.crossFilters is a list where an object was expected",
        ),
        (
            a_dashboard(position={**a_layout(CHART), "X": {"children": []}}),
            "position.X.type is missing",
        ),
        (
            a_dashboard(position={**a_layout(CHART), "CHART-x": {"type": "CHART"}}),
            "position.CHART-x.meta is null where an object was expected",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_be_refused_says_where_and_why(asset: Asset, message: str) -> None:
    assert obstacles(asset, RELEASE) == [message]


def test_many_problems_of_one_asset_are_counted() -> None:
    messages = obstacles(a_dataset(columns=[a_column(f"c{number}", groupby=7) for number in range(300)]), RELEASE)
    assert len(messages) == 11
    assert messages[-1] == "and 290 more"


def test_a_chart_that_an_import_deletes_is_not_sent() -> None:
    assert obstacles(a_chart(viz_type="filter_box"), RELEASE)


def test_a_chart_without_a_dataset_cannot_be_brought_back() -> None:
    assert is_restorable(a_chart(), RELEASE)
    assert not is_restorable(a_chart(dataset_uuid=None), RELEASE)
    assert not is_restorable(a_dataset(extra="{broken"), RELEASE)


def test_a_text_that_superset_s_database_does_not_hold_says_where() -> None:
    assert obstacles(a_dataset(table_name="t" * 250), RELEASE) == []
    assert obstacles(a_dataset(table_name="t" * 251), RELEASE) == ["table_name has 251 characters, and 250 is the most"]
    assert obstacles(a_dataset(metrics=[a_metric("m" * 256, "COUNT(*)")]), RELEASE)[0].endswith(
        "has 256 characters, and 255 is the most"
    )
    assert obstacles(a_dataset(metrics=[a_metric("m", "COUNT(*)", metric_type="t" * 33)]), RELEASE)
    assert obstacles(a_dataset(columns=[a_column("c", advanced_data_type="t" * 256)]), RELEASE)
    assert obstacles(a_dataset(currency_code_column="c" * 251), RELEASE)
    assert obstacles(a_dataset(params={"note": "n" * 985}), RELEASE) == []
    assert obstacles(a_dataset(params={"note": "n" * 1000}), RELEASE) == [
        "params has 1012 characters, and 1000 is the most"
    ]
    assert obstacles(a_chart(params={"note": "n" * 2000}), RELEASE) == []
    assert obstacles(a_chart(slice_name="c" * 251), RELEASE)
    assert obstacles(a_dashboard(dashboard_title="d" * 501), RELEASE)


def test_what_is_about_to_be_sent_is_looked_at_again() -> None:
    fine, wrong = a_dataset(), a_dataset(columns=[a_column("country", groupby=None)])
    assert checked([fine], RELEASE, "prod") == [fine]
    with pytest.raises(
        BundleInvalid, match=r"prod: dataset “sales”: .*columns\[0\].groupby \(column “country”\) is null"
    ):
        checked([fine, wrong], RELEASE, "prod")


def test_what_a_real_server_exported_is_not_refused() -> None:
    inventory = Inventory.of(Entry(key, number, "", {}) for key, number in recorded_ids().items())
    assert [message for asset in recorded() for message in obstacles(symbolise(asset, inventory)[0], RELEASE)] == []


def test_a_sentence_about_an_asset_does_not_grow_with_its_name() -> None:
    assert len(str(replace(a_dataset(), name="t" * 1_000_000))) < 300
