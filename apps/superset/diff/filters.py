# [DEF:superset.diff.filters:Module]
# @COMPLEXITY: 2
# @PURPOSE: Changes in the native filters and chart customizations of a dashboard, which have the same form.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from apps.superset.diff.difference import Difference, difference
from apps.superset.diff.fields import MISSING, Comparison, each_key, field, general, parts, same, without_missing


def filters(noun: str) -> Comparison:
    """A comparison of two lists of filters by their ids; kinds begin with the noun (`filter_added`)."""

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        old, new = _by_id(before), _by_id(after)
        if old is None or new is None or not (old or new):
            yield from general(path, before, after)
            return
        for name in dict.fromkeys([*old, *new]):
            if not same(old.get(name, MISSING), new.get(name, MISSING)):
                yield from _filter(noun, f"{path}.{name}", old.get(name, MISSING), new.get(name, MISSING))
        yield from _moved(noun, path, old, new)

    return compare


def moved_names(before: list[str], after: list[str]) -> list[str]:
    """The smallest set of names whose removal leaves both lists in the same order; both have the same names."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept = {name for block in blocks for name in before[block.a : block.a + block.size]}
    return [name for name in after if name not in kept]


def reordered(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Of names with their places on both sides: those that are out of order and in another place than before.

    An item that keeps its number while others are added or removed around it (from x, a, b to b, a) would read “from
    place 2 to 2”: the item it swapped with is reported instead, which cannot have kept its number.
    """
    old, new = (sorted(before.keys() & after.keys(), key=side.__getitem__) for side in (before, after))
    found: set[str] = set()
    for name in moved_names(old, new):
        if before[name] != after[name]:
            found.add(name)
        else:
            found.update(each for each in old if (before[each] < before[name]) != (after[each] < after[name]))
    return [name for name in new if name in found]


def _by_id(filters: Any) -> dict[str, Mapping[str, Any]] | None:
    """None if it is not a list of filters with unique ids."""
    items = [] if filters is MISSING or filters is None else filters
    if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
        return None
    ids = [each.get("id") for each in items]
    if len(set(map(str, ids))) != len(ids) or not all(isinstance(name, str) and name for name in ids):
        return None
    return dict(zip(map(str, ids), items, strict=True))


def _filter(noun: str, path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before is MISSING or after is MISSING:
        name = _name(without_missing(after) or without_missing(before))
        verb = "added" if before is MISSING else "removed"
        yield difference(f"{noun}_{verb}", name, path, without_missing(before), without_missing(after))
        return
    yield from each_key(path, before, after, _comparisons(noun, _name(after)))


def _comparisons(noun: str, name: str) -> Mapping[str, Comparison]:
    reach = field(f"{noun}_reach_changed", name)
    return {
        "name": field(f"{noun}_renamed", name),
        "defaultDataMask": field(f"{noun}_default_changed", name),
        "targets": field(f"{noun}_target_changed", name),
        "scope": field(f"{noun}_scope_changed", name),
        "chartsInScope": reach,
        "tabsInScope": reach,
        "filterType": field(f"{noun}_type_changed", name),
        "controlValues": parts(f"{noun}_options_changed", name),
        "cascadeParentIds": field(f"{noun}_parents_changed", name),
    }


def _moved(noun: str, path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Filters whose order among those that stayed has changed, with their places, counted from 1."""
    before, after = ({name: place for place, name in enumerate(side, 1)} for side in (old, new))
    for name in reordered(before, after):
        yield difference(f"{noun}_moved", _name(new[name]), f"{path}.{name}", before[name], after[name])


def _name(each: Mapping[str, Any]) -> str:
    return str(each.get("name") or each.get("title") or each.get("id") or "")
