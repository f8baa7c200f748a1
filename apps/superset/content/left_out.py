# [DEF:superset.content.left_out:Module]
# @COMPLEXITY: 2
# @PURPOSE: Counts the values that differ between two states of an asset and are not compared.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset
from apps.superset.content.ignored_keys import canonical_json
from apps.superset.content.normalize import ruled

Path = tuple[str, ...]


def left_out(before: Asset, after: Asset) -> int:
    """Keys that the rules leave out on both sides and whose values differ. Both are symbolic."""
    raw = [dict(_mappings(each.document, ())) for each in (before, after)]
    kept = [dict(_mappings(ruled(each), ())) for each in (before, after)]
    gone = {*raw[0], *raw[1]} - {*kept[0], *kept[1]}
    tops = [path for path in gone if not any(path[:length] in gone for length in range(1, len(path)))]
    return sum(_text(raw[0], path) != _text(raw[1], path) for path in tops)


def _text(side: Mapping[Path, Any], path: Path) -> str:
    value = side.get(path)
    return "" if value in (None, "", [], {}) else canonical_json(value)


def _mappings(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every key of the mappings in a value, with its path; the lists are not entered, as rules remove items of them."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            inner = (*path, str(name))
            yield inner, item
            yield from _mappings(item, inner)
