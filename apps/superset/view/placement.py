# [DEF:superset.view.placement:Module]
# @COMPLEXITY: 2
# @PURPOSE: Where a difference is shown: among which fields, under which name, or as a text of its own.

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from apps.superset.diff.difference import Difference
from apps.superset.diff.wording import NAMED_BY_US
from apps.superset.messages.marking import Translate
from apps.superset.messages.marking import gettext_noop as _

CODES = ("settings", "filters", "metrics", "columns", "access", "other")
TITLES: Mapping[str, str] = {
    "settings": _("Settings"),
    "filters": _("Filters"),
    "metrics": _("Metrics"),
    "columns": _("Columns"),
    "access": _("Access"),
    "other": _("Other"),
}
NAMES: Mapping[str, str] = {
    "name_changed": _("name"),
    "title_changed": _("title"),
    "published_changed": _("published"),
    "draft_meanwhile": _("published"),
    "table_changed": _("table"),
    "dataset_changed": _("dataset"),
    "database_changed": _("database"),
    "viz_type_changed": _("chart type"),
    "color_scheme_changed": _("color scheme"),
    "refresh_changed": _("refresh interval in seconds"),
    "query_context_changed": _("stored query"),
    "references_unfinished": _("references"),
}
"""By kind; other differences are named by their subject."""

FILTER_SETTINGS = frozenset({"adhoc_filters", "adhoc_filters_b", "filters", "time_range", "extra_filters"})
METRIC_SETTINGS = frozenset(
    {"metric", "metrics", "metrics_b", "metric_2", "percent_metrics", "secondary_metric", "timeseries_limit_metric"}
)
COLUMN_SETTINGS = frozenset(
    {"groupby", "groupby_b", "groupbyRows", "groupbyColumns", "columns", "all_columns", "series", "x_axis"}
)
ACCESS = frozenset({"published", "roles", "owners", "is_managed_externally"})
GENERAL = ("field_", "references_", "query_context_")
LANGUAGES = {
    **dict.fromkeys(("sql", "expression", "sqlExpression", "where", "having", "fetch_values_predicate"), "sql"),
    "css": "css",
    **dict.fromkeys(("code", "description", "markdown", "handlebarsTemplate", "warning_markdown"), "markdown"),
}
HEADINGS = {"sql": _("SQL"), "css": _("CSS"), "markdown": _("Text"), "json": _("JSON")}


def code_of(difference: Difference) -> str:
    """Which fields it is among."""
    kind, path = difference.kind, difference.path
    name = _after(path, "params.")
    if kind.startswith(("filter_", "customization_", "cross_filters_")) or name in FILTER_SETTINGS:
        return "filters"
    if kind.startswith("metric_") or name in METRIC_SETTINGS:
        return "metrics"
    if kind.startswith("column_") or name in COLUMN_SETTINGS:
        return "columns"
    if path in ACCESS:
        return "access"
    if path.startswith("position") or kind.startswith(GENERAL):
        return "other"
    return "settings"


def _after(path: str, start: str) -> str:
    return re.split(r"[.\[]", path.removeprefix(start))[0] if path.startswith(start) else ""


def name_of(difference: Difference, translate: Translate) -> str:
    if difference.kind in NAMES:
        return translate(NAMES[difference.kind])
    subject = difference.subject or difference.path
    return translate(subject) if subject and difference.kind.startswith(NAMED_BY_US) else subject


def language_of(difference: Difference, before: Any, after: Any) -> str | None:
    """The language of values that are shown as a text with lines; None for others."""
    sides = [value for value in (before, after) if value is not None]
    if not sides or not all(isinstance(value, str) for value in sides):
        return None
    last = re.split(r"[.\]\[]", difference.path.rstrip(']"'))[-1]
    language = LANGUAGES.get(last)
    if difference.kind in ("sql_changed", "css_changed", "markdown_changed"):
        return language or "markdown"
    if not any("\n" in value for value in sides):
        return None
    return language or ("json" if all(_is_json(value) for value in sides) else "markdown")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def heading(difference: Difference, language: str, translate: Translate) -> str:
    """`SQL` of a dataset; others with the name of what they belong to."""
    if difference.path in ("sql", "css"):
        return translate(HEADINGS[language])
    return f"{translate(HEADINGS[language])}: {name_of(difference, translate)}"
