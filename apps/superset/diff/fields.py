# [DEF:superset.diff.fields:Module]
# @COMPLEXITY: 2
# @PURPOSE: Compares mappings key by key; keys without a rule of their own get the general comparison.

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.superset.content.ignored_keys import canonical_json
from apps.superset.diff.difference import Difference, difference, text_diff

MISSING = object()
Comparison = Callable[[str, Any, Any], Iterator[Difference]]
"""Compares two values that are known to differ, at this path; MISSING if the key does not exist."""


def same(before: Any, after: Any) -> bool:
    """Whether two values are the same JSON: true is not 1, and 1.0 is not 1."""
    if before is MISSING or after is MISSING:
        return before is after
    return canonical_json(before) == canonical_json(after)


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The keys whose values differ, those of `before` first, each in its own order."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, MISSING), after.get(name, MISSING)
        if not same(old, new):
            yield name, old, new


def each_key(
    path: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    comparisons: Mapping[str, Comparison],
    otherwise: Comparison | None = None,
) -> Iterator[Difference]:
    """The differences of two mappings: by the comparison for the key if there is one, otherwise by `otherwise`."""
    for name, old, new in changed_keys(before, after):
        yield from comparisons.get(name, otherwise or general)(joined(path, name), old, new)


def general(path: str, before: Any, after: Any) -> Iterator[Difference]:
    """One difference for each value that differs, as far down as both sides have the same shape."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from each_key(path, before, after, {})
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if not same(old, new):
                yield from general(f"{path}[{number}]", old, new)
    else:
        yield leaf("field", path, path, before, after)


def leaf(noun: str, subject: str, path: str, before: Any, after: Any) -> Difference:
    """`field_added`, `field_removed` or `field_changed`, because null and absent are not the same."""
    verb = "added" if before is MISSING else "removed" if after is MISSING else "changed"
    return difference(
        f"{noun}_{verb}", subject, path, without_missing(before), without_missing(after), text_diff(before, after)
    )


def field(kind: str, subject: str = "") -> Comparison:
    """A comparison that gives one difference of this kind with both values; a text of several lines also as a diff."""

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        old, new = without_missing(before), without_missing(after)
        if same(old, new):  # null here, absent there
            yield leaf("field", path, path, before, after)
        else:
            yield difference(kind, subject or last(path), path, old, new, text_diff(old, new))

    return compare


def parts(kind: str, subject: str = "") -> Comparison:
    """A comparison of two mappings that gives one difference of this kind, with only the differing parts."""

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            yield from field(kind, subject)(path, before, after)
            return
        yield difference(kind, subject or last(path), path, *changed_parts(before, after))

    return compare


def changed_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both mappings without the keys whose values are the same."""
    names = [name for name, _, _ in changed_keys(before, after)]
    old, new = ({name: side[name] for name in names if name in side} for side in (before, after))
    return old, new


def without_missing(value: Any) -> Any:
    return None if value is MISSING else value


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, otherwise an empty one."""
    return value if isinstance(value, Mapping) else {}


def joined(path: str, name: object) -> str:
    """`metrics.count`; keys with other than word characters are in brackets: `label_colors["New York"]`."""
    text = str(name)
    if not re.fullmatch(r"[\w@/\-]+", text):
        return f'{path}["{text}"]'
    return f"{path}.{text}" if path else text


def last(path: str) -> str:
    return path.rpartition(".")[2]
