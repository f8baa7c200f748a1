"""Differences are typed, readable, and say what a person would say."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from apps.superset.assets import Asset
from apps.superset.content.normalize import normalize
from apps.superset.diff.diff import Difference, diff
from apps.superset.diff.difference import VALUE_LIMIT
from apps.superset.tests.builders import (
    CHART,
    a_chart,
    a_column,
    a_dashboard,
    a_database,
    a_dataset,
    a_filter,
    a_layout,
    a_metric,
    chart_ref,
    uuid,
)
from apps.superset.tests.differing import differences, kinds, the_one

# --- all kinds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asset", [a_database(), a_dataset(), a_chart(), a_dashboard()], ids=str)
def test_equal_assets_have_no_differences(asset):
    assert differences(asset, copy.deepcopy(asset)) == []


def test_a_new_asset_is_reported_by_its_name_and_hash():
    (found,) = diff(None, normalize(a_chart()))
    assert found.kind == "created"
    assert found.after["name"] == "Revenue"
    assert len(found.after["content_hash"]) == 64


def test_the_sql_of_a_new_dataset_is_shown():
    (found,) = diff(None, normalize(a_dataset(sql="SELECT 1\nFROM a")))
    assert found.text.splitlines()[-2:] == ["+SELECT 1", "+FROM a"]


def test_an_unknown_key_is_shown_with_its_path():
    found = the_one(a_dashboard(), a_dashboard(metadata={"made": {"up": {"New York": 1}}}))
    assert (found.kind, found.path, found.after) == ("field_added", "metadata.made", {"up": {"New York": 1}})
    found = the_one(a_dashboard(metadata={"made": {"New York": 1}}), a_dashboard(metadata={"made": {"New York": None}}))
    assert (found.kind, found.path, found.before) == ("field_changed", 'metadata.made["New York"]', 1)


def test_null_and_absent_are_distinguished():
    found = the_one(a_dashboard(metadata={"made_up": None}), a_dashboard())
    assert found.kind == "field_removed"


def test_differences_go_through_json_unharmed():
    for each in differences(a_dashboard(), a_dashboard("Other", slug="s", metadata={"x": [1, {"y": None}]})):
        assert Difference.from_json(json.loads(json.dumps(each.to_json()))) == each


def test_a_long_value_is_kept_by_its_hash_so_that_two_still_differ():
    found = the_one(a_dashboard(css="a" * 50_000), a_dashboard(css="a" * 50_001))
    assert found.before["length"] > VALUE_LIMIT
    assert found.before["sha256"] != found.after["sha256"]
    assert len(json.dumps(found.to_json())) < 10_000


def test_sentences_are_one_short_line_each():
    after = a_dashboard("T" * 500 + "\nx", slug="a\nb", description="long\ntext " * 100)
    for each in differences(a_dashboard(), after):
        assert "\n" not in each.sentence()
        assert len(each.sentence()) < 300


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a" * 100 + "b", "a" * 100 + "c"),
        ("a b", "a  b"),
        ({"label": "Revenue", "sqlExpression": "SUM(a)"}, {"label": "Revenue", "sqlExpression": "SUM(b)"}),
        ([{"label": "Revenue", "aggregate": "SUM"}], [{"label": "Revenue", "aggregate": "AVG"}]),
        (["1, 2"], ["1", "2"]),
    ],
)
def test_two_sides_that_differ_never_read_the_same(before, after):
    sentence = Difference("filter_default_changed", "A", "", before, after).sentence()
    old, new = sentence.removeprefix("filter “A”: default ").split(" → ")
    assert old != new


# --- datasets --------------------------------------------------------------------------------------------------------


def test_sql_is_shown_as_a_text_diff():
    found = the_one(a_dataset(sql="SELECT a\nFROM t\nWHERE 1"), a_dataset(sql="SELECT a, b\nFROM t\nWHERE 1"))
    assert found.kind == "sql_changed"
    assert found.text.splitlines() == ["@@ -1,3 +1,3 @@", "-SELECT a", "+SELECT a, b", " FROM t", " WHERE 1"]
    assert found.sentence() == "SQL changed"


def test_sql_of_one_line_is_shown_as_a_text_diff():
    found = the_one(a_dataset(sql="SELECT 1"), a_dataset(sql="SELECT 2"))
    assert found.text.splitlines()[1:] == ["-SELECT 1", "+SELECT 2"]


def test_metrics_are_reported_by_name():
    old = [a_metric("a", "SUM(a)"), a_metric("b", "SUM(b)")]
    new = [a_metric("b", "SUM(b) / 2", d3format=",.2f"), a_metric("c", "SUM(c)")]
    sentences = [each.sentence() for each in differences(a_dataset(metrics=old), a_dataset(metrics=new))]
    assert sentences == [
        "metric “a” removed: SUM(a)",
        "metric “b” changed: expression “SUM(b)” → “SUM(b) / 2”, d3format nothing → “,.2f”",
        "metric “c” added: SUM(c)",
    ]


def test_a_renamed_metric_is_one_difference():
    old = [a_metric("a", "SUM(a)", verbose_name="A"), a_metric("b", "SUM(b)")]
    new = [a_metric("revenue", "SUM(a)", verbose_name="A"), a_metric("b", "SUM(b)")]
    found = the_one(a_dataset(metrics=old), a_dataset(metrics=new))
    assert found.sentence() == "metric “a” renamed to “revenue”"
    assert (found.kind, found.path, found.before, found.after) == ("metric_renamed", "metrics.revenue", "a", "revenue")


def test_a_renamed_calculated_column_is_one_difference():
    old, new = ([a_column(name, expression="a + 1")] for name in ("next", "following"))
    found = the_one(a_dataset(columns=old), a_dataset(columns=new))
    assert found.sentence() == "column “next” renamed to “following”"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([a_metric("a", "SUM(a)"), a_metric("b", "SUM(a)")], [a_metric("c", "SUM(a)")]),
        ([a_metric("a", "SUM(a)")], [a_metric("b", "SUM(a)"), a_metric("c", "SUM(a)")]),
        ([a_metric("a", "SUM(a)")], [a_metric("b", "SUM(a)", d3format=",.2f")]),
    ],
    ids=["two went", "two came", "the rest differs"],
)
def test_what_may_be_a_rename_of_two_is_reported_as_it_is(old, new):
    found = kinds(a_dataset(metrics=old), a_dataset(metrics=new))
    assert found == ["metric_removed"] * len(old) + ["metric_added"] * len(new)


def test_two_columns_of_the_table_are_never_taken_for_one():
    found = kinds(a_dataset(columns=[a_column("a")]), a_dataset(columns=[a_column("b")]))
    assert found == ["column_removed", "column_added"]


def test_a_changed_metric_holds_what_changed_in_it():
    found = the_one(a_dataset(metrics=[a_metric("a", "1")]), a_dataset(metrics=[a_metric("a", "2")]))
    assert (found.before, found.after, found.path) == ({"expression": "1"}, {"expression": "2"}, "metrics.a")


def test_columns_are_reported_by_name():
    old, new = [a_column("a"), a_column("b")], [a_column("b", is_active=False), a_column("c", type="INT")]
    assert kinds(a_dataset(columns=old), a_dataset(columns=new)) == ["column_removed", "column_changed", "column_added"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({"table_name": "x"}, "table_changed"), ({"schema": "x"}, "schema_changed"), ({"catalog": "x"}, "catalog_changed"),
     ({"database_uuid": uuid(9)}, "database_changed"), ({"description": "x"}, "description_changed")],
)  # fmt: skip
def test_facts_of_a_dataset_have_kinds_of_their_own(fields, kind):
    assert the_one(a_dataset(), a_dataset(**fields)).kind == kind


# --- charts ----------------------------------------------------------------------------------------------------------


def test_a_change_of_type_is_reported_once_though_it_is_stored_twice():
    found = the_one(a_chart(), a_chart(viz_type="pie", params={"viz_type": "pie"}))
    assert found.sentence() == "chart type: “table” → “pie”"


def test_a_type_that_is_not_the_same_in_both_places_is_reported():
    assert kinds(a_chart(), a_chart(params={"viz_type": "pie"})) == ["param_changed"]
    assert kinds(a_chart(params={"viz_type": "pie"}), a_chart(viz_type="pie", params={"viz_type": "pie"})) == [
        "viz_type_changed"
    ]


def test_settings_go_by_their_names_in_the_editor():
    metric = {"expressionType": "SIMPLE", "label": "SUM(amount)", "column": {"column_name": "amount"}}
    condition = {"expressionType": "SIMPLE", "subject": "country", "operator": "IN", "comparator": ["DE", "FR"]}
    after = a_chart(params={"metrics": ["count", metric], "adhoc_filters": [condition], "time_range": "Last week"})
    assert sorted(each.sentence() for each in differences(a_chart(), after)) == [
        "filters set to country IN DE, FR",
        "metrics: count → count, SUM(amount)",
        "time range set to “Last week”",
    ]


def test_a_stored_query_is_one_difference_that_lists_what_changed():
    def chart(**query: Any) -> Asset:
        return a_chart(query_context={"queries": [{"row_limit": 10, **query}]})

    found = the_one(chart(), chart(row_limit=20, metrics=["count"]))
    assert found.kind == "query_context_changed"
    assert found.text.splitlines() == [
        "query_context.queries[0].row_limit: 10 → 20",
        "query_context.queries[0].metrics set to count",
    ]


def test_another_dataset_is_reported():
    assert the_one(a_chart(), a_chart(dataset_uuid=uuid(9))).kind == "dataset_changed"


# --- dashboards ------------------------------------------------------------------------------------------------------


def test_title_slug_published_css_and_description_are_reported():
    after = a_dashboard("Umsatz", slug="umsatz", published=False, css="a {\n}", description="x")
    assert sorted(kinds(a_dashboard(), after)) == [
        "css_changed", "description_changed", "published_changed", "slug_changed", "title_changed",
    ]  # fmt: skip


def test_a_title_is_reported_once_though_the_layout_repeats_it():
    position = a_layout(CHART)
    position["HEADER_ID"]["meta"]["text"] = "Umsatz"
    assert the_one(a_dashboard(), a_dashboard("Umsatz", position=position)).kind == "title_changed"
    assert the_one(a_dashboard(), a_dashboard(position=position)).kind == "header_changed"


def with_filters(*filters: dict[str, Any]) -> Asset:
    return a_dashboard(metadata={"native_filter_configuration": list(filters)})


def test_filters_are_reported_by_name():
    found = differences(with_filters(a_filter("A"), a_filter("B")), with_filters(a_filter("B"), a_filter("C")))
    assert [each.sentence() for each in found] == ["filter “A” removed", "filter “C” added"]


def test_a_new_default_is_reported_with_both_values():
    after = a_filter(defaultDataMask={"filterState": {"value": ["EU", "US"]}})
    found = the_one(with_filters(a_filter()), with_filters(after))
    assert found.sentence() == "filter “Region”: default EU → EU, US"
    assert found.after == {"filterState": {"value": ["EU", "US"]}}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"name": "Land"}, "filter_renamed"),
        ({"targets": [{"column": {"name": "country"}, "datasetUuid": uuid(9)}]}, "filter_target_changed"),
        ({"scope": {"rootPath": ["TAB-1"], "excluded": []}}, "filter_scope_changed"),
        ({"chartsInScope": [chart_ref(CHART)]}, "filter_reach_changed"),
        ({"filterType": "filter_range"}, "filter_type_changed"),
        ({"controlValues": {"multiSelect": False}}, "filter_options_changed"),
        ({"cascadeParentIds": ["NATIVE_FILTER-x"]}, "filter_parents_changed"),
        ({"made_up": 1}, "field_added"),
    ],
)
def test_each_part_of_a_filter_has_a_kind_of_its_own(fields, kind):
    assert the_one(with_filters(a_filter()), with_filters({**a_filter(), **fields})).kind == kind


def test_only_the_filter_that_moved_is_reported():
    a, b, c = (a_filter(name) for name in "ABC")
    found = the_one(with_filters(a, b, c), with_filters(c, a, b))
    assert found.sentence() == "filter “C” moved from place 3 to 1"


def test_empty_and_missing_are_distinguished() -> None:
    assert the_one(a_chart(description=None), a_chart(description="")).sentence() == "description: nothing → “”"


def test_chart_customizations_are_reported_as_such():
    before = a_dashboard(metadata={"chart_customization_config": [a_filter("Group", id="C-1")]})
    after = a_dashboard(metadata={"chart_customization_config": [a_filter("Group", id="C-1", targets=[])]})
    assert the_one(before, after).sentence() == "chart customization “Group”: dataset or column country → empty"
    assert the_one(a_dashboard(), before).sentence() == "chart customization “Group” added"


def test_cross_filters_are_reported_with_the_name_of_the_chart():
    token = chart_ref(CHART)

    def dashboard(scope: str) -> Asset:
        return a_dashboard(metadata={"chart_configuration": {token: {"id": token, "crossFilters": {"scope": scope}}}})

    found = the_one(dashboard("global"), dashboard("none"))
    assert found.sentence() == "cross-filtering of chart “Chart a” changed: “global” → “none”"


def test_colours_are_reported_together():
    before = a_dashboard(metadata={"color_scheme": "a", "label_colors": {"EU": "#1", "US": "#2", "UK": "#3"}})
    after = a_dashboard(metadata={"color_scheme": "b", "label_colors": {"EU": "#1", "US": "#9"}})
    assert [each.sentence() for each in differences(before, after)] == [
        "color scheme: “a” → “b”",
        "colors changed: UK “#3” → nothing, US “#2” → “#9”",
    ]


# --- layout ----------------------------------------------------------------------------------------------------------
