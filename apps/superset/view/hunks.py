# [DEF:superset.view.hunks:Module]
# @COMPLEXITY: 2
# @PURPOSE: The difference of two texts side by side: hunks of lines, with the words that differ.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from apps.superset.view.marks import Mark, common_ends, marks

CONTEXT = 3
MOST_LINES = 6_000
"""Above this, all between the common start and the common end counts as changed."""
MOST_EQUAL = 1_000
"""More equal lines in one place are only counted."""


@dataclass(frozen=True, slots=True)
class Side:
    """One line of one text: its number from 1, the text, and what differs in it."""

    number: int
    text: str
    marks: tuple[Mark, ...] = ()

    def to_json(self) -> list[Any]:
        return [self.number, self.text, [list(mark) for mark in self.marks]]


@dataclass(frozen=True, slots=True)
class Line:
    before: Side | None
    after: Side | None

    @property
    def state(self) -> str:
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if self.before.text == self.after.text else "changed"

    def to_json(self) -> dict[str, Any]:
        sides = {"before": self.before, "after": self.after}
        return {**{name: side and side.to_json() for name, side in sides.items()}, "state": self.state}


@dataclass(frozen=True, slots=True)
class Hunk:
    """`skipped` equal lines stand between this hunk and the one before it: those of `equal`, unless too many."""

    skipped: int
    equal: tuple[str, ...]
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        lines = [line.to_json() for line in self.lines]
        return {"skipped": self.skipped, "equal": list(self.equal), "lines": lines}


@dataclass(frozen=True, slots=True)
class TextDiff:
    hunks: tuple[Hunk, ...]
    skipped_after: int
    equal_after: tuple[str, ...]

    def _count(self, *states: str) -> int:
        return sum(line.state in states for hunk in self.hunks for line in hunk.lines)

    @property
    def added(self) -> int:
        return self._count("added", "changed")

    @property
    def removed(self) -> int:
        return self._count("removed", "changed")

    def to_json(self) -> dict[str, Any]:
        return {
            "added": self.added,
            "removed": self.removed,
            "hunks": [hunk.to_json() for hunk in self.hunks],
            "skipped_after": self.skipped_after,
            "equal_after": list(self.equal_after),
        }


def lines_of(text: str) -> list[str]:
    """None of an empty text; a break at the end begins a last, empty line, so that it counts."""
    return text.split("\n") if text else []


def text_diff(before: str, after: str) -> TextDiff:
    old, new = lines_of(before), lines_of(after)
    hunks, reached = [], 0
    for group in _groups(old, new):
        lines = tuple(line for block in group for line in _lines(old, new, *block))
        start = group[0][1]
        hunks.append(Hunk(start - reached, _equal(old, reached, start), lines))
        reached = group[-1][2]
    end = len(old) if hunks else 0
    return TextDiff(tuple(hunks), end - reached, _equal(old, reached, end))


def _equal(lines: list[str], start: int, end: int) -> tuple[str, ...]:
    return tuple(lines[start:end]) if end - start <= MOST_EQUAL else ()


Block = tuple[str, int, int, int, int]


def _groups(old: list[str], new: list[str]) -> Iterable[list[Block]]:
    """As difflib groups them: changes with up to CONTEXT equal lines around."""
    start, end = common_ends(old, new)
    middle = len(old) + len(new) - 2 * (start + end)
    if middle > MOST_LINES:
        first, last = max(0, start - CONTEXT), min(CONTEXT, end)
        a, b = len(old) - end, len(new) - end
        return [
            [
                ("equal", first, start, first, start),
                ("replace", start, a, start, b),
                ("equal", a, a + last, b, b + last),
            ]
        ]
    if not middle:
        return []
    return SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT)


def _lines(old: list[str], new: list[str], tag: str, i1: int, i2: int, j1: int, j2: int) -> Iterator[Line]:
    """A block of replaced lines is paired from its start; what is left over was removed or added."""
    pairs = min(i2 - i1, j2 - j1)
    for n in range(pairs):
        i, j = i1 + n, j1 + n
        left, right = marks(old[i], new[j]) if tag == "replace" else ([], [])
        yield Line(Side(i + 1, old[i], tuple(left)), Side(j + 1, new[j], tuple(right)))
    for i in range(i1 + pairs, i2):
        yield Line(Side(i + 1, old[i]), None)
    for j in range(j1 + pairs, j2):
        yield Line(None, Side(j + 1, new[j]))
