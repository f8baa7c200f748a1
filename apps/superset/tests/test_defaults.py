"""What the comparison takes for nothing is sent in a form that the importer accepts."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from apps.superset.assets import Asset, Kind
from apps.superset.content.comparable import hash_of
from apps.superset.content.ignored_keys import RULES
from apps.superset.content.normalize import content_hash
from apps.superset.content.untouched_keys import carried, sendable
from apps.superset.plan.plan import Action
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.builders import a_chart, a_column, a_dashboard, a_dataset, a_filter, a_metric
from apps.superset.tests.world import SALES, SALES_DATA, World
from apps.superset.validation.importable import obstacles

MADE = {Kind.DATASET: a_dataset, Kind.CHART: a_chart, Kind.DASHBOARD: a_dashboard}


def equates_null(treat: Any) -> bool:
    return treat(None) is not None


NULLS = [(kind, path) for kinds, path, treat, _ in RULES for kind in kinds if kind in MADE and equates_null(treat)]


def with_nulls(kind: Kind, path: str) -> Asset:
    """An asset with null wherever a rule's path leads; of `*`, in every field that a schema does not require."""
    asset = MADE[kind]()
    document = {**asset.document}
    names = path.split(".")
    if path == "*":
        fields = FIELDS[kind]
        document |= dict.fromkeys(fields)
    elif path in ("columns.*.*", "metrics.*.*"):
        row = {"columns": a_column("a"), "metrics": a_metric("a", "COUNT(*)")}[names[0]]
        document[names[0]] = [{**row, **dict.fromkeys(FIELDS[names[0]])}]
    elif names[0] in ("columns", "metrics"):
        document[names[0]] = [{**a_column("a"), names[-1]: None}]
    elif len(names) == 1:
        document[names[0]] = None
    elif names[0] == "query_context":
        document["query_context"] = {"queries": [{"datasource": None}], "form_data": {names[-1]: None}}
        if len(names) == 2:
            document["query_context"][names[-1]] = None
    else:
        document[names[0]] = {**(document.get(names[0]) or {}), names[-1]: None}
    return asset.with_document(document)


FIELDS: dict[Any, tuple[str, ...]] = {
    Kind.DATASET: (
        *("main_dttm_col", "currency_code_column", "description", "default_endpoint", "offset", "cache_timeout"),
        *("schema", "catalog", "sql", "params", "template_params", "filter_select_enabled", "fetch_values_predicate"),
        *("extra", "columns", "metrics", "data", "is_managed_externally", "external_url", "normalize_columns"),
        *("always_filter_main_dttm", "folders"),
    ),
    Kind.CHART: (
        *("description", "certified_by", "certification_details", "params", "query_context", "cache_timeout"),
        *("is_managed_externally", "external_url", "tags"),
    ),
    Kind.DASHBOARD: (
        *("description", "css", "slug", "metadata", "is_managed_externally", "external_url", "certified_by"),
        *("certification_details", "published", "tags", "theme_uuid"),
    ),
    "columns": (
        *("extra", "verbose_name", "is_dttm", "is_active", "type", "advanced_data_type", "groupby", "filterable"),
        *("expression", "description", "python_date_format", "datetime_format"),
    ),
    "metrics": (*("verbose_name", "metric_type", "description", "d3format", "currency", "extra", "warning_text"),),
}


@pytest.mark.parametrize(("kind", "path"), NULLS)
def test_every_null_that_the_comparison_takes_for_nothing_can_be_sent(kind: Kind, path: str) -> None:
    asset = with_nulls(kind, path)
    assert obstacles(asset, RELEASE) == []
    assert hash_of(sendable(asset)) == hash_of(asset)


@pytest.mark.parametrize("asset", [with_nulls(kind, path) for kind, path in NULLS], ids=lambda each: each.kind.value)
def test_sending_twice_changes_nothing_more(asset: Asset) -> None:
    assert sendable(sendable(asset)) == sendable(asset)
    assert carried(carried(asset)) == carried(asset)


def column_default(field: str) -> Any:
    """What a column of Superset's table of datasets holds unless something is given."""
    schemas = resources.files("apps.superset.releases.importer_schemas") / "v6_1.json"
    return json.loads(schemas.read_text())["tables"]["dataset"]["columns"][field].get("default")


@pytest.mark.parametrize(
    ("field", "default"),
    [("offset", 0), ("filter_select_enabled", True), ("normalize_columns", False), ("always_filter_main_dttm", False)],
)
def test_a_dataset_s_null_is_sent_as_the_column_s_default(field: str, default: Any) -> None:
    asset = a_dataset()
    asset = asset.with_document({**asset.document, field: None})
    assert sendable(asset).document[field] == default == column_default(field)


def test_a_field_that_is_not_there_stays_away() -> None:
    assert "offset" not in sendable(a_dataset()).document
    assert "css" not in sendable(a_dashboard().with_document({"uuid": "x"})).document


@pytest.mark.parametrize("field", ["groupby", "filterable"])
def test_a_column_that_is_offered_for_nothing_stays_so(field: str) -> None:
    null, false, true = (a_dataset(columns=[a_column("a", **{field: value})]) for value in (None, False, True))
    assert sendable(null).document["columns"][0][field] is False
    assert hash_of(null) == hash_of(false) != hash_of(true)


@pytest.mark.parametrize(
    ("currency", "sent"),
    [
        (None, None),
        ({}, None),
        ("", None),
        ("{}", None),
        ({"symbol": None, "symbolPosition": None}, None),
        ({"symbol": "", "symbolPosition": ""}, None),
        ({"symbol": "EUR", "symbolPosition": None}, {"symbol": "EUR"}),
        ({"symbol": "EUR", "symbolPosition": "suffix"}, {"symbol": "EUR", "symbolPosition": "suffix"}),
        ('{"symbol": "EUR", "symbolPosition": null}', {"symbol": "EUR"}),
    ],
)
def test_empty_parts_of_a_currency_are_left_out(currency: Any, sent: Any) -> None:
    asset = a_dataset(metrics=[a_metric("count", "COUNT(*)", currency=currency)])
    assert sendable(asset).document["metrics"][0]["currency"] == sent
    assert obstacles(asset, RELEASE) == []
    assert content_hash(carried(asset)) == hash_of(a_dataset(metrics=[a_metric("count", "COUNT(*)", currency=sent)]))


@pytest.mark.parametrize(
    "metadata",
    [
        {"native_filter_configuration": None},
        {"native_filter_configuration": [a_filter(scope=None, targets=None)]},
        {"chart_configuration": None},
        {"chart_configuration": {"a": {"id": "a", "crossFilters": None}}},
        {"chart_configuration": {"a": {"id": "a", "crossFilters": {"scope": None}}}},
        {"chart_configuration": {"a": None}},
        {"global_chart_configuration": None},
        {"global_chart_configuration": {"scope": None}},
        {"global_chart_configuration": {"scope": {"excluded": None}}},
        {"timed_refresh_immune_slices": None, "expanded_slices": None, "chart_customization_config": None},
        {"filter_scopes": None, "default_filters": None, "show_native_filters": None},
    ],
)
def test_nulls_that_break_an_import_off_are_left_out(metadata: dict[str, Any]) -> None:
    assert obstacles(a_dashboard(metadata=metadata), RELEASE) == []


def test_nulls_of_the_source_arrive_as_what_they_mean() -> None:
    world = World(SALES)
    dataset, dashboard = world.dev.document(SALES_DATA), world.dev.document(SALES)
    dataset |= {"offset": None, "filter_select_enabled": None, "normalize_columns": None, "template_params": ""}
    dataset["columns"][0] |= {"groupby": None, "filterable": None, "is_active": None, "extra": ""}
    dataset["metrics"][0]["currency"] = {"symbol": None, "symbolPosition": None}
    dashboard["metadata"] |= {"chart_configuration": None, "expanded_slices": None}
    planned = world.plan("1")
    assert world.apply(planned).verified
    there = world.prod.document(SALES_DATA)
    assert (there["offset"], there["filter_select_enabled"], there["normalize_columns"]) == (0, True, False)
    assert there["columns"][0]["groupby"] is False
    assert there["metrics"][0]["currency"] is None
    assert "chart_configuration" not in world.prod.document(SALES)["metadata"]
    assert {change.action for change in world.plan("1").plan.changes} == {Action.UNCHANGED}


def test_nulls_of_the_target_come_back_as_what_they_mean() -> None:
    world = World(SALES)
    world.apply(world.plan("1"))
    dataset = world.prod.document(SALES_DATA)
    dataset |= {"offset": None, "filter_select_enabled": None, "description": "prod's own"}
    dataset["columns"][0] |= {"groupby": None, "extra": ""}
    world.prod.document(SALES)["metadata"] |= {"chart_configuration": None, "color_scheme": "d3Category10"}
    planned = world.plan("1")
    world.apply(planned)
    assert world.roll_back(planned).verified
    assert world.prod.document(SALES_DATA)["description"] == "prod's own"
    assert world.prod.document(SALES_DATA)["filter_select_enabled"] is True
