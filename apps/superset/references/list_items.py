# [DEF:superset.references.list_items:Module]
# @COMPLEXITY: 2
# @PURPOSE: Matches the items of two versions of a list in a document.
"""Layers, filters, columns and metrics move within their lists, so named items are matched by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any


def paired(items: Sequence[Any], others: Sequence[Any], names: Collection[str]) -> Iterator[tuple[Any, Any]]:
    """Each item with its counterpart: the one with the same name, or at the same place if neither has a name; None if
    there is none. `names` are the keys that contain a name, the most distinctive first."""
    named = {name: other for other in others if (name := _name(other, names))}
    at_places = others if len(items) == len(others) else [None] * len(items)
    for item, other in zip(items, at_places, strict=True):
        name = _name(item, names)
        yield item, named.get(name) if name else None if _name(other, names) else other


def _name(item: Any, names: Collection[str]) -> tuple[str, str] | None:
    found = ((name, item.get(name)) for name in names) if isinstance(item, Mapping) else ()
    return next(((name, value) for name, value in found if isinstance(value, str) and value), None)
