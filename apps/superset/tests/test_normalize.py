"""The normal form: equal for what means the same, different for everything else."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest

from apps.superset.assets import Asset, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.content.ignored_keys import RULES, canonical_json
from apps.superset.content.normalize import content_hash, normalize
from apps.superset.references.reference import Column, Own
from apps.superset.tests.builders import (
    CHART,
    DATASET,
    RECORDED,
    a_chart,
    a_column,
    a_dashboard,
    a_dataset,
    a_filter,
    a_layout,
    a_metric,
    chart_ref,
    dashboard_ref,
    uuid,
)


def equal(one: Asset, other: Asset) -> bool:
    return content_hash(one) == content_hash(other)


# --- means the same --------------------------------------------------------------------------------------------------


def test_a_recorded_export_equals_itself_and_normalising_twice_changes_nothing():
    for asset in read_bundle(RECORDED.read_bytes()):
        once = normalize(asset)
        assert normalize(once).document == once.document


def test_normalising_leaves_the_document_it_was_given_alone():
    asset = a_dashboard(metadata={"default_filters": "{}", "label_colors": {}})
    before = copy.deepcopy(asset.document)
    normalize(asset)
    assert asset.document == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(a_dashboard(), a_dashboard(tags=[]), id="no tags"),
        pytest.param(a_dashboard(), a_dashboard(theme_uuid=None), id="null and absent"),
        pytest.param(a_dashboard(), a_dashboard(version="1.0.1"), id="version of the format"),
        pytest.param(a_dashboard(published=False), a_dashboard(published=None), id="never published"),
        pytest.param(a_dataset(offset=0), a_dataset(offset=None), id="no offset"),
        pytest.param(a_dataset(), a_dataset(normalize_columns=False), id="a default"),
        pytest.param(a_dataset(template_params=""), a_dataset(template_params=None), id="template_params"),
        pytest.param(a_chart(), a_chart(params={"annotation_layers": []}), id="no annotations"),
        pytest.param(a_chart(), a_chart(params={"slice_id": Own()}), id="own id"),
        pytest.param(a_chart(), a_chart(params={"dashboards": [dashboard_ref(uuid(4))]}), id="dashboards of a chart"),
        pytest.param(
            a_chart(params={"datasource": "3__table"}), a_chart(params={"datasource": "7__table"}), id="source"
        ),
        pytest.param(a_dashboard(), a_dashboard(metadata={"default_filters": "{}"}), id="filter box"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"show_native_filters": True}), id="old switch"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"refresh_frequency": 0, "label_colors": {}}), id="defaults"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"cross_filters_enabled": True}), id="cross filters on"),
    ],
)
def test_what_superset_treats_alike_is_equal(one, other):
    assert equal(one, other)


def test_missing_metadata_is_empty_metadata():
    bare = a_dashboard()
    document = {name: value for name, value in bare.document.items() if name != "metadata"}
    assert equal(bare.with_document(document), bare.with_document({**document, "metadata": {}}))


def test_columns_and_metrics_are_compared_by_name_and_not_by_order():
    columns, metrics = [a_column("a"), a_column("b")], [a_metric("x", "1"), a_metric("y", "2")]
    assert equal(a_dataset(columns=columns, metrics=metrics), a_dataset(columns=columns[::-1], metrics=metrics[::-1]))
    assert list(normalize(a_dataset(columns=columns)).document["columns"]) == ["a", "b"]


def test_a_column_that_was_never_deactivated_is_active():
    assert equal(a_dataset(columns=[a_column("a", is_active=None)]), a_dataset(columns=[a_column("a", is_active=True)]))
    assert not equal(
        a_dataset(columns=[a_column("a", is_active=False)]), a_dataset(columns=[a_column("a", is_active=None)])
    )


def test_two_columns_of_one_name_are_both_kept_in_any_order():
    columns = [a_column("a", type="INT"), a_column("a", type="TEXT")]
    assert equal(a_dataset(columns=columns), a_dataset(columns=columns[::-1]))
    assert list(normalize(a_dataset(columns=columns)).document["columns"]) == ["a (1)", "a (2)"]


def test_the_number_of_a_column_says_nothing_that_its_name_does_not():
    def chart(**extra):
        return a_chart(params={"metric": {"column": {"column_name": "amount", **extra}, "aggregate": "SUM"}})

    assert equal(chart(), chart(id=Column("amount")))


def test_the_source_inside_a_stored_query_follows_the_dataset():
    def chart(number):
        source = {"id": number, "type": "table"}
        form_data = {"datasource": f"{number}__table", "slice_id": Own(), "viz_type": "table"}
        return a_chart(
            query_context={"datasource": source, "queries": [{"datasource": source}], "form_data": form_data}
        )

    assert equal(chart(1), chart(2))


def test_sets_that_the_browser_writes_in_any_order_are_equal():
    def dashboard(*charts):
        return a_dashboard(metadata={"native_filter_configuration": [a_filter(chartsInScope=list(charts))]})

    assert equal(dashboard(chart_ref("a"), chart_ref("b")), dashboard(chart_ref("b"), chart_ref("a"), chart_ref("a")))


# --- differs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(a_dashboard(), a_dashboard(tags=["gold"]), id="tags"),
        pytest.param(a_dashboard(), a_dashboard(theme_uuid=uuid(9)), id="theme"),
        pytest.param(a_dashboard(css=""), a_dashboard(css=None), id="an empty text is kept by an import"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"label_colors": {"EU": "#fff"}}), id="colours"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"color_scheme_domain": ["#fff"]}), id="colour domain"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"cross_filters_enabled": False}), id="cross filters off"),
        pytest.param(a_dashboard(), a_dashboard(metadata={"made_up": None}), id="unknown settings"),
        pytest.param(a_chart(), a_chart(params={"row_limit": 1}), id="a setting"),
        pytest.param(a_chart(params={"x": 1}), a_chart(params={"x": True}), id="1 and true"),
        pytest.param(a_chart(), a_chart(params={"slice_id": 12}), id="numbers of a wire document"),
        pytest.param(a_chart(), a_chart(dataset_uuid=uuid(8)), id="dataset"),
        pytest.param(a_dataset(), a_dataset(database_uuid=uuid(8)), id="database"),
        pytest.param(a_dataset(sql="SELECT 1"), a_dataset(sql="SELECT 2"), id="SQL"),
    ],
)
def test_what_superset_distinguishes_is_different(one, other):
    assert not equal(one, other)


def test_the_hash_does_not_depend_on_the_order_of_keys():
    one = a_chart()
    assert equal(one, one.with_document(dict(reversed(list(one.document.items())))))


def test_yaml_values_are_distinguished_from_their_text():
    assert canonical_json({"d": datetime.date(2020, 1, 1)}) != canonical_json({"d": "2020-01-01"})
    assert canonical_json({datetime.date(2020, 1, 1): 1, "b": 2, 3: 4})


def test_every_rule_has_a_reason_and_each_path_can_apply_to_its_kinds():
    for kinds, path, _, reason in RULES:
        assert reason, path
        assert set(kinds) <= set(Kind), path


# --- generated layout ------------------------------------------------------------------------------------------------


def appended(row: str, *charts: tuple[str, str], size: int = 4) -> dict[str, Any]:
    """A layout to which an export has added a row with these charts (id, UUID)."""
    position = a_layout(CHART)
    position["GRID_ID"]["children"].append(row)
    position[row] = {
        "children": [name for name, _ in charts],
        "id": row,
        "meta": {"0": "ROOT_ID", "background": "BACKGROUND_TRANSPARENT"},
        "type": "ROW",
        "parents": ["ROOT_ID", "GRID_ID"],
    }
    for name, chart in charts:
        position[name] = {
            "children": [],
            "id": name,
            "meta": {"height": 50, "sliceName": "x", "uuid": chart, "width": size},
            "type": "CHART",
            "parents": ["ROOT_ID", "GRID_ID", row],
        }
    return position


def test_rows_that_an_export_invents_compare_equal_under_any_ids_and_order():
    one = appended("ROW-N-AAAAAAAA", ("CHART-AAAAAAA1", uuid(7)), ("CHART-AAAAAAA2", uuid(8)))
    other = appended("ROW-N-BBBBBBBB", ("CHART-BBBBBBB1", uuid(8)), ("CHART-BBBBBBB2", uuid(7)))
    assert equal(a_dashboard(position=one), a_dashboard(position=other))


def test_another_chart_in_such_a_row_is_a_difference():
    one = appended("ROW-N-AAAAAAAA", ("CHART-AAAAAAA1", uuid(7)))
    other = appended("ROW-N-BBBBBBBB", ("CHART-BBBBBBB1", uuid(8)))
    assert not equal(a_dashboard(position=one), a_dashboard(position=other))


def test_the_order_counts_once_a_person_has_resized_the_charts():
    charts = (("CHART-AAAAAAA1", uuid(7)), ("CHART-AAAAAAA2", uuid(8)))
    one = appended("ROW-N-AAAAAAAA", *charts, size=6)
    other = appended("ROW-N-AAAAAAAA", *charts[::-1], size=6)
    assert not equal(a_dashboard(position=one), a_dashboard(position=other))


def test_loose_charts_where_there_is_no_grid_compare_equal_under_any_ids():
    def position(name):
        node = {"children": [], "id": name, "type": "CHART", "meta": {"uuid": uuid(7), "height": 50, "width": 4}}
        return {**a_layout(CHART), name: node}

    assert equal(a_dashboard(position=position("CHART-AAAAAAAA")), a_dashboard(position=position("CHART-BBBBBBBB")))


def test_the_same_chart_appended_twice_is_kept_twice():
    position = appended("ROW-N-AAAAAAAA", ("CHART-AAAAAAA1", uuid(7)), ("CHART-AAAAAAA2", uuid(7)))
    names = set(normalize(a_dashboard(position=position)).document["position"])
    assert {f"CHART-{uuid(7)}", f"CHART-{uuid(7)}-2", "ROW-N-1"} <= names


def test_normalising_a_generated_row_twice_changes_nothing():
    position = appended("ROW-N-AAAAAAAA", ("CHART-AAAAAAA1", uuid(8)), ("CHART-AAAAAAA2", uuid(7)))
    once = normalize(a_dashboard(position=position))
    assert normalize(once) == once
    assert DATASET in str(once.document["metadata"])
