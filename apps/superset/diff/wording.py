# [DEF:superset.diff.wording:Module]
# @COMPLEXITY: 2
# @PURPOSE: Describes differences, one line each.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _

SHOWN = 80
NOTHING = _("nothing")

SENTENCES = {
    "created": _("new"),
    "name_changed": _("name: {before} → {after}"),
    "title_changed": _("title: {before} → {after}"),
    "slug_changed": _("slug: {before} → {after}"),
    "published_changed": _("published: {before} → {after}"),
    "theme_changed": _("theme: {before} → {after}"),
    "tags_changed": _("tags: {before} → {after}"),
    "css_changed": _("CSS changed"),
    "description_changed": _("description: {before} → {after}"),
    "sql_changed": _("SQL changed"),
    "table_changed": _("table: {before} → {after}"),
    "schema_changed": _("schema: {before} → {after}"),
    "catalog_changed": _("catalog: {before} → {after}"),
    "database_changed": _("database: {before} → {after}"),
    "metric_added": _("metric “{subject}” added: {after}"),
    "metric_removed": _("metric “{subject}” removed: {before}"),
    "metric_renamed": _("metric {before} renamed to {after}"),
    "metric_changed": _("metric “{subject}” changed: {changes}"),
    "column_added": _("column “{subject}” added: {after}"),
    "column_removed": _("column “{subject}” removed: {before}"),
    "column_renamed": _("column {before} renamed to {after}"),
    "column_changed": _("column “{subject}” changed: {changes}"),
    "viz_type_changed": _("chart type: {before} → {after}"),
    "dataset_changed": _("dataset: {before} → {after}"),
    "param_added": _("{subject} set to {after}"),
    "param_removed": _("{subject} no longer set (was {before})"),
    "param_changed": _("{subject}: {before} → {after}"),
    "query_context_changed": _("stored query changed"),
    "filter_added": _("filter “{subject}” added"),
    "filter_removed": _("filter “{subject}” removed"),
    "filter_moved": _("filter “{subject}” moved from place {before} to {after}"),
    "filter_renamed": _("filter “{subject}” renamed: {before} → {after}"),
    "filter_default_changed": _("filter “{subject}”: default {before} → {after}"),
    "filter_target_changed": _("filter “{subject}”: dataset or column {before} → {after}"),
    "filter_scope_changed": _("filter “{subject}”: scope changed"),
    "filter_reach_changed": _("filter “{subject}”: charts or tabs in reach changed"),
    "filter_type_changed": _("filter “{subject}”: type {before} → {after}"),
    "filter_options_changed": _("filter “{subject}”: options changed: {changes}"),
    "filter_parents_changed": _("filter “{subject}”: filters it depends on changed"),
    "cross_filters_changed": _("cross-filtering of {subject} changed: {before} → {after}"),
    "cross_filters_added": _("cross-filtering of {subject} set to {after}"),
    "cross_filters_removed": _("cross-filtering of {subject} no longer set (was {before})"),
    "color_scheme_changed": _("color scheme: {before} → {after}"),
    "colors_changed": _("colors changed: {changes}"),
    "refresh_changed": _("refresh interval in seconds: {before} → {after}"),
    "draft_meanwhile": _("unpublished until what restricts its data is set, then published again"),
    "references_unfinished": _("ids that an interrupted run left unset are set"),
    "chart_moved": _("chart “{subject}” moved: {before} → {after}"),
    "chart_resized": _("chart “{subject}” resized: {changes}"),
    "chart_replaced": _("chart “{subject}”: shows another chart in its place"),
    "chart_relinked": _("chart “{subject}” is in the layout, and linked to the dashboard again"),
    "chart_relabelled": _("chart “{subject}”: label {before} → {after}"),
    "markdown_changed": _("text “{subject}” changed"),
    "parents_stale": _("“{subject}”: its list of parents does not match its position"),
    "tab_renamed": _("tab renamed: {before} → {after}"),
    "header_changed": _("header: {before} → {after}"),
    "field_added": _("{path} set to {after}"),
    "field_removed": _("{path} no longer set (was {before})"),
    "field_changed": _("{path}: {before} → {after}"),
    "customization_added": _("chart customization “{subject}” added"),
    "customization_removed": _("chart customization “{subject}” removed"),
    "customization_moved": _("chart customization “{subject}” moved from place {before} to {after}"),
    "customization_renamed": _("chart customization “{subject}” renamed: {before} → {after}"),
    "customization_default_changed": _("chart customization “{subject}”: default {before} → {after}"),
    "customization_target_changed": _("chart customization “{subject}”: dataset or column {before} → {after}"),
    "customization_scope_changed": _("chart customization “{subject}”: scope changed"),
    "customization_reach_changed": _("chart customization “{subject}”: charts or tabs in reach changed"),
    "customization_type_changed": _("chart customization “{subject}”: type {before} → {after}"),
    "customization_options_changed": _("chart customization “{subject}”: options changed: {changes}"),
    "customization_parents_changed": _("chart customization “{subject}”: filters it depends on changed"),
}
"""By kind. `{changes}` lists the differing parts of two mappings; `{path}` is the subject, a path for these kinds."""

OTHERS = {
    "added": _("{noun} “{subject}” added in {after}"),
    "removed": _("{noun} “{subject}” removed"),
    "moved": _("{noun} “{subject}” moved: {before} → {after}"),
    "resized": _("{noun} “{subject}” resized: {changes}"),
    "changed": _("{noun} “{subject}” changed: {changes}"),
}
"""For kinds without their own sentence, by their last word: `row_removed`."""

NOUNS = {"markdown": _("text"), "layout_column": _("column"), "custom": _("chart customization")}


NAMED_BY_US = ("param_", "cross_filters_")
"""Kinds whose subject can be a label of ours: the name of a setting, or “the dashboard”."""


def worded(kind: str, subject: str, before: Any, after: Any, translate: Translate = unchanged) -> str:
    """The sentence of a kind; for one without its own: noun, subject, and what happened (`row “row 2” removed`)."""
    noun, _separator, verb = kind.rpartition("_")
    noun = translate(NOUNS.get(noun, noun.replace("_", " ")))
    template = SENTENCES.get(kind) or OTHERS.get(verb, "{noun} “{subject}” " + verb)
    old, new = distinguished(before, after, translate)
    subject = translate(subject) if subject and kind.startswith(NAMED_BY_US) else subject
    facts = {"noun": noun, "subject": subject, "path": subject, "before": old, "after": new}
    return translate(template).format(**facts, changes=_changes(before, after, translate))


def distinguished(before: Any, after: Any, translate: Translate = unchanged) -> tuple[str, str]:
    """Both values in brief; if these are equal, their JSON from shortly before the difference."""
    old, new = shown(before, translate), shown(after, translate)
    if old != new:
        return old, new
    texts = [json.dumps(value, sort_keys=True, default=str) for value in (before, after)]
    first = next((n for n, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    start = max(first - SHOWN // 4, 0)
    old, new = (("…" if start else "") + text[start : start + SHOWN] for text in texts)
    return old, new


def shown(value: Any, translate: Translate = unchanged) -> str:
    """A value in brief. An empty text, list or mapping is not the same as null in Superset."""
    if value is None:
        return translate(NOTHING)
    if value in ([], {}):
        return translate(_("empty"))
    if isinstance(value, bool):
        return translate(_("yes") if value else _("no"))
    if isinstance(value, str):
        return f"“{_cut(value)}”"
    if isinstance(value, list):
        return _cut(", ".join(_item(item, translate) for item in value))
    return _cut(_mapping(value, translate)) if isinstance(value, Mapping) else str(value)


def _mapping(value: Mapping[str, Any], translate: Translate) -> str:
    """The part of a value that identifies it for a person."""
    for name in ("place", "expression", "label", "type"):
        if isinstance(value.get(name), str) and value[name]:
            return str(value[name])
    if isinstance(state := value.get("filterState"), Mapping):
        return shown(state.get("value"), translate)
    if value.get("subject"):
        return " ".join(
            _item(value[name], translate) for name in ("subject", "operator", "comparator") if value.get(name)
        )
    if value.get("sqlExpression"):
        return str(value["sqlExpression"])
    if isinstance(column := value.get("column"), Mapping) and column.get("name"):
        return str(column["name"])
    return ", ".join(f"{name}: {_item(item, translate)}" for name, item in value.items())


def _item(value: Any, translate: Translate) -> str:
    return value if isinstance(value, str) else shown(value, translate)


def _changes(before: Any, after: Any, translate: Translate) -> str:
    """`height 50 → 70, width 4 → 6`."""
    old, new = (value if isinstance(value, Mapping) else {} for value in (before, after))
    names = list(dict.fromkeys([*old, *new]))
    parts = [f"{name} {' → '.join(distinguished(old.get(name), new.get(name), translate))}" for name in names[:3]]
    more = [translate(_("{number} more")).format(number=len(names) - 3)] if len(names) > 3 else []
    return ", ".join([*parts, *more])


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
