# [DEF:superset.content.defaults:Module]
# @COMPLEXITY: 2
# @PURPOSE: Replaces nulls and empty parts that the importer refuses.
"""`ignored_keys.RULES` treats many nulls as a default, or as nothing. The importer of 6.1.0 refuses most of these: its
schema does (datasets/schemas.py), or its code raises an error and the whole request fails
(commands/dashboard/importers/v1/utils.py: update_id_refs, update_cross_filter_scoping; commands/utils.py). So they are
replaced by another form with the same meaning, both for sending and for comparing. Works on symbolic documents.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from apps.superset.assets import Asset, Document, Kind

VERSION = "1.0.0"
"""Of the file format: required, and compared as nothing."""


def with_defaults(asset: Asset) -> Asset:
    """The asset with meaningless nulls and empty parts in the form that the importer accepts. Idempotent; what has no
    such form is kept, for `importable` to refuse."""
    change = _CHANGES.get(asset.kind)
    return asset.with_document(change(asset.document)) if change else asset


NEVER_STORED = ("data", "is_managed_externally")
"""No export has them; nulls are left out, because the schema or the table refuses them."""


def _any(document: Document, filled: Mapping[str, Any]) -> dict[str, Any]:
    result = {name: item for name, item in document.items() if item is not None or name not in NEVER_STORED}
    return {**_filled(result, filled), "version": result.get("version") or VERSION}


DATASET = {
    "offset": 0,
    "filter_select_enabled": True,
    "normalize_columns": False,
    "always_filter_main_dttm": False,
    "columns": [],
    "metrics": [],
}
"""As in `ignored_keys`: the defaults of the columns (connectors/sqla/models.py)."""

COLUMN = {"is_active": True, "is_dttm": False, "groupby": False, "filterable": False}
"""The first two as in `ignored_keys`. A column whose `groupby` or `filterable` is null is offered neither for
grouping nor for filtering (same file: `filterable_column_names`; the browser asks in the same way)."""


def _dataset(document: Document) -> dict[str, Any]:
    result = _any(document, DATASET)
    for name in ("template_params", "extra"):
        if result.get(name) == "":
            result[name] = None
    result |= {name: [_row(each) for each in rows] for name, rows in _lists(result, "columns", "metrics")}
    return result


def _row(row: Any) -> Any:
    """A column or a metric. An empty `extra` aborts the import, which parses it as JSON."""
    if not isinstance(row, Mapping):
        return row
    result = _filled(row, COLUMN)
    if result.get("extra") == "":
        result["extra"] = None
    if "currency" in result:
        result["currency"] = _currency(result["currency"])
    return result


def _currency(value: Any) -> Any:
    """Without empty parts; null if all parts are empty. Superset parses a text of JSON
    (models/sql_types/base.py: CurrencyType)."""
    value = _from_text(value) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if part is not None and part != ""} or None


def _from_text(text: str) -> Any:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, Mapping) else text


def _chart(document: Document) -> dict[str, Any]:
    result = {"params": {}, **_any(document, {"params": {}})}
    if isinstance(params := result.get("params"), Mapping):
        result["params"] = _without_nulls(params, "annotation_layers")
    if isinstance(context := result.get("query_context"), Mapping):
        result["query_context"] = _without_nulls(context, "queries", "form_data")
    return result


METADATA = (
    *("native_filter_configuration", "chart_configuration", "global_chart_configuration", "chart_customization_config"),
    *("timed_refresh_immune_slices", "expanded_slices", "refresh_frequency", "color_scheme", "color_namespace"),
    *("label_colors", "shared_label_colors", "map_label_colors", "color_scheme_domain"),
)
"""Keys whose null has no meaning: the importer raises on some; a PUT or the browser writes defaults for others."""

GONE = ("default_filters", "filter_scopes", "show_native_filters")
"""Keys that an import removes from the metadata (commands/dashboard/importers/v1/utils.py, migrations/shared/
native_filters.py), and may raise on before it does."""


def _dashboard(document: Document) -> dict[str, Any]:
    result = _any(document, {"published": False, "metadata": {}})
    if isinstance(metadata := result.get("metadata"), Mapping):
        result["metadata"] = _metadata(metadata)
    return result


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    result = {name: item for name, item in _without_nulls(metadata, *METADATA).items() if name not in GONE}
    if isinstance(filters := result.get("native_filter_configuration"), list):
        result["native_filter_configuration"] = [_without_nulls(each, "targets", "scope") for each in filters]
    if isinstance(table := result.get("chart_configuration"), Mapping):
        result["chart_configuration"] = {name: _without_nulls(each, "crossFilters") for name, each in table.items()}
    if "global_chart_configuration" in result:
        result["global_chart_configuration"] = _without_nulls(result["global_chart_configuration"], "scope")
    return result


_CHANGES: Mapping[Kind, Callable[[Document], Document]] = {
    Kind.DATASET: _dataset,
    Kind.CHART: _chart,
    Kind.DASHBOARD: _dashboard,
}


def _filled(document: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults for nulls; missing keys stay missing, so that the target keeps its own."""
    return {name: defaults.get(name) if item is None else item for name, item in document.items()}


def _without_nulls(holder: Any, *names: str) -> Any:
    if not isinstance(holder, Mapping):
        return holder
    return {name: item for name, item in holder.items() if item is not None or name not in names}


def _lists(document: Mapping[str, Any], *names: str) -> list[tuple[str, list[Any]]]:
    return [(name, rows) for name in names if isinstance(rows := document.get(name), list)]
