# [DEF:superset.references.list_items:Module]
# @COMPLEXITY: 2
# @PURPOSE: Which items of two lists of one document are the same one.
"""Layers, filters, columns and metrics are moved about in their lists: what has a name is known by it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any


def paired(items: Sequence[Any], others: Sequence[Any], names: Collection[str]) -> Iterator[tuple[Any, Any]]:
    """Each item with what it is held against: the one of its name, or at its place where neither has a name; None where
    there is nothing. `names` are the keys that hold one, the most telling first."""
    named = {name: other for other in others if (name := _name(other, names))}
    at_places = others if len(items) == len(others) else [None] * len(items)
    for item, other in zip(items, at_places, strict=True):
        name = _name(item, names)
        yield item, named.get(name) if name else None if _name(other, names) else other


def _name(item: Any, names: Collection[str]) -> tuple[str, str] | None:
    found = ((name, item.get(name)) for name in names) if isinstance(item, Mapping) else ()
    return next(((name, value) for name, value in found if isinstance(value, str) and value), None)
