# [DEF:superset.shapes:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether responses and exports of a Superset have the shape that the engine reads.
"""A server is not trusted to keep to its own API: whatever the engine goes into is checked here first, once. What
it only passes on may be of any shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from apps.superset.assets import Kind
from apps.superset.messages.message import Message

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

NUMBERS = frozenset({"id", "datasource_id", "chart_id", "dashboard_id"})
"""Columns of lists that hold integers; all but `id` may be null. All others hold text, true and false or null."""

MAX_ID = 2**63 - 1


def is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ID


def is_uuid(value: Any) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def row_problem(row: Any, columns: Sequence[str]) -> Message | None:
    """What is wrong with a row of a list that was asked for these columns; None if nothing is."""
    if not isinstance(row, dict):
        return Message("shape.wrong_type", found=noun_of(row), wanted=NOUNS[dict])
    for column in columns:
        name, _, inner = column.partition(".")
        problem = _relation_problem(row.get(name), inner) if inner else _column_problem(name, row.get(name))
        if problem:
            return Message("shape.field", path=column, found=problem)
    return None


def embedding_problem(settings: Mapping[str, Any]) -> Message | None:
    """No list of domains must pass for an empty one, which lets any domain embed a dashboard."""
    domains = settings.get("allowed_domains")
    odd = [each for each in domains if not isinstance(each, str)] if isinstance(domains, list) else [domains]
    return Message("shape.field", path="allowed_domains", found=noun_of(odd[0])) if odd else None


def _column_problem(name: str, value: Any) -> Message | None:
    if name in NUMBERS:
        fits = is_id(value) or (value is None and name != "id")
        return None if fits else Message("shape.no_whole_number", found=noun_of(value))
    return noun_of(value) if isinstance(value, dict | list) else None


def _relation_problem(value: Any, inner: str) -> Message | None:
    """Of a column that leads to another table: one row of it or several."""
    for related in value if isinstance(value, list) else [value] if value else []:
        if not isinstance(related, dict):
            return noun_of(related)
        if problem := _column_problem(inner, related.get(inner)):
            return problem
    return None if value is None or isinstance(value, dict | list) else noun_of(value)


def asset_problem(kind: Kind, asset: Mapping[str, Any]) -> Message | None:
    """What is wrong with an asset as it is answered one by one; None if nothing is."""
    if kind is not Kind.DATASET:
        return None
    columns = asset.get("columns")
    if columns is not None and not isinstance(columns, list):
        return _said("columns", columns, list)
    for number, column in enumerate(columns or ()):
        if (
            not isinstance(column, dict)
            or not is_id(column.get("id"))
            or not isinstance(column.get("column_name"), str)
        ):
            return Message("shape.column_without_name", path=f"columns.{number}")
    return None


def document_problem(kind: Kind, document: Mapping[str, Any]) -> Message | None:
    """What is wrong with an exported document; None if nothing is."""
    return next(_PROBLEMS[kind](document), None)


def _database(_document: Mapping[str, Any]) -> Iterator[Message]:
    yield from ()


def _dataset(document: Mapping[str, Any]) -> Iterator[Message]:
    yield from _not(str, document, "database_uuid")
    for name, own in (("columns", "column_name"), ("metrics", "metric_name")):
        yield from _not(list, document, name)
        for number, each in enumerate(document.get(name) or ()):
            if not isinstance(each, dict):
                yield _said(f"{name}.{number}", each, dict)
            else:
                yield from _not(str, each, own, f"{name}.{number}.")


def _chart(document: Mapping[str, Any]) -> Iterator[Message]:
    yield from _not(str, document, "dataset_uuid")
    yield from _not(str, document, "viz_type")


def _dashboard(document: Mapping[str, Any]) -> Iterator[Message]:
    yield from _not(str, document, "slug")
    if "position" in document and document["position"] is None:  # Superset would lay it out again by itself
        yield _said("position", None, dict)
    yield from _not(dict, document, "position")
    yield from _not(dict, document, "metadata")
    for name, node in (document.get("position") or {}).items():
        if isinstance(node, dict) and isinstance(meta := node.get("meta"), dict):
            yield from _not(str, meta, "uuid", f"position.{name}.meta.")
    metadata = document.get("metadata") or {}
    for name in ("filter_scopes", "chart_configuration"):
        yield from _not(dict, metadata, name, "metadata.")
    for name in ("native_filter_configuration", "chart_customization_config"):
        yield from _not(list, metadata, name, "metadata.")
    yield from _scopes(metadata.get("filter_scopes") or {})


def _scopes(scopes: Mapping[str, Any]) -> Iterator[Message]:
    for chart, columns in scopes.items():
        yield from _not(dict, scopes, chart, "metadata.filter_scopes.")
        for column in columns or ():
            yield from _not(dict, columns, column, f"metadata.filter_scopes.{chart}.")


_PROBLEMS: Mapping[Kind, Callable[[Mapping[str, Any]], Iterator[Message]]] = {
    Kind.DATABASE: _database,
    Kind.DATASET: _dataset,
    Kind.CHART: _chart,
    Kind.DASHBOARD: _dashboard,
}


def _not(wanted: type, holder: Mapping[str, Any], name: str, path: str = "") -> Iterator[Message]:
    """Null means nothing."""
    if (value := holder.get(name)) is not None and not isinstance(value, wanted):
        yield _said(f"{path}{name}", value, wanted)


def _said(path: str, value: Any, wanted: type) -> Message:
    return Message("shape.field_of_type", path=path, found=noun_of(value), wanted=NOUNS[wanted])


NOUNS: Mapping[type, Message] = {
    dict: Message("shape.object"),
    list: Message("shape.list"),
    str: Message("shape.text"),
    bool: Message("shape.truth"),
    int: Message("shape.number"),
    float: Message("shape.number"),
    type(None): Message("shape.null"),
}


def noun_of(value: Any) -> Message:
    return NOUNS.get(type(value)) or Message("shape.other", type=type(value).__name__)
