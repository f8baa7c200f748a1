# [DEF:superset.view.marks:Module]
# @COMPLEXITY: 2
# @PURPOSE: Marks the words that differ between two texts.
"""A mark is [start, end) in UTF-16 code units, which is how browsers count characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

Mark = tuple[int, int]

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
MOST_WORDS = 1_500
"""Above this, all between the common start and the common end is marked: comparing word by word takes too long."""


def marks(before: str, after: str) -> tuple[list[Mark], list[Mark]]:
    """What differs in each text, word by word; nothing for equal ones."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    changed = list(_changed(old, new))
    return _spans(old, (each[:2] for each in changed)), _spans(new, (each[2:] for each in changed))


def _changed(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of words that differ: start and end in `old`, start and end in `new`."""
    start, end = common_ends(old, new)
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if len(left) + len(right) > MOST_WORDS:
        yield start, start + len(left), start, start + len(right)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield start + i1, start + i2, start + j1, start + j2


def common_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """The number of equal items at the start, and of those at the end that are not among them."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    end = next((n for n in range(most - start) if old[-1 - n] != new[-1 - n]), most - start)
    return start, end


def _spans(words: list[str], ranges: Iterable[tuple[int, int]]) -> list[Mark]:
    """In characters; marks with nothing but spaces between them are one."""
    places, place = [0], 0
    for word in words:
        place += utf16_length(word)
        places.append(place)
    found: list[Mark] = []
    last = -1
    for first, end in ranges:
        if first == end:
            continue
        if found and not "".join(words[last:first]).strip():
            found[-1] = (found[-1][0], places[end])
        else:
            found.append((places[first], places[end]))
        last = end
    return found


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)
