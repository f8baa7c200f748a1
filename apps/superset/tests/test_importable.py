"""What the importer would refuse or spoil is known beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps.superset.importable import is_restorable, obstacles, too_long
from apps.superset.tests.builders import a_chart, a_column, a_dashboard, a_dataset, a_metric


def test_ordinary_assets_meet_no_obstacle() -> None:
    assets = [
        a_dataset(template_params="", extra="", params=None),
        a_dataset(extra={"a": 1}, template_params={}),
        a_chart(),
        a_dashboard(),
    ]
    assert [obstacles(asset) for asset in assets] == [[], [], [], []]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"template_params": "{broken"}, "template_params"),
        ({"template_params": [1]}, "template_params"),
        ({"extra": "{broken"}, "extra"),
        ({"params": ""}, "params"),
        ({"columns": [a_column("country", extra="")]}, "column “country” has something other than a JSON object"),
        ({"columns": [a_column("country", groupby=None)]}, "column “country” has no value for groupby"),
        ({"metrics": [a_metric("count", "COUNT(*)", extra="x")]}, "metric “count”"),
    ],
)
def test_a_dataset_that_would_be_refused_says_where(fields: dict[str, Any], told: str) -> None:
    (obstacle,) = obstacles(a_dataset(**fields))
    assert told in obstacle


def test_a_chart_that_an_import_deletes_is_not_sent() -> None:
    assert obstacles(a_chart(viz_type="filter_box"))


def test_a_chart_without_a_dataset_cannot_be_brought_back() -> None:
    assert is_restorable(a_chart())
    assert not is_restorable(a_chart(dataset_uuid=None))
    assert not is_restorable(a_dataset(extra="{broken"))


def test_a_text_that_superset_s_database_does_not_hold_says_where() -> None:
    assert too_long(a_dataset(table_name="t" * 250)) == []
    assert too_long(a_dataset(table_name="t" * 251)) == ["table_name has 251 characters, and 250 is the most"]
    assert too_long(a_dataset(metrics=[a_metric("m" * 300, "COUNT(*)")])) == [
        "metric 1: metric_name has 300 characters, and 255 is the most"
    ]
    assert too_long(a_dataset(metrics=[a_metric("m", "COUNT(*)", metric_type="t" * 33)]))
    assert too_long(a_dataset(columns=[a_column("c", advanced_data_type="t" * 256)]))
    assert too_long(a_dataset(currency_code_column="c" * 251))
    assert too_long(a_dataset(params={"note": "n" * 985})) == []
    assert too_long(a_dataset(params={"note": "n" * 1000})) == ["params has 1012 characters, and 1000 is the most"]
    assert too_long(a_chart(params={"note": "n" * 2000})) == []
    assert too_long(a_chart(slice_name="c" * 251))
    assert too_long(a_dashboard(dashboard_title="d" * 501))


def test_a_sentence_about_an_asset_does_not_grow_with_its_name() -> None:
    assert len(str(replace(a_dataset(), name="t" * 1_000_000))) < 300
