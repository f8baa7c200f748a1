# [DEF:superset.diff.datasets:Module]
# @COMPLEXITY: 2
# @PURPOSE: Changes in a dataset: SQL, table, metrics and columns.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Document
from apps.superset.content.ignored_keys import canonical_json
from apps.superset.diff.difference import Difference, difference, text_diff
from apps.superset.diff.fields import (
    MISSING,
    Comparison,
    changed_keys,
    changed_parts,
    each_key,
    field,
    general,
    joined,
)
from apps.superset.references.reference import shown

NAMES = ("metric_name", "column_name")


def compare_datasets(before: Document, after: Document) -> Iterator[Difference]:
    yield from each_key("", before, after, COMPARISONS)


def _sql(path: str, before: Any, after: Any) -> Iterator[Difference]:
    """SQL as a unified diff, even if it has only one line."""
    old, new = (f"{value}\n" if isinstance(value, str) and value else "" for value in map(shown, (before, after)))
    for each in field("sql_changed")(path, before, after):
        text = text_diff(old, new) if each.kind == "sql_changed" else each.text
        yield difference(each.kind, each.subject, each.path, each.before, each.after, text)


def _members(noun: str) -> Comparison:
    """Columns or metrics, which the normal form keys by name: one difference per changed item."""

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            yield from general(path, before, after)
            return
        renames = _renames(before, after)
        for name, old, new in changed_keys(before, after):
            if name in renames:
                yield difference(f"{noun}_renamed", renames[name], joined(path, renames[name]), name, renames[name])
            elif name not in renames.values():
                yield from _member(noun, name, joined(path, name), old, new)

    return compare


def _renames(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Renames, as new names by old ones: a removed and an added item with an expression that are otherwise equal.

    A column of the table has only its type to identify it, so it never counts as renamed.
    """
    gone, come = (_by_rest(one, other) for one, other in ((before, after), (after, before)))
    pairs = ((names, come.get(rest, [])) for rest, names in gone.items())
    return {old[0]: new[0] for old, new in pairs if len(old) == len(new) == 1}


def _by_rest(members: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names missing on the other side, by the rest of their content."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, member in members.items():
        if name not in others and isinstance(member, Mapping) and member.get("expression"):
            found[canonical_json({key: value for key, value in member.items() if key not in NAMES})].append(name)
    return found


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
