# [DEF:superset.differences.datasets:Module]
# @COMPLEXITY: 3
# @PURPOSE: What changed in a dataset: SQL, table, metrics and columns.
# @RELATION DEPENDS_ON -> superset.differences.fields

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Document
from apps.superset.differences.difference import Difference, difference, text_diff
from apps.superset.differences.fields import (
    MISSING,
    Comparison,
    changed_keys,
    changed_parts,
    each_key,
    field,
    general,
    joined,
)


def compare_datasets(before: Document, after: Document) -> Iterator[Difference]:
    yield from each_key("", before, after, COMPARISONS)


def _sql(path: str, before: Any, after: Any) -> Iterator[Difference]:
    """SQL as a unified diff even where it has one line."""
    old, new = (f"{value}\n" if isinstance(value, str) and value else "" for value in (before, after))
    for each in field("sql_changed")(path, before, after):
        text = text_diff(old, new) if each.kind == "sql_changed" else each.text
        yield difference(each.kind, each.subject, each.path, each.before, each.after, text)


def _members(noun: str) -> Comparison:
    """Columns or metrics, which the normal form keys by name: one difference for each that is not the same."""

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            yield from general(path, before, after)
            return
        for name, old, new in changed_keys(before, after):
            yield from _member(noun, name, joined(path, name), old, new)

    return compare


def _member(noun: str, name: str, path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before is MISSING:
        yield difference(f"{noun}_added", name, path, None, after)
    elif after is MISSING:
        yield difference(f"{noun}_removed", name, path, before, None)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        text = text_diff(before.get("expression"), after.get("expression"))
        yield difference(f"{noun}_changed", name, path, *changed_parts(before, after), text)
    else:
        yield from general(path, before, after)


COMPARISONS: Mapping[str, Comparison] = {
    "table_name": field("table_changed"),
    "schema": field("schema_changed"),
    "catalog": field("catalog_changed"),
    "database_uuid": field("database_changed"),
    "description": field("description_changed"),
    "sql": _sql,
    "tags": field("tags_changed"),
    "metrics": _members("metric"),
    "columns": _members("column"),
}
