# [DEF:superset.diff.wording:Module]
# @COMPLEXITY: 2
# @PURPOSE: Describes differences in English, one line each.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SHOWN = 80
NOTHING = "nothing"

SENTENCES = {
    "created": "new",
    "name_changed": "name: {before} → {after}",
    "title_changed": "title: {before} → {after}",
    "slug_changed": "slug: {before} → {after}",
    "published_changed": "published: {before} → {after}",
    "theme_changed": "theme: {before} → {after}",
    "tags_changed": "tags: {before} → {after}",
    "css_changed": "CSS changed",
    "description_changed": "description: {before} → {after}",
    "sql_changed": "SQL changed",
    "table_changed": "table: {before} → {after}",
    "schema_changed": "schema: {before} → {after}",
    "catalog_changed": "catalog: {before} → {after}",
    "database_changed": "database: {before} → {after}",
    "metric_added": "metric “{subject}” added: {after}",
    "metric_removed": "metric “{subject}” removed: {before}",
    "metric_renamed": "metric {before} renamed to {after}",
    "metric_changed": "metric “{subject}” changed: {changes}",
    "column_added": "column “{subject}” added: {after}",
    "column_removed": "column “{subject}” removed: {before}",
    "column_renamed": "column {before} renamed to {after}",
    "column_changed": "column “{subject}” changed: {changes}",
    "viz_type_changed": "chart type: {before} → {after}",
    "dataset_changed": "dataset: {before} → {after}",
    "param_added": "{subject} set to {after}",
    "param_removed": "{subject} no longer set (was {before})",
    "param_changed": "{subject}: {before} → {after}",
    "query_context_changed": "stored query changed",
    "filter_added": "filter “{subject}” added",
    "filter_removed": "filter “{subject}” removed",
    "filter_moved": "filter “{subject}” moved from place {before} to {after}",
    "filter_renamed": "filter “{subject}” renamed: {before} → {after}",
    "filter_default_changed": "filter “{subject}”: default {before} → {after}",
    "filter_target_changed": "filter “{subject}”: dataset or column {before} → {after}",
    "filter_scope_changed": "filter “{subject}”: scope changed",
    "filter_reach_changed": "filter “{subject}”: charts or tabs in reach changed",
    "filter_type_changed": "filter “{subject}”: type {before} → {after}",
    "filter_options_changed": "filter “{subject}”: options changed: {changes}",
    "filter_parents_changed": "filter “{subject}”: filters it depends on changed",
    "cross_filters_changed": "cross-filtering of {subject} changed: {before} → {after}",
    "cross_filters_added": "cross-filtering of {subject} set to {after}",
    "cross_filters_removed": "cross-filtering of {subject} no longer set (was {before})",
    "color_scheme_changed": "color scheme: {before} → {after}",
    "colors_changed": "colors changed: {changes}",
    "refresh_changed": "refresh interval in seconds: {before} → {after}",
    "references_unfinished": "ids that an interrupted run left unset are set",
    "chart_moved": "chart “{subject}” moved: {before} → {after}",
    "chart_resized": "chart “{subject}” resized: {changes}",
    "chart_replaced": "chart “{subject}”: shows another chart in its place",
    "chart_relinked": "chart “{subject}” is in the layout, and linked to the dashboard again",
    "chart_relabelled": "chart “{subject}”: label {before} → {after}",
    "markdown_changed": "text “{subject}” changed",
    "parents_stale": "“{subject}”: its list of parents does not match its position",
    "tab_renamed": "tab renamed: {before} → {after}",
    "header_changed": "header: {before} → {after}",
    "field_added": "{path} set to {after}",
    "field_removed": "{path} no longer set (was {before})",
    "field_changed": "{path}: {before} → {after}",
}
"""By kind. `{changes}` lists the parts of two mappings that differ; `{path}` is the subject, a path for these kinds."""

NOUNS = {"markdown": "text", "layout_column": "column", "custom": "chart customization"}


def worded(kind: str, subject: str, before: Any, after: Any) -> str:
    """The sentence of a kind; for one without its own: noun, subject, and what happened (`row “row 2” removed`)."""
    noun = ""
    template = SENTENCES.get(kind)
    if template is None and kind.startswith("customization_"):
        template = SENTENCES.get(kind.replace("customization_", "filter_"), "").replace(
            "filter", "chart customization", 1
        )
    if not template:
        noun, _, verb = kind.rpartition("_")
        noun = NOUNS.get(noun, noun.replace("_", " "))
        template = "{noun} “{subject}” " + verb + _MOVES.get(verb, "")
    old, new = distinguished(before, after)
    facts = {"noun": noun, "subject": subject, "path": subject, "before": old, "after": new}
    return template.format(**facts, changes=_changes(before, after))


_MOVES = {"moved": ": {before} → {after}", "added": " in {after}", "resized": ": {changes}", "changed": ": {changes}"}


def distinguished(before: Any, after: Any) -> tuple[str, str]:
    """Both values in few words; where these are the same, their JSON from shortly before it differs."""
    old, new = shown(before), shown(after)
    if old != new:
        return old, new
    texts = [json.dumps(value, sort_keys=True, default=str) for value in (before, after)]
    first = next((n for n, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    start = max(first - SHOWN // 4, 0)
    old, new = (("…" if start else "") + text[start : start + SHOWN] for text in texts)
    return old, new


def shown(value: Any) -> str:
    """A value in few words. An empty text, list or mapping is not nothing: Superset keeps them apart from null."""
    if value is None:
        return NOTHING
    if value in ([], {}):
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{_cut(value)}”"
    if isinstance(value, list):
        return _cut(", ".join(_item(item) for item in value))
    return _cut(_mapping(value)) if isinstance(value, Mapping) else str(value)


def _mapping(value: Mapping[str, Any]) -> str:
    """The part of a value that a person knows it by."""
    for name in ("place", "expression", "label", "type"):
        if isinstance(value.get(name), str) and value[name]:
            return str(value[name])
    if isinstance(state := value.get("filterState"), Mapping):
        return shown(state.get("value"))
    if value.get("subject"):
        return " ".join(_item(value[name]) for name in ("subject", "operator", "comparator") if value.get(name))
    if value.get("sqlExpression"):
        return str(value["sqlExpression"])
    if isinstance(column := value.get("column"), Mapping) and column.get("name"):
        return str(column["name"])
    return ", ".join(f"{name}: {_item(item)}" for name, item in value.items())


def _item(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def _changes(before: Any, after: Any) -> str:
    """`height 50 → 70, width 4 → 6`."""
    old, new = (value if isinstance(value, Mapping) else {} for value in (before, after))
    names = list(dict.fromkeys([*old, *new]))
    parts = [f"{name} {' → '.join(distinguished(old.get(name), new.get(name)))}" for name in names[:3]]
    more = [f"{len(names) - 3} more"] if len(names) > 3 else []
    return ", ".join([*parts, *more])


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
